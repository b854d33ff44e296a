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
  /// An SPDX identifier is made of other characters.
  case licenceMalformed = 216
  /// The bond is below the least that parameters ask for.
  case bondTooSmall = 217
  /// The datanet is closed.
  case closed = 218
  /// The signer is no curator with a sufficient bond.
  case notCurator = 219
  /// The owner takes no role in their own datanet.
  case ownerHasNoRole = 220
  /// The curator's bond is on its way back.
  case bondLeaving = 221
  /// The curator's part of a held-out set is not revealed yet.
  case heldOutStillHidden = 222
  /// The datanet is not open, and the signer has no role as a contributor.
  case notAllowed = 223
  /// Nobody both contributes to a datanet and commits to its held-out sets.
  case curatorContributes = 224
  /// The contribution has its verdict.
  case alreadyJudged = 225
  /// Nobody judges a contribution of their own.
  case ownContribution = 226
  /// A version lists a contribution that no curator has accepted.
  case contributionNotAccepted = 227
  /// A version lists a contribution that is withdrawn.
  case contributionWithdrawn = 228
  /// A withdrawal only ever goes further.
  case withdrawalBackwards = 229
  /// Another version used the epoch's held-out set.
  case heldOutUsed = 230
  /// The datanet has no version of this number.
  case versionNotFound = 231
  /// The version is no draft any more.
  case versionNotDraft = 232
  /// The signer accepted the version before.
  case alreadyAccepted = 233
  /// Too few curators have accepted the version, or it is void or published.
  case versionNotAccepted = 234
  /// The account has a curator's role, bond or hidden part there, and a curator is never the owner.
  case recipientIsCurator = 235
}
