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

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    to = try decoder.decode()
    amount = try decoder.decode()
    memo = try decoder.text(atMost: Transfer.memoMaximum)
  }
}
