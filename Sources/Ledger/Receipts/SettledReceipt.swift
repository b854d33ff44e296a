public import CanonicalCoding
public import Primitives

/// One contributor account's part of one answer's fee.
public struct Payout: Hashable, CanonicalCodable {
  public var account: Identifier<Account>
  public var amount: Amount

  public init(account: Identifier<Account>, amount: Amount) {
    self.account = account
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(account)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    account = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// What a batch takes of a receipt; the rest stays behind its digest.
public struct SettledReceipt: Hashable, Sendable {
  public var receipt: Digest
  public var order: SignedOrder
  public var tokensIn: UInt32
  public var tokensOut: UInt32
  /// Positive, strictly sorted by account; with the refund, exactly the contributors' part.
  public var payouts: [Payout]
  /// Returns to the channel: the part that no contribution earned.
  public var refund: Amount

  public init(
    receipt: Digest, order: SignedOrder, tokensIn: UInt32, tokensOut: UInt32, payouts: [Payout],
    refund: Amount
  ) {
    self.receipt = receipt
    self.order = order
    self.tokensIn = tokensIn
    self.tokensOut = tokensOut
    self.payouts = payouts
    self.refund = refund
  }
}
