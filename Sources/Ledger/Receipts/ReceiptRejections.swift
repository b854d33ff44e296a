/// Why the ledger rejected a batch of receipts.
public enum ReceiptRejection: UInt32, SubjectRejection {
  public static let subject = "receipt"

  /// A batch holds at least one receipt.
  case batchEmpty = 501
  /// The signer is not the channel's server.
  case notServer = 502
  /// The channel is closed.
  case channelClosed = 503
  /// A receipt with this digest is settled.
  case alreadySettled = 504
  /// The order names another chain or channel.
  case wrongChannel = 505
  /// The order's number is not higher than the last settled one.
  case numberUsed = 506
  /// The order's expiry has passed.
  case orderExpired = 507
  /// The order is not signed by the channel's signing key.
  case badOrderSignature = 508
  /// The order names no adapter on offer.
  case adapterNotFound = 509
  /// The order's rates are not the adapter's.
  case wrongRates = 510
  /// The order agrees to another split than the one in force.
  case wrongSplit = 511
  /// The fee exceeds the order's maximum.
  case feeAboveMaximum = 512
  /// The channel's escrow does not cover the fee.
  case escrowTooSmall = 513
  /// The payouts are not positive and strictly sorted by account.
  case payoutsUnsorted = 514
  /// A payout names an account without positive uplift in the run.
  case payoutToStranger = 515
  /// Payouts and refund do not sum to the contributors' part.
  case wrongSum = 516
}
