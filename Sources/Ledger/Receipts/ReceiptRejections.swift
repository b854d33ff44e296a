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
  /// The draws are not strictly sorted by channel and adapter.
  case drawsUnsorted = 517
  /// A batch has more receipts than ``SettleBatch/receiptMaximum``.
  case batchTooLarge = 518
  /// The amounts trees are not those of the draws' adapters, strictly sorted.
  case amountsMismatch = 519
  /// No receipts have these totals together.
  case totalsImpossible = 520
  /// The server's bond does not cover its open batches at the audit rate.
  case bondTooSmall = 521
  /// The batch does not exist, or is final or voided.
  case batchNotOpen = 522
  /// The batch does not exist, is not final, or has no amounts of this adapter.
  case batchNotFinal = 523
  /// The epoch's held-out set is not revealed, or the window after it not over.
  case epochNotReleased = 524
  /// The payee's part of the batch was claimed before.
  case alreadyClaimed = 525
  /// The opened leaves are not all of one payee's in the batch's tree.
  case claimNotProven = 526
}
