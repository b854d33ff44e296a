import CanonicalCoding
import Cryptography
import Primitives
import Testing

@Suite struct SealingTests {
  private let recipient = signer(7)
  private let key = ContentKey(seed: digest(5))
  private let content = Array("an answer".utf8)

  // Made with PyNaCl 1.6.2, another binding of libsodium, whose `SealedBox` opens the key.
  private let sealedKey = """
    75e270df2952c57ba8367ba8618c178f9fe50db2799d304e74e918d9856861466f3d73c9e60297cb\
    c0988869838a614a230a8dceeafa26664bc66944ef032aa9383aa495cecb0a74d8f883b726c995b1
    """
  private let sealedContent = "7daa92a06084c06b28ede8e2c8dd591a6526cd03e90ea22acf"

  @Test func `a sealed key and content are those that libsodium's other users read`() throws {
    let sealed = try #require(recipient.publicKey.seal(key, seed: digest(3)))
    #expect(sealed.canonicalBytes.hex == sealedKey)
    #expect(key.seal(content).hex == sealedContent)
  }

  @Test func `the recipient alone takes out the key, and the key opens the content`() throws {
    let sealed = try #require(recipient.publicKey.seal(key, seed: digest(3)))
    #expect(recipient.open(sealed) == key)
    #expect(signer(8).open(sealed) == nil)
    #expect(key.open(key.seal(content)) == content)
    #expect(key.open(key.seal([])) == [])
    #expect(ContentKey(seed: digest(6)).open(key.seal(content)) == nil)
  }

  @Test func `nothing opens that lost or changed a byte`() throws {
    let sealed = key.seal(content)
    for place in sealed.indices {
      var changed = sealed
      changed[place] ^= 1
      #expect(key.open(changed) == nil)
      #expect(key.open(Array(sealed.prefix(place))) == nil)
    }
    let box = try #require(recipient.publicKey.seal(key, seed: digest(3))).canonicalBytes
    for place in box.indices {
      var changed = box
      changed[place] ^= 1
      #expect(recipient.open(try SealedKey(canonicalBytes: changed)) == nil)
    }
  }

  @Test func `nothing is sealed for a key that is no point`() {
    #expect(PublicKey(bytes: [UInt8](repeating: 0xff, count: 32))?.seal(key, seed: .zero) == nil)
    #expect(PublicKey(bytes: [UInt8](repeating: 0, count: 32))?.seal(key, seed: .zero) == nil)
  }
}

private func digest(_ byte: UInt8) -> Digest {
  Digest(bytes: [UInt8](repeating: byte, count: 32)) ?? .zero
}

private func signer(_ byte: UInt8) -> SigningKey {
  guard let key = SigningKey(seed: [UInt8](repeating: byte, count: 32)) else {
    preconditionFailure("32 bytes are a seed")
  }
  return key
}
