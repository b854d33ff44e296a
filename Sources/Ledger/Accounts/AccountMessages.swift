public import CanonicalCoding
public import Primitives

/// Moves money from the signer to another account.
public struct Transfer: Hashable, CanonicalCodable {
  /// In bytes of UTF-8.
  public static let memoMaximum = 256

  public var to: Identifier<Account>
  public var amount: Amount
  /// For people; the ledger never reads it.
  public var memo: String

  public init(to: Identifier<Account>, amount: Amount, memo: String) {
    self.to = to
    self.amount = amount
    self.memo = memo
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(to)
    encoder.encode(amount)
    encoder.encode(text: memo)
  }

  /// Reads JSON's form, in which no memo need not be said.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    to = try fields.decode(Identifier<Account>.self, forKey: .to)
    amount = try fields.decode(Amount.self, forKey: .amount)
    memo = try fields.decodeIfPresent(String.self, forKey: .memo) ?? ""
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    to = try decoder.decode()
    amount = try decoder.decode()
    memo = try decoder.text(atMost: Transfer.memoMaximum)
  }
}

/// One account's part of a ``TransferToMany``.
public struct Payment: Hashable, CanonicalCodable {
  public var to: Identifier<Account>
  public var amount: Amount

  public init(to: Identifier<Account>, amount: Amount) {
    self.to = to
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(to)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    to = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Moves money from the signer to many accounts, to all or to none.
public struct TransferToMany: Hashable, CanonicalCodable {
  public static let paymentMaximum = 256

  /// At least one; an account may stand here more than once.
  public var payments: [Payment]
  /// For people, as in ``Transfer``.
  public var memo: String

  public init(payments: [Payment], memo: String) {
    self.payments = payments
    self.memo = memo
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: payments)
    encoder.encode(text: memo)
  }

  /// Reads JSON's form, in which no memo need not be said.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    payments = try fields.decode([Payment].self, forKey: .payments)
    memo = try fields.decodeIfPresent(String.self, forKey: .memo) ?? ""
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    payments = try decoder.list(atMost: TransferToMany.paymentMaximum)
    memo = try decoder.text(atMost: Transfer.memoMaximum)
  }
}
