import Cryptography
import Foundation
import Primitives
import Testing

@Suite struct SigningTests {
  /// A published signature, and, of those to sign again, its seed.
  private struct Vector: Decodable {
    let seed: String?
    let pub_key: String
    let message: String
    let signature: String

    static func all(of name: String) throws -> [Vector] {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Vectors/ed25519-\(name).json")
      return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file))
    }

    func isValid() throws -> Bool {
      let key = try #require([UInt8](hex: pub_key).flatMap(PublicKey.init(bytes:)))
      let signature = try #require([UInt8](hex: signature).flatMap(Signature.init(bytes:)))
      return key.verifies(signature, over: try #require([UInt8](hex: message)))
    }
  }

  @Test func `the standard's examples sign as the standard says`() throws {
    let vectors = try Vector.all(of: "rfc8032")
    #expect(vectors.count == 4)
    for vector in vectors {
      let key = try #require(
        vector.seed.flatMap { [UInt8](hex: $0) }.flatMap(SigningKey.init(seed:)))
      let message = try #require([UInt8](hex: vector.message))
      #expect(key.publicKey.description == vector.pub_key)
      #expect(key.sign(message).description == vector.signature)
      #expect(try vector.isValid())
    }
  }

  @Test(arguments: [
    (0, "small A and R"), (1, "small A"), (2, "small R"), (4, "holds with the cofactor only"),
    (5, "holds with the cofactor only, if S is not reduced first"), (6, "S above the order"),
    (7, "S far above the order"), (8, "non-canonical R, reduced for the hash"),
    (9, "non-canonical R, not reduced for the hash"), (10, "non-canonical A, reduced for the hash"),
    (11, "non-canonical A, not reduced for the hash"),
  ])
  func `a signature on which implementations disagree is refused`(
    index: Int, why: String
  ) throws {
    #expect(try !Vector.all(of: "speccheck")[index].isValid(), "\(why)")
  }

  @Test func `points of mixed order are allowed where the equation holds without the cofactor`()
    throws
  {
    let vectors = try Vector.all(of: "speccheck")
    #expect(vectors.count == 12)
    #expect(try vectors[3].isValid())
  }

  @Test func `one changed bit anywhere is refused`() throws {
    let key = try #require(SigningKey(seed: [UInt8](repeating: 3, count: 32)))
    let message = Array("pay the people behind it".utf8)
    let signature = key.sign(message)
    for bit in 0..<(Signature.byteCount * 8) {
      var bytes = signature.bytes
      bytes[bit / 8] ^= 1 << (bit % 8)
      let damaged = try #require(Signature(bytes: bytes))
      #expect(!key.publicKey.verifies(damaged, over: message))
    }
    #expect(!key.publicKey.verifies(signature, over: message + [0]))
  }

  @Test func `a second form of a signature is refused`() throws {
    let key = try #require(SigningKey(seed: [UInt8](repeating: 3, count: 32)))
    let signature = key.sign([1])
    // Adding the group order to the scalar keeps the equation true: only strictness refuses it.
    let order: [UInt8] =
      [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9]
      + [0xde, 0x14] + [UInt8](repeating: 0, count: 15) + [0x10]
    var bytes = signature.bytes
    var carry: UInt16 = 0
    for index in 0..<32 {
      let sum = UInt16(bytes[32 + index]) + UInt16(order[index]) + carry
      bytes[32 + index] = UInt8(truncatingIfNeeded: sum)
      carry = sum >> 8
    }
    let second = try #require(Signature(bytes: bytes))
    #expect(!key.publicKey.verifies(second, over: [1]))
  }

  @Test func `a key of small order signs nothing`() throws {
    // With the identity as key, R = identity and S = 0 would satisfy the equation for any message.
    let identity = [1] + [UInt8](repeating: 0, count: 31)
    let key = try #require(PublicKey(bytes: identity))
    let forged = try #require(Signature(bytes: identity + [UInt8](repeating: 0, count: 32)))
    #expect(!key.verifies(forged, over: [1, 2, 3]))
  }

  @Test func `a key is usable if the signature rule leaves it any signature`() throws {
    func isUsable(_ bytes: [UInt8]) throws -> Bool {
      try #require(PublicKey(bytes: bytes)).isUsable
    }
    let zeros = [UInt8](repeating: 0, count: 31)
    let ones = [UInt8](repeating: 0xff, count: 30)
    for seed in UInt8(1)...20 {
      let key = try #require(SigningKey(seed: [UInt8](repeating: seed, count: 32))).publicKey
      #expect(key.isUsable)
    }
    // Of small order: the neutral element, those of order 2 and 4, one of order 8.
    #expect(try !isUsable([1] + zeros))
    #expect(try !isUsable([0xec] + ones + [0x7f]))
    #expect(try !isUsable([0] + zeros))
    let eighth = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
    #expect(try !isUsable(#require(Digest(hex: eighth)).bytes))
    // Not canonical: p + 3 for a point whose y is 3; y = 2 is on no curve.
    #expect(try isUsable([3] + zeros))
    #expect(try !isUsable([0xf0] + ones + [0x7f]))
    #expect(try !isUsable([2] + zeros))
  }

  @Test func `keys and seeds of another length are refused`() {
    #expect(SigningKey(seed: [1, 2, 3]) == nil)
    #expect(PublicKey(bytes: [UInt8](repeating: 0, count: 33)) == nil)
    #expect(Signature(bytes: []) == nil)
  }
}
