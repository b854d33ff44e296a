/// Why the ledger rejected a model message.
public enum ModelRejection: UInt32, SubjectRejection {
  public static let subject = "model"

  /// No base model has this identifier.
  case baseModelNotFound = 301
  /// The datanet has no version of this number.
  case versionNotFound = 302
  /// The version's held-out set is revealed, so a run could have been trained on it.
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
}
