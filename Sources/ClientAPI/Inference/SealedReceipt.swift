public import CanonicalCoding
public import Cryptography
public import Ledger
public import Primitives

/// A receipt as a server gives it to whoever asks; `docs/spec/receipts.md` fixes the bytes.
public enum ReceiptEnvelope: Hashable, Sendable {
  /// Of a public order.
  case open(PublishedReceipt)
  /// Of a private one: for its recipients alone.
  case sealed(SealedReceipt)
}

extension ReceiptEnvelope: CanonicalCodable, UnionCodable {
  public static let caseNames = ["open", "sealed"]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .open(let published):
      encoder.encode(tag: 1)
      encoder.encode(published)
    case .sealed(let sealed):
      encoder.encode(tag: 2)
      encoder.encode(sealed)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .open(try decoder.decode())
    case 2: self = .sealed(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

extension ReceiptEnvelope {
  /// The receipt, if it is public or sealed for one of these keys.
  ///
  /// Cost: about 100 µs for the recipient's key, and a pass over the content.
  public func receipt(openedBy keys: [SigningKey]) -> PublishedReceipt? {
    switch self {
    case .open(let published): published
    case .sealed(let sealed): sealed.open(by: keys)
    }
  }
}

/// A content's key, sealed for one recipient.
public struct RecipientKey: Hashable, CanonicalCodable {
  public let recipient: PublicKey
  public let key: SealedKey

  public init(recipient: PublicKey, key: SealedKey) {
    self.recipient = recipient
    self.key = key
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(recipient)
    encoder.encode(key)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    recipient = try decoder.decode()
    key = try decoder.decode()
  }
}

/// A receipt that its recipients alone can read.
public struct SealedReceipt: Hashable, CanonicalCodable {
  public static let recipientMaximum = 64
  public static let contentMaximum = 1 << 22

  /// Strictly sorted by recipient.
  public let keys: [RecipientKey]
  /// The receipt's canonical bytes, encrypted.
  public let content: [UInt8]

  /// Seals a receipt under a key of its own.
  ///
  /// - Parameters:
  ///   - recipients: at most ``recipientMaximum``; one that is no usable key is left out.
  ///   - entropy: gives 32 fresh random bytes at each call.
  public init(
    _ published: PublishedReceipt, for recipients: Set<PublicKey>, entropy: () -> Digest
  ) {
    precondition(recipients.count <= Self.recipientMaximum, "at most 64 recipients")
    let key = ContentKey(seed: entropy())
    keys = recipients.sorted().compactMap { recipient in
      recipient.seal(key, seed: entropy()).map { RecipientKey(recipient: recipient, key: $0) }
    }
    content = key.seal(published.canonicalBytes)
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: keys)
    encoder.encode(bytes: content)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    keys = try decoder.list(atMost: Self.recipientMaximum)
    content = try decoder.bytes(atMost: Self.contentMaximum)
  }

  /// Nil if it is sealed for none of these keys, or does not open.
  func open(by signers: [SigningKey]) -> PublishedReceipt? {
    for signer in signers {
      guard let sealed = keys.first(where: { $0.recipient == signer.publicKey }),
        let bytes = signer.open(sealed.key)?.open(content)
      else { continue }
      return try? PublishedReceipt(canonicalBytes: bytes)
    }
    return nil
  }
}
