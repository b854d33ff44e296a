internal import CSodium
public import CanonicalCoding
internal import Primitives

/// An Ed25519 public key; 32 bytes that need not be a valid point until something is verified.
public struct PublicKey: Hashable, Comparable, Sendable {
  public static let byteCount = 32
  public let bytes: [UInt8]

  /// Takes exactly 32 bytes; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard bytes.count == PublicKey.byteCount else { return nil }
    self.bytes = bytes
  }

  public static func < (lhs: PublicKey, rhs: PublicKey) -> Bool {
    lhs.bytes.lexicographicallyPrecedes(rhs.bytes)
  }

  /// Whether `signature` is this key's over `message`, by libsodium's strict rule.
  ///
  /// The scalar must be canonical and neither the key nor the commitment of small order, so
  /// nobody can turn a signature into a second valid one. Cost: about 60 µs.
  public func verifies(_ signature: Signature, over message: [UInt8]) -> Bool {
    Sodium.prepare()
    return unsafe crypto_sign_ed25519_verify_detached(
      signature.bytes, message, UInt64(message.count), bytes) == 0
  }
}

/// An Ed25519 signature: 64 bytes.
public struct Signature: Hashable, Sendable {
  public static let byteCount = 64
  public let bytes: [UInt8]

  /// Takes exactly 64 bytes; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Signature.byteCount else { return nil }
    self.bytes = bytes
  }
}

/// An Ed25519 secret; the caller brings the entropy, nothing here draws any.
public struct SigningKey: Sendable {
  public static let seedByteCount = 32
  public let publicKey: PublicKey
  private let secret: [UInt8]

  /// Takes exactly 32 bytes of entropy; nil for any other count.
  public init?(seed: [UInt8]) {
    guard seed.count == SigningKey.seedByteCount else { return nil }
    Sodium.prepare()
    var publicBytes = [UInt8](repeating: 0, count: PublicKey.byteCount)
    var secret = [UInt8](repeating: 0, count: Int(crypto_sign_ed25519_SECRETKEYBYTES))
    let status = unsafe crypto_sign_ed25519_seed_keypair(&publicBytes, &secret, seed)
    guard status == 0, let publicKey = PublicKey(bytes: publicBytes) else { return nil }
    self.publicKey = publicKey
    self.secret = secret
  }

  /// Signs `message`; the same key and message always give the same signature.
  public func sign(_ message: [UInt8]) -> Signature {
    var output = [UInt8](repeating: 0, count: Signature.byteCount)
    let status = unsafe crypto_sign_ed25519_detached(
      &output, nil, message, UInt64(message.count), secret)
    guard status == 0, let signature = Signature(bytes: output) else {
      preconditionFailure("Ed25519 signs any message")
    }
    return signature
  }
}

extension PublicKey: CustomStringConvertible, HexCodable {
  public var description: String { bytes.hex }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(fixed: bytes) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    bytes = try decoder.fixed(PublicKey.byteCount)
  }
}

extension Signature: CustomStringConvertible, HexCodable {
  public var description: String { bytes.hex }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(fixed: bytes) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    bytes = try decoder.fixed(Signature.byteCount)
  }
}

private enum Sodium {
  /// Chooses libsodium's implementations for this processor, once; calls are safe without it but
  /// slower.
  static func prepare() { precondition(status >= 0, "libsodium starts on every supported machine") }

  private static let status = sodium_init()
}
