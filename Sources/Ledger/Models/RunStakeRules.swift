internal import Primitives

extension LedgerState {
  /// Applies a stake: it earns from the end of the present epoch on, which it opens if need be.
  ///
  /// - Throws: `runNotFound`, `runNotSound`, `stakeTooSmall`; `account_insufficient_balance`.
  public mutating func apply(
    _ message: StakeOnRun, in context: BlockContext
  ) throws(Rejection) {
    guard let standing = standing(of: message.run) else { throw .model(.runNotFound) }
    guard standing.isSound else { throw .model(.runNotSound) }
    let parameters = context.parameters.models
    guard message.amount >= parameters.minimumStake else { throw .model(.stakeTooSmall) }
    let name = StakeName(run: message.run, account: context.signer)
    try move(message.amount, from: .account(context.signer), to: .runStakes, for: .runStake)
    var (stake, pool) = try paid(name)

    if stake.entering == .zero { pool.enteringCount += 1 }
    stake.entering = stake.entering.plus(message.amount)
    stake.epoch = pool.epoch
    pool.entering = pool.entering.plus(message.amount)
    pool.tokens = pool.tokens.plus(message.amount)
    if pool.epochEnds == nil {
      let end = parameters.stakeEpoch.end(from: context)
      pool.epochEnds = end
      schedule(.endStakeEpoch(message.run), at: end)
    }
    set(stake, pool, at: name)
    emit(.runStaked, message.run.digest, amount: message.amount)
  }

  /// Applies the withdrawal of stake: pays what it earned and starts its way back, from what
  /// earns first and then from what is still to enter.
  ///
  /// - Throws: `stakeNotFound`, `stakeTooSmall` if less is staked or nothing is asked for,
  ///   `unbondingFull`.
  public mutating func apply(
    _ message: UnstakeFromRun, in context: BlockContext
  ) throws(Rejection) {
    let name = StakeName(run: message.run, account: context.signer)
    guard let run = run(message.run), runStake(name) != nil else {
      throw .model(.stakeNotFound)
    }
    var (stake, pool) = try paid(name)
    guard message.amount > .zero, message.amount <= stake.active.plus(stake.entering) else {
      throw .model(.stakeTooSmall)
    }
    guard stake.unbonding.count < RunStake.unbondingMaximum else { throw .model(.unbondingFull) }

    let fromActive = min(message.amount, stake.active)
    let fromEntering = message.amount.minus(fromActive)
    stake.active = stake.active.minus(fromActive)
    pool.active = pool.active.minus(fromActive)
    stake.entering = stake.entering.minus(fromEntering)
    pool.entering = pool.entering.minus(fromEntering)
    if fromEntering > .zero, stake.entering == .zero { pool.enteringCount -= 1 }
    pool.unbonding = pool.unbonding.plus(message.amount)
    let ends = context.parameters.models.stakeUnbonding.end(from: context)
      .later(run.challengeEnds)
    stake.unbonding.append(UnbondingStake(amount: message.amount, ends: ends))
    schedule(.returnStake(name), at: ends)
    set(stake, pool, at: name)
    emit(.runUnstaked, message.run.digest, amount: message.amount)
  }

  /// Applies a claim of what the signer's stake earned.
  ///
  /// - Throws: `stakeNotFound`.
  public mutating func apply(
    _ message: ClaimStakeReward, in context: BlockContext
  ) throws(Rejection) {
    let name = StakeName(run: message.run, account: context.signer)
    guard runStake(name) != nil else { throw .model(.stakeNotFound) }
    let (stake, pool) = try paid(name)
    set(stake, pool, at: name)
  }

  /// Gives the stakers' part of an answer's fee to whoever stakes on the run, or to its owner while
  /// nobody's stake earns.
  ///
  /// - Parameter source: holds the part; it moves for `adapterStakersPart`.
  /// - Returns: the owner, if the part is the owner's.
  mutating func payStakersReward(
    _ amount: Amount, of run: Identifier<Run>, from source: Holder
  ) throws(Rejection) -> Identifier<Account>? {
    if var pool = stakePool(of: run), pool.active > .zero,
      let gain = try? amount.scaledRoundingDown(by: 1 << 64, over: pool.active.baseUnits)
    {
      let (ratio, overflowed) = pool.ratio.addingReportingOverflow(gain.baseUnits)
      // A ratio overflows after 2⁶⁴ times each staked unit was earned: then as if nobody staked.
      if !overflowed {
        try move(amount, from: source, to: .stakeRewards, for: .adapterStakersPart)
        pool.ratio = ratio
        pool.rewards = pool.rewards.plus(amount)
        set(.stakePool(of: run), to: pool)
        return nil
      }
    }
    guard let owner = self.run(run)?.owner else { throw .model(.runNotFound) }
    try move(amount, from: source, to: .account(owner), for: .adapterStakersPart)
    return owner
  }

