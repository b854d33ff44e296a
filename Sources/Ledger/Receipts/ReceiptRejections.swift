/// Why the ledger rejected a batch of receipts.
public enum ReceiptRejection: UInt32, SubjectRejection {
  public static let subject = "receipt"

  /// A batch holds at least one receipt.
  case batchEmpty = 501
  /// The signer is not the channel's server.
  case notServer = 502
  /// The channel is closed.
  case channelClosed = 503
  /// There are fewer numbers than receipts between the last one settled and a draw's highest.
  case numberUsed = 506
  /// The order names no adapter on offer.
  case adapterNotFound = 509
  /// The channel's escrow does not cover the fee.
  case escrowTooSmall = 513
  /// What a correction takes and what it gives differ.
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
  /// The batch does not exist, is not final, or has nothing of this adapter left to claim.
  case batchNotFinal = 523
  /// The epoch's held-out set is not revealed, or the window after it not over.
  case epochNotReleased = 524
  /// The payee's part of the batch was claimed before.
  case alreadyClaimed = 525
  /// The opened leaves are not all of one payee's in the batch's tree.
  case claimNotProven = 526
  /// The batch names fee terms that are not in force, nor were until a notice ago.
  case termsNotSettled = 527
  /// Nobody revealed any part of the epoch's held-out set: nothing measures what was earned.
  case epochWithheld = 528
  /// The run was slashed: the ledger pays its contributors by itself, and not by its batches.
  case runSlashed = 529
  /// The opened leaf does not stand in the batch, or names a channel or adapter that is not its own.
  case leafNotOpened = 530
  /// The receipt was proved wrong: its payer has the fee back.
  case provedWrong = 531
  /// The time to say what an answer was worth is over.
  case outcomeLate = 532
  /// Neither the channel's payer nor the key that signs its orders says so.
  case notPayer = 533
  /// The payer has said already what the answer was worth.
  case outcomeGiven = 534
}
