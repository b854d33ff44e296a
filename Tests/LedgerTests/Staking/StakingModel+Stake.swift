import Ledger
import Primitives

extension StakingModel {
  /// Adds stake: to number 0 if nothing binds it, else under a number of its own.
  mutating func deposit(
    _ amount: UInt128, of account: Identifier<Account>, at id: Identifier<Account>,
    multiplier: UInt128, lock: Deadline?, exposure: Exposure?, now: Deadline
  ) throws(Refused) {
    let place = try position(of: id)
    try require(validators[place].offence == nil)
    try require(validators[place].shares == 0 || validators[place].tokens > 0)
    let all = delegations.map(\.name).filter { $0.delegator == account }
    let numbered = all.filter { $0.validator == id && $0.number > 0 }
    var name = DelegationName(delegator: account, validator: id)
    if lock != nil || exposure != nil {
      try require(numbered.count < parameters.maximumEntries)
      name.number = number(of: account)
      for end in [lock, exposure?.until] { if let end { releases.append((end, name)) } }
    }
    if delegations.contains(where: { $0.name == name }) {
      try settle(name, at: now)
    } else {
      try require(all.count < parameters.maximumDelegations)
    }
    var validator = validators[place]
    let issued =
      validator.shares == 0 ? amount : scaled(amount, validator.shares, validator.tokens)
    try require(validator.shares + issued <= 1 << 112)
    validator.shares += issued
    validator.tokens += amount
    validator.slack += 2
    validators[place] = validator
    if let own = delegations.firstIndex(where: { $0.name == name }) {
      delegations[own].shares += issued
    } else {
      delegations.append(
        Delegation(
          name: name, shares: issued, multiplier: multiplier, paid: validator.increments.count,
          lock: lock, exposure: exposure))
    }
    ideal.change(.init(account: account, validator: id), by: amount, isGain: true)
  }

  /// Takes stake away, and with it all that would be left of less than a base unit.
  mutating func take(_ amount: UInt128, from name: DelegationName) throws(Refused) {
    let (own, place) = (try position(of: name), try position(of: name.validator))
    var validator = validators[place]
    if amount > 0 {
      let given = scaledUp(amount, validator.shares, validator.tokens)
      validator.tokens -= amount
      validator.shares -= given
      delegations[own].shares -= given
    }
    let left = delegations[own].shares
    if validator.shares == 0 || scaled(left, validator.tokens, validator.shares) == 0 {
      validator.shares -= left
      delegations.remove(at: own)
    }
    validator.slack += 2
    if validator.shares == 0 {
      let dust = validator.outstanding - validator.commission
      give(dust, from: .stakingRewards, to: .validators)
      validator.outstanding = validator.commission
      validator.remainder = 0
    }
    validators[place] = validator
    ideal.change(
      .init(account: name.delegator, validator: name.validator), by: amount, isGain: false)
  }

  /// Pays a delegation, takes what offences take, and ends what bonds are over.
  mutating func settle(_ name: DelegationName, at now: Deadline) throws(Refused) {
    let (own, place) = (try position(of: name), try position(of: name.validator))
    let earned = earned(by: delegations[own])
    delegations[own].paid = validators[place].increments.count
    validators[place].outstanding -= earned
    give(earned, from: .stakingRewards, to: .account(name.delegator))
    ideal.earnings[name.delegator, default: .init()].paid += earned
    ideal.earnings[name.delegator, default: .init()].slack += 1

    var taken: UInt128 = 0
    if let exposure = delegations[own].exposure {
      if let fraction = fractionTaken(through: exposure) {
        taken = scaled(worth(of: delegations[own]), fraction, 1_000_000_000)
        delegations[own].exposure = nil
      } else if hasCome(exposure.until, now) {
        delegations[own].exposure = nil
      }
    }
    if let lock = delegations[own].lock, hasCome(lock, now) {
      delegations[own].lock = nil
      delegations[own].multiplier = 1_000_000_000
    }
    if taken > 0 || worth(of: delegations[own]) == 0 {
      try take(taken, from: name)
      give(taken, from: .bondedStake, to: .treasury)
    }
  }

  mutating func settleUnbonding(at place: Int) {
    for exposure in unbondings[place].exposures {
      guard let fraction = fractionTaken(through: exposure) else { continue }
      let taken = scaled(unbondings[place].balance, fraction, 1_000_000_000)
      unbondings[place].balance -= taken
      unbondings[place].exposures.removeAll { $0 == exposure }
      give(taken, from: .unbondingStake, to: .treasury)
    }
  }

  private func fractionTaken(through exposure: Exposure) -> UInt128? {
    guard let offence = validators.first(where: { $0.id == exposure.validator })?.offence,
      offence.height <= exposure.since, exposure.since < offence.judged.height,
      !hasCome(exposure.until, offence.judged)
    else { return nil }
    return UInt128(offence.fraction.partsPerBillion)
  }
}