  // MARK: - Due

  /// Ends an epoch: the stake that came in during it earns from now on.
  mutating func endStakeEpoch(of run: Identifier<Run>, at time: BlockTime, height: Height) {
    guard var pool = stakePool(of: run), let ends = pool.epochEnds,
      ends.hasCome(at: time, height: height)
    else { return }
    if pool.enteringCount > 0 {
      set(
        .stakeStart(StakeEpochName(run: run, epoch: pool.epoch)),
        to: StakeStart(ratio: pool.ratio, unseenBy: pool.enteringCount))
      pool.active = pool.active.plus(pool.entering)
      pool.entering = .zero
      pool.enteringCount = 0
      pool.epoch += 1
    }
    pool.epochEnds = nil
    setPool(pool, of: run)
  }

  /// Returns stake whose unbonding is over; while the run is disputed it waits for one more window.
  mutating func returnStake(
    _ name: StakeName, at time: BlockTime, height: Height
  ) throws(Rejection) {
    guard var stake = runStake(name), var pool = stakePool(of: name.run),
      let window = parameters?.models.stakeUnbonding
    else { return }
    let isHeld = standing(of: name.run)?.status == .disputed
    let later = window.end(from: time, height: height)
    var left: [UnbondingStake] = []
    var returned = Amount.zero
    for var unbonding in stake.unbonding {
      if unbonding.ends.hasCome(at: time, height: height) {
        if isHeld {
          unbonding.ends = later
          left.append(unbonding)
        } else {
          returned = returned.plus(pool.take(unbonding.amount))
        }
      } else {
        left.append(unbonding)
      }
    }
    if isHeld, left.contains(where: { $0.ends == later }) {
      schedule(.returnStake(name), at: later)
    }
    stake.unbonding = left
    set(stake, pool, at: name)
    guard returned > .zero else { return }
    try move(returned, from: .runStakes, to: .account(name.account), for: .runStakeReturn)
    emit(.runStakeReturned, name.account.digest, amount: returned)
  }

  // MARK: - Records

  /// Pays what a stake has earned, and returns it and its pool as they are then.
  private mutating func paid(
    _ name: StakeName
  ) throws(Rejection) -> (stake: RunStake, pool: RunStakePool) {
    var stake = runStake(name) ?? RunStake()
    var pool = stakePool(of: name.run) ?? RunStakePool()
    var entered: UInt128?
    let epoch = StakeEpochName(run: name.run, epoch: stake.epoch)
    if stake.entering > .zero, stake.epoch < pool.epoch, var start = record(.stakeStart(epoch)) {
      entered = start.ratio
      start.unseenBy -= 1
      set(.stakeStart(epoch), to: start.unseenBy > 0 ? start : nil)
    }
    let reward = pool.reward(of: stake, enteredAt: entered)
    if entered != nil {
      stake.active = stake.active.plus(stake.entering)
      stake.entering = .zero
    }
    stake.paidRatio = pool.ratio
    pool.rewards = pool.rewards.minus(reward)
    try move(reward, from: .stakeRewards, to: .account(name.account), for: .stakeReward)
    if reward > .zero { emit(.stakeRewardPaid, name.account.digest, amount: reward) }
    return (stake, pool)
  }

  private mutating func set(_ stake: RunStake, _ pool: RunStakePool, at name: StakeName) {
    let isEmpty = stake.active == .zero && stake.entering == .zero && stake.unbonding.isEmpty
    set(.runStake(name), to: isEmpty ? nil : stake)
    setPool(pool, of: name.run)
  }

  /// Writes a pool; one that nobody stakes in ends, and the dust of its rewards is the treasury's.
  private mutating func setPool(_ pool: RunStakePool, of run: Identifier<Run>) {
    guard pool.counted == 0, pool.epochEnds == nil else {
      set(.stakePool(of: run), to: pool)
      return
    }
    set(.stakePool(of: run), to: nil)
    do {
      try move(pool.rewards, from: .stakeRewards, to: .treasury, for: .stakeDust)
    } catch {
      preconditionFailure("the purse holds every pool's rewards: \(error)")
    }
  }
}

extension RunStakePool {
  /// Takes out what was put in as `amount`, and returns what slashes left of it, rounded down.
  fileprivate mutating func take(_ amount: Amount) -> Amount {
    guard let share = try? tokens.scaledRoundingDown(by: amount.baseUnits, over: counted) else {
      preconditionFailure("a stake is a part of its pool")
    }
    tokens = tokens.minus(share)
    unbonding = unbonding.minus(amount)
    return share
  }
}

extension Amount {
  /// The sum of amounts of one purse, which the supply bounds.
  fileprivate func plus(_ other: Amount) -> Amount {
    Amount(baseUnits: baseUnits + other.baseUnits)
  }
}
