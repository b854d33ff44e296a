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

/// What the ledger needs of a receipt to divide its fee; the rest stays behind its digest.
public struct SettledReceipt: Hashable, CanonicalCodable {
  public static let payoutMaximum = 256

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

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(receipt)
    encoder.encode(order)
    encoder.encode(tokensIn)
    encoder.encode(tokensOut)
    encoder.encode(list: payouts)
    encoder.encode(refund)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    receipt = try decoder.decode()
    order = try decoder.decode()
    tokensIn = try decoder.decode()
    tokensOut = try decoder.decode()
    payouts = try decoder.list(atMost: SettledReceipt.payoutMaximum)
    refund = try decoder.decode()
  }
}

/// Settles a batch of one channel's answers, whole or not at all; the act of the channel's server.
public struct SettleReceipts: Hashable, CanonicalCodable {
  public static let receiptMaximum = 256

  public var channel: Identifier<Channel>
  /// By rising order number.
  public var receipts: [SettledReceipt]

  public init(channel: Identifier<Channel>, receipts: [SettledReceipt]) {
    self.channel = channel
    self.receipts = receipts
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
    encoder.encode(list: receipts)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
    receipts = try decoder.list(atMost: SettleReceipts.receiptMaximum)
  }
}
