internal import CCrypto
public import CanonicalCoding
public import Primitives

/// SHA-256 (FIPS 180-4) over libcrypto, fed piece by piece; a value, so a copy is a fork.
public struct SHA256: Sendable {
  private var context = SHA256_CTX()

  public init() { _ = unsafe SHA256_Init(&context) }

  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    unsafe SHA256_Update(&context, start, bytes.count)
  }

  /// Adds one byte; needs no heap, nor does adding a digest.
  public mutating func update(byte: UInt8) {
    unsafe withUnsafeBytes(of: byte) { unsafe update($0) }
  }

  public mutating func update(_ digest: Digest) {
    var words = digest.words
    for index in 0..<4 { words[index] = words[index].bigEndian }
    unsafe withUnsafeBytes(of: words) { unsafe update($0) }
  }

  public consuming func finish() -> Digest {
    var words: InlineArray<4, UInt64> = [0, 0, 0, 0]
    unsafe withUnsafeMutableBytes(of: &words) { output in
      _ = unsafe SHA256_Final(output.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
    }
    for index in 0..<4 { words[index] = UInt64(bigEndian: words[index]) }
    return Digest(words: words)
  }

  public static func digest(of bytes: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// Hashes a byte and two digests, as every node of a tree is hashed; needs no heap.
  static func digest(of byte: UInt8, _ left: Digest, _ right: Digest) -> Digest {
    // The byte stands last in the first word, and the 64 bytes behind it are aligned.
    var words = InlineArray<9, UInt64>(repeating: 0)
    words[0] = UInt64(byte).bigEndian
    let (lefts, rights) = (left.words, right.words)
    for index in 0..<4 {
      words[1 + index] = lefts[index].bigEndian
      words[5 + index] = rights[index].bigEndian
    }
    var hash = SHA256()
    unsafe withUnsafeBytes(of: words) { unsafe hash.update(.init(rebasing: $0[7...])) }
    return hash.finish()
  }
}

extension Digest {
  /// Hashes `content` for one purpose: SHA-256(length of domain as one byte ‖ domain ‖ content).
  ///
  /// Two domains never give the same digest, whatever their contents.
  /// - Precondition: the domain has at most 255 bytes of UTF-8.
  public init(domain: String, hashing content: [UInt8]) {
    self.init(domain: domain, hashing: content[...])
  }

  /// Hashes a piece of a longer encoding for one purpose.
  public init(domain: String, hashing content: ArraySlice<UInt8>) {
    var domain = domain
    var hash = SHA256()
    domain.withUTF8 { name in
      precondition(name.count <= 255, "a domain is a short name")
      hash.update(byte: UInt8(name.count))
      unsafe hash.update(UnsafeRawBufferPointer(name))
    }
    unsafe content.withUnsafeBytes { unsafe hash.update($0) }
    self = hash.finish()
  }

  /// Hashes the canonical encoding of `value` for one purpose.
  public init(domain: String, hashing value: some CanonicalCodable) {
    self.init(domain: domain, hashing: value.canonicalBytes)
  }
}
