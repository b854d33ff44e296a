import Primitives
import Testing

@testable import NodeHTTP

@Suite struct Base64Tests {
  @Test func `the vectors of RFC 4648`() {
    let vectors = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
      "foobar": "Zm9vYmFy",
    ]
    for (plain, encoded) in vectors {
      #expect(Base64.text(of: Array(plain.utf8)) == encoded)
      #expect(Base64.bytes(of: encoded) == Array(plain.utf8))
    }
  }

  @Test func `what is no encoding, or not the one, is refused`() {
    for text in ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-v"] {
      #expect(Base64.bytes(of: text) == nil, "\(text)")
    }
  }

  @Test func `all bytes come back`() {
    var generator = SeededGenerator(seed: 3)
    for length in 0..<200 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(Base64.bytes(of: Base64.text(of: bytes)) == bytes)
    }
  }
}
