/// Why the ledger rejected a datanet message.
public enum DatanetRejection: UInt32, SubjectRejection {
  public static let subject = "datanet"

  /// No datanet has this identifier.
  case notFound = 201
  /// The signer does not own the datanet.
  case notOwner = 202
  /// No contribution has this identifier, or it is another datanet's.
  case contributionNotFound = 203
  /// The signer did not commit this contribution.
  case notContributor = 204
  /// The contribution was revealed before.
  case alreadyRevealed = 205
  /// A reveal needs a later block than its commit.
  case revealTooEarly = 206
  /// What was revealed is not what was committed.
  case commitmentMismatch = 207
  /// The same records were committed earlier by a contribution that is revealed.
  case recordsNotFirst = 208
  /// A contribution or version holds no records.
  case noRecords = 209
  /// The epoch's held-out set was committed before.
  case heldOutAlreadyCommitted = 210
  /// The epoch's held-out set was not committed in an earlier block.
  case heldOutNotCommitted = 211
  /// The epoch's held-out set was revealed before.
  case heldOutAlreadyRevealed = 212
  /// A version lists its contributions strictly sorted, at least one.
  case contributionsUnsorted = 213
  /// A version lists a contribution that is not revealed.
  case contributionNotRevealed = 214
  /// The datanet has as many versions as can be numbered.
  case versionsFull = 215
}
