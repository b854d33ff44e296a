public import CanonicalCoding
public import Cryptography
public import Primitives

/// The subject of account identifiers: whoever holds the key, the first or what it was rotated to.
public enum Account {}

extension Identifier<Account> {
  /// The account that `key` opens, until a rotation gives it another.
  public init(_ key: PublicKey) { self.init(Digest(domain: "whence/account", hashing: key)) }
}

/// What the ledger knows of an account besides its balance; written by its first transaction.
public struct AccountRecord: Hashable, CanonicalCodable {
  public var publicKey: PublicKey
  /// The one that its next sequenced transaction must carry.
  public var sequence: UInt64
  /// How many of its nonces are remembered.
  public var openNonces: UInt32

  public init(publicKey: PublicKey, sequence: UInt64, openNonces: UInt32) {
    self.publicKey = publicKey
    self.sequence = sequence
    self.openNonces = openNonces
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(publicKey)
    encoder.encode(sequence)
    encoder.encode(openNonces)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    publicKey = try decoder.decode()
    sequence = try decoder.decode()
    openNonces = try decoder.decode()
  }
}

extension StateReader {
  /// The record of an account; nil before its first transaction, even if it holds money.
  public func account(_ id: Identifier<Account>) -> AccountRecord? { record(.account(id)) }

  /// The account whose transfer first gave an account money; it never changes once it is set.
  ///
  /// Nil for one that genesis, pay or nobody gave its first.
  public func funder(of id: Identifier<Account>) -> Identifier<Account>? { record(.funder(id)) }

  public func balance(of holder: Holder) -> Amount { record(.balance(holder)) ?? .zero }

  /// What moved for one reason since genesis.
  public func total(of cause: MoveCause) -> Amount { record(.total(cause)) ?? .zero }
}

extension StateKey {
  public static func account(_ id: Identifier<Account>) -> StateKey<AccountRecord> {
    .init(.accounts, id)
  }

  public static func funder(
    _ id: Identifier<Account>
  ) -> StateKey<Identifier<Account>> { .init(.funders, id) }

  public static func balance(_ holder: Holder) -> StateKey<Amount> { .init(.balances, holder) }

  public static func total(_ cause: MoveCause) -> StateKey<Amount> { .init(.totals, cause) }
}
