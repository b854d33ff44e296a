import Cryptography
import Primitives
import Testing

@Suite struct SigningTests {
  // RFC 8032, section 7.1, tests 1 and 2.
  @Test(arguments: [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
  ])
  func `the standard's examples sign as the standard says`(
    seed: String, publicKey: String, message: String, signature: String
  ) throws {
    let key = try #require([UInt8](hex: seed).flatMap(SigningKey.init(seed:)))
    let message = try #require([UInt8](hex: message))
    #expect(key.publicKey.description == publicKey)
    #expect(key.sign(message).description == signature)
    #expect(key.publicKey.verifies(key.sign(message), over: message))
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

  @Test func `keys and seeds of another length are refused`() {
    #expect(SigningKey(seed: [1, 2, 3]) == nil)
    #expect(PublicKey(bytes: [UInt8](repeating: 0, count: 33)) == nil)
    #expect(Signature(bytes: []) == nil)
  }
}
