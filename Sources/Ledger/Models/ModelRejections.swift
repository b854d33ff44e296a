/// Why the ledger rejected a model message.
public enum ModelRejection: UInt32, SubjectRejection {
  public static let subject = "model"

  /// No base model has this identifier.
  case baseModelNotFound = 301
  /// The datanet has no version of this number.
  case versionNotFound = 302
  /// The version's held-out set is opened, so a run could have been trained on it.
  case heldOutRevealed = 303
  /// The bond is below the least that parameters ask for.
  case bondTooSmall = 304
  /// The uplift is not strictly sorted by contribution.
  case upliftUnsorted = 305
  /// The uplift names a contribution that is not in the version, or another account than its own.
  case upliftOfStranger = 306
  /// A run has index rows and decoys.
  case indexEmpty = 307
  /// No run has this identifier.
  case runNotFound = 308
  /// The signer did not submit the run.
  case notRunOwner = 309
  /// A rate is below the datanet's floor.
  case rateBelowFloor = 310
  /// The signer does not own the base model.
  case notBaseModelOwner = 311
  /// The run is disputed, slashed, or without its bond.
  case runNotSound = 312
  /// The run's bond is still needed, or gone.
  case bondNotDue = 313
  /// No adapter has this identifier.
  case adapterNotFound = 314
  /// The signer does not own the adapter.
  case notAdapterOwner = 315
  /// The adapter is retired.
  case adapterRetired = 316
  /// The last price change is not over yet.
  case rateChangePending = 317
  /// Parents are not strictly sorted by adapter, or one has no share.
  case parentsUnsorted = 318
  /// No adapter has a parent's identifier.
  case parentNotFound = 319
  /// The parents' shares exceed the whole.
  case royaltiesAboveWhole = 320
  /// More adapters would have a part of the earnings than an answer's division bears.
  case lineageTooLarge = 321
  /// No line has this identifier.
  case lineNotFound = 322
  /// The signer does not own the line.
  case notLineOwner = 323
  /// The adapter's name is not its line's.
  case lineNameDiffers = 324
  /// The line recommends this adapter already.
  case alreadyActive = 325
  /// The line has no former adapter that is still on offer.
  case nothingToRollBackTo = 326
  /// The stake is below the least, or more is asked back than is staked.
  case stakeTooSmall = 327
  /// The signer has no stake on the run.
  case stakeNotFound = 328
  /// As much stake is on its way back to the signer as can be.
  case unbondingFull = 329
  /// The version is not published.
  case versionNotPublished = 330
  /// The datanet is private, and the signer has no role as a trainer.
  case datanetPrivate = 331
  /// The uplift names a contribution that is withdrawn.
  case upliftOfWithdrawn = 332
  /// An SPDX identifier is made of other characters.
  case licenceMalformed = 333
}
