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

  public consuming func finish() -> Digest {
    var output = [UInt8](repeating: 0, count: Digest.byteCount)
    _ = unsafe output.withUnsafeMutableBufferPointer {
      unsafe SHA256_Final($0.baseAddress, &context)
    }
    guard let digest = Digest(bytes: output) else {
      preconditionFailure("SHA-256 gives 32 bytes")
    }
    return digest
  }

  public static func digest(of bytes: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}

extension Digest {
  /// Hashes `content` for one purpose: SHA-256(length of domain as one byte ‖ domain ‖ content).
  ///
  /// Two domains never give the same digest, whatever their contents.
  /// - Precondition: the domain has at most 255 bytes of UTF-8.
  public init(domain: String, hashing content: [UInt8]) {
    let domain = Array(domain.utf8)
    precondition(domain.count <= 255, "a domain is a short name")
    var hash = SHA256()
    hash.update([UInt8(domain.count)] + domain)
    hash.update(content)
    self = hash.finish()
  }

  /// Hashes the canonical encoding of `value` for one purpose.
  public init(domain: String, hashing value: some CanonicalCodable) {
    self.init(domain: domain, hashing: value.canonicalBytes)
  }
}
