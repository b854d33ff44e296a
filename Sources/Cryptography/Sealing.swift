internal import CSodium
public import CanonicalCoding
public import Primitives

/// A secret that one content is sealed with; whoever has it opens the content.
public struct ContentKey: Hashable, Sendable {
  static let byteCount = 32
  /// Bytes by which a sealed content is longer: its authenticator.
  public static let overhead = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
  fileprivate let bytes: [UInt8]

  /// - Parameter seed: fresh randomness; the caller brings it, and seals one content with it.
  public init(seed: Digest) { bytes = seed.bytes }

  fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

  /// Encrypts and authenticates: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a nonce of
  /// zeros, which is safe because a key seals one content alone.
  public func seal(_ content: [UInt8]) -> [UInt8] {
    Sodium.prepare()
    var sealed = [UInt8](repeating: 0, count: content.count + Self.overhead)
    let status = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
      &sealed, nil, content, UInt64(content.count), nil, 0, nil, Self.nonce, bytes)
    precondition(status == 0, "XChaCha20-Poly1305 seals any content that fits memory")
    return sealed
  }

  /// Nil if the bytes were not sealed with this key, or were changed.
  public func open(_ sealed: [UInt8]) -> [UInt8]? {
    guard sealed.count >= Self.overhead else { return nil }
    Sodium.prepare()
    var content = [UInt8](repeating: 0, count: sealed.count - Self.overhead)
    let status = unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
      &content, nil, nil, sealed, UInt64(sealed.count), nil, 0, Self.nonce, bytes)
    return status == 0 ? content : nil
  }

  private static let nonce = [UInt8](
    repeating: 0, count: Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES))
}

/// A content key that one recipient alone can take out: libsodium's sealed box, 80 bytes.
public struct SealedKey: Hashable, CanonicalCodable {
  public static let byteCount = 80
  fileprivate let bytes: [UInt8]

  fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(fixed: bytes) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    bytes = try decoder.fixed(Self.byteCount)
  }
}

extension PublicKey {
  /// Seals a key for the owner of this one, whose Ed25519 key is taken to Curve25519.
  ///
  /// - Parameter seed: fresh randomness for the box's own pair of keys.
  /// - Returns: nil if this is no key that anybody can sign with.
  public func seal(_ key: ContentKey, seed: Digest) -> SealedKey? {
    Sodium.prepare()
    var recipient = [UInt8](repeating: 0, count: Int(crypto_box_PUBLICKEYBYTES))
    guard unsafe crypto_sign_ed25519_pk_to_curve25519(&recipient, bytes) == 0 else { return nil }
    var own = recipient
    var secret = [UInt8](repeating: 0, count: Int(crypto_box_SECRETKEYBYTES))
    var nonce = [UInt8](repeating: 0, count: Int(crypto_box_NONCEBYTES))
    var box = [UInt8](repeating: 0, count: key.bytes.count + Int(crypto_box_MACBYTES))
    let isMade =
      unsafe crypto_box_seed_keypair(&own, &secret, seed.bytes) == 0
      && crypto_generichash(
        &nonce, nonce.count, own + recipient, UInt64(own.count + recipient.count), nil, 0) == 0
      && crypto_box_easy(
        &box, key.bytes, UInt64(key.bytes.count), nonce, recipient, secret) == 0
    return isMade ? SealedKey(bytes: own + box) : nil
  }
}

extension SigningKey {
  /// Takes out a key that was sealed for this one; nil if it was sealed for another.
  public func open(_ sealed: SealedKey) -> ContentKey? {
    Sodium.prepare()
    var recipient = [UInt8](repeating: 0, count: Int(crypto_box_PUBLICKEYBYTES))
    var secret = [UInt8](repeating: 0, count: Int(crypto_box_SECRETKEYBYTES))
    var key = [UInt8](repeating: 0, count: ContentKey.byteCount)
    let isOpened =
      unsafe crypto_sign_ed25519_pk_to_curve25519(&recipient, publicKey.bytes) == 0
      && crypto_sign_ed25519_sk_to_curve25519(&secret, self.secret) == 0
      && crypto_box_seal_open(
        &key, sealed.bytes, UInt64(sealed.bytes.count), recipient, secret) == 0
    return isOpened ? ContentKey(bytes: key) : nil
  }
}
