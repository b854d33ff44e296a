public import CanonicalCoding
public import Cryptography
public import Primitives

/// The subject of account identifiers: whoever holds the key.
public enum Account {}

extension Identifier<Account> {
  /// The account that `key` opens.
  public init(_ key: PublicKey) { self.init(Digest(domain: "whence/account", hashing: key)) }
}

/// What the ledger knows of an account besides its balance; written by its first transaction.
public struct AccountRecord: Hashable, CanonicalCodable {
  public var publicKey: PublicKey
  /// The sequence its next transaction must carry.
  public var sequence: UInt64

  public init(publicKey: PublicKey, sequence: UInt64) {
    self.publicKey = publicKey
    self.sequence = sequence
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(publicKey)
    encoder.encode(sequence)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    publicKey = try decoder.decode()
    sequence = try decoder.decode()
  }
}

extension StateReader {
  /// The record of an account; nil before its first transaction, even if it holds money.
  public func account(_ id: Identifier<Account>) -> AccountRecord? { record(.account(id)) }

  public func balance(of holder: Holder) -> Amount { record(.balance(holder)) ?? .zero }

  /// What moved for one reason since genesis.
  public func total(of cause: MoveCause) -> Amount { record(.total(cause)) ?? .zero }
}

extension StateKey {
  public static func account(_ id: Identifier<Account>) -> StateKey<AccountRecord> {
    .init(.accounts, id)
  }

  public static func balance(_ holder: Holder) -> StateKey<Amount> { .init(.balances, holder) }

  public static func total(_ cause: MoveCause) -> StateKey<Amount> { .init(.totals, cause) }
}
