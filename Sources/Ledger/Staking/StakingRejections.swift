/// Why the ledger rejected a staking message.
public enum StakingRejection: UInt32, SubjectRejection {
  public static let subject = "staking"

  /// The signer operates a validator already.
  case validatorExists = 601
  /// Another validator signs with this key, or did.
  case consensusKeyTaken = 602
  /// No validator has this operator.
  case validatorNotFound = 603
  /// A commission is at most its maximum, a step at most the maximum, and that at most the whole.
  case commissionInvalid = 604
  /// The commission changed too recently.
  case commissionTooSoon = 605
  /// The commission changes by more than its operator promised.
  case commissionStepTooLarge = 606
  /// The operator's own stake is below the least that parameters ask for.
  case selfStakeTooSmall = 607
  /// Nothing was asked for.
  case amountZero = 608
  /// The validator is ended for ever.
  case validatorTombstoned = 609
  /// All stake at the validator was taken; what is left of it must leave first.
  case validatorWorthless = 610
  /// The parameters offer no such lock.
  case termNotOffered = 611
  /// The delegator has as many numbered delegations or unbondings at the validator as may be.
  case tooManyEntries = 612
  /// The account has as many delegations as may be.
  case tooManyDelegations = 613
  /// The signer has no such delegation.
  case delegationNotFound = 614
  /// The delegation or unbonding is worth less.
  case stakeTooSmall = 615
  /// The delegation's lock has not ended.
  case stillLocked = 616
  /// Moved stake can't move on while it answers for where it came from.
  case stillExposed = 617
  /// Stake moves between two validators.
  case sameValidator = 618
  /// The signer has no such unbonding.
  case unbondingNotFound = 619
  /// The validator is not jailed.
  case notJailed = 620
  /// The jail's time is not over.
  case jailNotOver = 621
  /// The validator's shares have lost so much of their worth that no more fit.
  case sharesFull = 622
}
