internal import Primitives

// What happens to stake before anything else may: it is paid what it earned, then gives what a
// validator's offence still takes from it, then loses the bonds that have ended. A slash is thus
// written once, with the validator, and reaches each unbonding and moved delegation when that is
// next touched, at the latest when its exposure ends.

extension Offence {
  /// Whether stake that left before the offence was known was there when it happened.
  func reaches(_ exposure: Exposure) -> Bool {
    height <= exposure.since && exposure.since < judged.height
      && !exposure.until.hasCome(at: judged.time, height: judged.height)
  }
}

extension LedgerState {
  /// Brings a delegation up to date.
  mutating func settle(_ position: inout StakePosition, at moment: Moment) throws(Rejection) {
    let name = position.name
    let earned = position.takeRewards()
    try move(earned, from: .stakingRewards, to: .account(name.delegator), for: .stakingReward)
    if earned > .zero { emit(.stakingRewardPaid, name.delegator.digest, amount: earned) }

    if let exposure = position.delegation.exposure {
      if let fraction = fractionTaken(through: exposure) {
        try take(fraction, from: &position)
        position.delegation.exposure = nil
      } else if exposure.until.hasCome(at: moment) {
        position.delegation.exposure = nil
      }
    }
    if let lock = position.delegation.lock, lock.hasCome(at: moment) {
      position.delegation.lock = nil
      position.delegation.multiplier = .flexible
    }
    // Shares whose worth is gone say nothing any more.
    if position.worth == .zero { position.withdraw(.zero) }
  }

  private mutating func take(
    _ fraction: Share, from position: inout StakePosition
  ) throws(Rejection) {
    let taken = position.worth.part(fraction)
    position.withdraw(taken)
    try move(taken, from: .bondedStake, to: .treasury, for: .stakeSlash)
    emit(.stakeSlashed, position.name.delegator.digest, amount: taken)
  }

  /// Takes from an unbonding what offences since judged take from it.
  mutating func settle(
    _ unbonding: inout UnbondingRecord, of delegator: Identifier<Account>
  ) throws(Rejection) {
    for exposure in unbonding.exposures {
      guard let fraction = fractionTaken(through: exposure) else { continue }
      let taken = unbonding.balance.part(fraction)
      unbonding.balance = unbonding.balance.minus(taken)
      unbonding.exposures.removeAll { $0 == exposure }
      try move(taken, from: .unbondingStake, to: .treasury, for: .stakeSlash)
      emit(.stakeSlashed, delegator.digest, amount: taken)
    }
  }

  private func fractionTaken(through exposure: Exposure) -> Share? {
    guard let offence = validator(exposure.validator)?.offence, offence.reaches(exposure) else {
      return nil
    }
    return offence.fraction
  }
}
