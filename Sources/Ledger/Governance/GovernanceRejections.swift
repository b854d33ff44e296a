/// Why the ledger rejected a message of governance.
public enum GovernanceRejection: UInt32, SubjectRejection {
  public static let subject = "governance"

  /// No proposal has this identifier.
  case proposalNotFound = 701
  /// A proposal has a title.
  case titleMissing = 702
  /// The deposit is below the least that parameters ask for, or zero.
  case depositTooSmall = 703
  /// The new numbers are outside the bounds that no vote can cross.
  case outOfBounds = 704
  /// The numbers that the proposal replaces are not in force, or equal the new ones.
  case notInForce = 705
  /// The proposal takes no more deposits.
  case depositClosed = 706
  /// As many proposals are voted on as parameters let.
  case votesFull = 707
  /// The proposal is not voted on now.
  case voteClosed = 708
  /// The voter has no stake and is no validator.
  case noStake = 709
  /// The accounts are not strictly sorted, or there are none.
  case accountsUnsorted = 710
  /// None of the accounts leaves its vote to the signer.
  case nothingEntrusted = 711
  /// An account does not entrust its vote to itself.
  case entrustedToSelf = 712
}
