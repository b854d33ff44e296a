public import CanonicalCoding
public import Primitives

/// What keeps a transaction from being included twice, and with its signer names what it creates.
public enum TransactionOrdering: Hashable, Sendable {
  /// The account's next one: it counts the account's sequenced transactions that are in blocks.
  case sequence(UInt64)
  /// In no order with others of the account: for uploaders and agents that send many at once.
  ///
  /// Not included in a block of a later time than `expiry`, which may lie ahead of the block by
  /// ``AccountParameters/nonceLifetime`` at most; until then the pair is remembered.
  case unordered(expiry: BlockTime, nonce: UInt64)
}

extension TransactionOrdering: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .sequence(let number):
      encoder.encode(tag: 1)
      encoder.encode(number)
    case .unordered(let expiry, let nonce):
      encoder.encode(tag: 2)
      encoder.encode(expiry)
      encoder.encode(nonce)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .sequence(try decoder.decode())
    case 2: self = .unordered(expiry: try decoder.decode(), nonce: try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}
