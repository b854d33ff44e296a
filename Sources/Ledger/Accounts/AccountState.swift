public import CanonicalCoding
public import Cryptography
public import Primitives

/// The subject of account identifiers: whoever holds the key, the first or what it was rotated to.
public enum Account {}

extension Identifier<Account> {
  /// The account that `key` opens, until a rotation gives it another.
  public init(_ key: PublicKey) { self.init(Digest(domain: "whence/account", hashing: key)) }
}

/// What the ledger knows of an account; there from the first that it gets or sends.
public struct AccountRecord: Hashable, CanonicalCodable {
  // First in the encoding, so that sums over many accounts decode nothing else.
  public var balance: Amount
  /// The key in force; nil before the account's first transaction shows it.
  public var publicKey: PublicKey?
  /// The one that its next sequenced transaction must carry.
  public var sequence: UInt64
  /// How many of its nonces are remembered.
  public var openNonces: UInt32

  public init(
    balance: Amount = .zero, publicKey: PublicKey? = nil, sequence: UInt64 = 0,
    openNonces: UInt32 = 0
  ) {
    self.balance = balance
    self.publicKey = publicKey
    self.sequence = sequence
    self.openNonces = openNonces
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(balance)
    encoder.encode(optional: publicKey)
    encoder.encode(sequence)
    encoder.encode(openNonces)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    balance = try decoder.decode()
    publicKey = try decoder.optional()
    sequence = try decoder.decode()
    openNonces = try decoder.decode()
  }
}

extension AccountRecord {
  /// Whether a key opens the account that this is the record of: the one in force, or before any
  /// was shown the one that names it.
  func isOpened(by key: PublicKey, of account: Identifier<Account>) -> Bool {
    publicKey.map { $0 == key } ?? (Identifier(key) == account)
  }
}

extension StateReader {
  /// The record of an account; nil before anybody paid it and it sent anything.
  public func account(_ id: Identifier<Account>) -> AccountRecord? { record(.account(id)) }

  /// The account whose transfer first gave an account money; it never changes once it is set.
  ///
  /// Nil for one that genesis, pay or nobody gave its first.
  public func funder(of id: Identifier<Account>) -> Identifier<Account>? { record(.funder(id)) }

  public func balance(of holder: Holder) -> Amount {
    if case .account(let id) = holder { return account(id)?.balance ?? .zero }
    return record(.purse(holder)) ?? .zero
  }

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

  /// What one of the ledger's own purses holds.
  ///
  /// - Precondition: `holder` is no account: its record says what that holds.
  public static func purse(_ holder: Holder) -> StateKey<Amount> {
    if case .account = holder { preconditionFailure("an account's record holds its money") }
    return .init(.purses, holder)
  }

  public static func total(_ cause: MoveCause) -> StateKey<Amount> { .init(.totals, cause) }
}
