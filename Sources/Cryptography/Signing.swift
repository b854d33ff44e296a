internal import CSodium
public import CanonicalCoding
internal import Primitives

/// An Ed25519 public key; 32 bytes that need not be a valid point until something is verified.
public struct PublicKey: Hashable, Comparable, Sendable {
  public static let byteCount = 32
  // In place rather than an array: keys are in every account and transaction.
  private let packed: Digest

  /// Takes exactly 32 bytes; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard let packed = Digest(bytes: bytes) else { return nil }
    self.packed = packed
  }

  public var bytes: [UInt8] { packed.bytes }

  public static func < (lhs: PublicKey, rhs: PublicKey) -> Bool { lhs.packed < rhs.packed }

  /// Whether any signature of this key can be valid.
  ///
  /// It is the canonical encoding of a point, and not of small order. Cost: about 60 µs.
  public var isUsable: Bool {
    guard isCanonical else { return false }
    Sodium.prepare()
    var point = bytes
    for _ in 0..<3 {
      let half = point
      // Fails for what is no point of the curve.
      guard unsafe crypto_core_ed25519_add(&point, half, half) == 0 else { return false }
    }
    return point != PublicKey.neutral
  }

  private static let neutral = [1] + [UInt8](repeating: 0, count: byteCount - 1)

  /// Whether y, the low 255 bits, little-endian, is below 2²⁵⁵ − 19.
  private var isCanonical: Bool {
    let bytes = bytes
    return bytes[31] & 0x7f != 0x7f || bytes[1..<31].contains { $0 != 0xff } || bytes[0] < 0xed
  }

  /// Whether `signature` is this key's over `message`, by the strict rule of libsodium 1.0.18.
  ///
  /// Scalar, key and commitment must be canonical, neither point of small order, and the equation
  /// hold without the cofactor, so nobody can turn a signature into a second valid one; the rule
  /// stands in `docs/spec/encoding.md`. Cost: about 60 µs.
  public func verifies(_ signature: Signature, over message: [UInt8]) -> Bool {
    Sodium.prepare()
    return unsafe crypto_sign_ed25519_verify_detached(
      signature.bytes, message, UInt64(message.count), bytes) == 0
  }
}

/// An Ed25519 signature: 64 bytes.
public struct Signature: Hashable, Sendable {
  public static let byteCount = 64
  private let commitment: Digest
  private let scalar: Digest

  /// Takes exactly 64 bytes; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Signature.byteCount, let commitment = Digest(bytes: bytes.prefix(32)),
      let scalar = Digest(bytes: bytes.suffix(32))
    else { return nil }
    self.commitment = commitment
    self.scalar = scalar
  }

  public var bytes: [UInt8] { commitment.bytes + scalar.bytes }
}

/// An Ed25519 secret; the caller brings the entropy, nothing here draws any.
public struct SigningKey: Sendable {
  public static let seedByteCount = 32
  public let publicKey: PublicKey
  let secret: [UInt8]

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
  public static let codedForm = "a public key: 64 lower-case hexadecimal digits"
  public static let codedExample = String(repeating: "0", count: 2 * byteCount)
  public var description: String { bytes.hex }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(packed) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    packed = try decoder.decode()
  }
}

extension Signature: CustomStringConvertible, HexCodable {
  public static let codedForm = "a signature: 128 lower-case hexadecimal digits"
  public static let codedExample = String(repeating: "0", count: 2 * byteCount)
  public var description: String { bytes.hex }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(commitment)
    encoder.encode(scalar)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    commitment = try decoder.decode()
    scalar = try decoder.decode()
  }
}

enum Sodium {
  /// Chooses libsodium's implementations for this processor, once; calls are safe without it but
  /// slower.
  static func prepare() {
    precondition(
      status >= 0 && !isCofactored,
      "libsodium checks signatures as version 1.0.18 does; later ones accept what this ledger refuses"
    )
  }

  private static let status = sodium_init()

  /// Whether this libsodium multiplies the equation by the cofactor, as versions after 1.0.18 do.
  ///
  /// The fifth of the vectors in `Tests/CryptographyTests/Vectors`: its points have a part of small
  /// order, which only the cofactor takes away.
  private static let isCofactored: Bool = {
    let message = bytes([
      0xe47d_62c6_3f83_0dc7, 0xa685_1a0b_1f33_ae4b, 0xb2f5_07fb_6cff_ec40, 0x11ea_ccd5_5b53_f56c,
    ])
    let key = bytes([
      0xcdb2_67ce_40c5_cd45, 0x306f_a5d2_f297_3145, 0x9387_dbf9_eb93_3b7b, 0xd5ae_d9a7_65b8_8d4d,
    ])
    let signature = bytes([
      0x160a_1cb0_dc9c_0258, 0xcd0a_7d23_e94d_8fa8, 0x78bc_b192_5f2c_6424, 0x6b2d_ee17_96be_d512,
      0x5ec6_bc98_2a26_9b72, 0x3e06_68e5_4091_1a9a, 0x6a58_921d_6925_e434, 0xab10_aa79_4055_1a09,
    ])
    return unsafe crypto_sign_ed25519_verify_detached(
      signature, message, UInt64(message.count), key) == 0
  }()

  private static func bytes(_ words: [UInt64]) -> [UInt8] { words.flatMap(\.canonicalBytes) }
}
