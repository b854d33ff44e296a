import CanonicalCoding
import Primitives
import Testing

/// One field of every form.
private struct Sample: CanonicalCodable, Equatable {
  var small: UInt8
  var signed: Int64
  var amount: Amount
  var digest: Digest
  var text: String
  var payload: [UInt8]
  var heights: [Height]
  var deadline: BlockTime?
  var share: Share

  func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(small)
    encoder.encode(signed)
    encoder.encode(amount)
    encoder.encode(digest)
    encoder.encode(text: text)
    encoder.encode(bytes: payload)
    encoder.encode(list: heights)
    encoder.encode(optional: deadline)
    encoder.encode(share)
  }

  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    small = try decoder.decode()
    signed = try decoder.decode()
    amount = try decoder.decode()
    digest = try decoder.decode()
    text = try decoder.text(atMost: 32)
    payload = try decoder.bytes(atMost: 32)
    heights = try decoder.list(atMost: 8)
    deadline = try decoder.optional()
    share = try decoder.decode()
  }

  init(from generator: inout SeededGenerator) {
    small = UInt8(truncatingIfNeeded: generator.next())
    signed = Int64(bitPattern: generator.next())
    amount = Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 65))
    digest = Digest(bytes: (0..<4).flatMap { _ in generator.next().canonicalBytes }) ?? .zero
    text = ["", "plain", "é", "e\u{301}", "名前"][Int(generator.next(below: 5))]
    payload = (0..<generator.next(below: 33)).map { UInt8($0) }
    heights = (0..<generator.next(below: 9)).map { Height($0) }
    deadline = generator.next(below: 2) == 0 ? nil : BlockTime(milliseconds: generator.next())
    share = Share(partsPerBillion: UInt32(generator.next(below: 1_000_000_001)))
  }
}

/// Reads any flag but 0 as true: too lenient, as a careless decoder might be.
private struct Lenient: CanonicalCodable {
  var flag: Bool
  func encode(to encoder: inout CanonicalEncoder) { encoder.encode(flag) }
  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    flag = try decoder.integer(UInt8.self) != 0
  }
}

@Suite struct CanonicalCodingTests {
  @Test(arguments: UInt64(0)..<100)
  func `a value survives its encoding`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let sample = Sample(from: &generator)
    #expect(try Sample(canonicalBytes: sample.canonicalBytes) == sample)
  }

  @Test(arguments: UInt64(0)..<200)
  func `whatever decodes from damaged bytes encodes to the same bytes`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      var bytes = Sample(from: &generator).canonicalBytes
      for _ in 0...generator.next(below: 3) {
        let place = Int(generator.next(below: UInt64(bytes.count)))
        switch generator.next(below: 3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
        default: bytes.remove(at: place)
        }
      }
      guard let decoded = try? Sample(canonicalBytes: bytes) else { continue }
      #expect(decoded.canonicalBytes == bytes)
    }
  }

  @Test func `integers are big-endian in full width, and lists carry a count of four bytes`() {
    #expect(UInt16(0x0102).canonicalBytes == [1, 2])
    #expect(Int64(-2).canonicalBytes == [255, 255, 255, 255, 255, 255, 255, 254])
    #expect(Amount(baseUnits: 1).canonicalBytes == [UInt8](repeating: 0, count: 15) + [1])
    var encoder = CanonicalEncoder()
    encoder.encode(text: "ab")
    encoder.encode(list: [UInt8(7)])
    #expect(encoder.bytes == [0, 0, 0, 2, 97, 98, 0, 0, 0, 1, 7])
  }

  @Test func `each kind of damage has its own error`() {
    #expect(throws: CanonicalDecodingError.truncated) { try UInt32(canonicalBytes: [1, 2, 3]) }
    #expect(throws: CanonicalDecodingError.trailingBytes) { try UInt8(canonicalBytes: [1, 2]) }
    #expect(throws: CanonicalDecodingError.invalidFlag) { try Bool(canonicalBytes: [2]) }
    #expect(throws: CanonicalDecodingError.notCanonical) { try Lenient(canonicalBytes: [2]) }
    var long = CanonicalDecoder([0, 0, 0, 9] + [UInt8](repeating: 97, count: 9))
    #expect(throws: CanonicalDecodingError.aboveMaximum(count: 9, maximum: 8)) {
      try long.text(atMost: 8)
    }
    var broken = CanonicalDecoder([0, 0, 0, 1, 0xff])
    #expect(throws: CanonicalDecodingError.invalidText) { try broken.text(atMost: 8) }
  }

  @Test func `texts that Unicode calls equal keep their different bytes`() throws {
    var encoder = CanonicalEncoder()
    encoder.encode(text: "e\u{301}")
    var decoder = CanonicalDecoder(encoder.bytes)
    #expect(Array(try decoder.text(atMost: 8).utf8) == [0x65, 0xcc, 0x81])
  }
}
