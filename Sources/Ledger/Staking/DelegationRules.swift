internal import CanonicalCoding
internal import Primitives

extension LedgerState {
  /// Applies a delegation: moves the signer's money into the bonded stake and counts its shares.
  ///
  /// Without a lock it joins the signer's number 0; with one it gets a number of its own.
  ///
  /// - Throws: `amountZero`, `validatorNotFound`, `validatorTombstoned`, `validatorWorthless`,
  ///   `sharesFull`, `termNotOffered`, `tooManyEntries`, `tooManyDelegations`;
  ///   `account_insufficient_balance`.
  public mutating func apply(
    _ message: Delegate, in context: BlockContext
  ) throws(Rejection) {
    let signer = context.signer
    let parameters = context.parameters.staking
    guard message.amount > .zero else { throw .staking(.amountZero) }
    try requireOpen(message.validator)
    var position: StakePosition
    if let lock = message.lock {
      guard let term = parameters.terms.first(where: { $0.window == lock }) else {
        throw .staking(.termNotOffered)
      }
      position = try newPosition(
        try newDelegationName(of: signer, at: message.validator, parameters),
        multiplier: term.multiplier, lock: lock.end(from: context))
      scheduleRelease(of: position)
    } else {
      try requireRoom(
        for: DelegationName(delegator: signer, validator: message.validator), parameters)
      position = try openFlexiblePosition(
        of: signer, at: message.validator, at: Moment(context))
    }
    try position.deposit(message.amount)
    try move(message.amount, from: .account(signer), to: .bondedStake, for: .stakeBond)
    try close(position)
    emit(.delegated, message.validator.digest, amount: message.amount)
  }

  /// Applies an undelegation: the amount leaves the validator and returns after the window.
  ///
  /// - Throws: `amountZero`, `validatorNotFound`, `delegationNotFound`, `stillLocked`,
  ///   `stakeTooSmall`, `tooManyEntries`.
  public mutating func apply(
    _ message: Undelegate, in context: BlockContext
  ) throws(Rejection) {
    let signer = context.signer
    let parameters = context.parameters.staking
    guard message.amount > .zero else { throw .staking(.amountZero) }
    guard message.number != DelegationName.wrapped else { throw .liquidStake(.wrapped) }
    var position = try openPosition(
      DelegationName(
        delegator: signer, validator: message.validator, number: message.number),
      at: Moment(context))
    guard position.delegation.lock == nil else { throw .staking(.stillLocked) }
    guard message.amount <= position.worth else { throw .staking(.stakeTooSmall) }
    guard unbondings(of: signer, at: message.validator).count < parameters.maximumEntries else {
      throw .staking(.tooManyEntries)
    }
    position.withdraw(message.amount)
    let left = Exposure(
      validator: message.validator, since: context.height,
      until: parameters.unbonding.end(from: context))
    let unbonding = UnbondingRecord(
      balance: message.amount, completes: left.until,
      exposures: [left] + (position.delegation.exposure.map { [$0] } ?? []))
    try close(position)

    let name = DelegationName(
      delegator: signer, validator: message.validator, number: takeNumber(of: signer))
    set(.unbonding(name), to: unbonding)
    schedule(.completeUnbonding(name), at: unbonding.completes)
    try move(message.amount, from: .bondedStake, to: .unbondingStake, for: .unbonding)
    emit(.undelegated, message.validator.digest, amount: message.amount)
    jailIfAbandoned(message.validator, by: signer, in: context)
  }

  /// Applies a redelegation: the amount works for the other validator from now on.
  ///
  /// It gets a number of its own there, keeps its lock, and can't move on before its exposure to
  /// the first validator has ended.
  ///
  /// - Throws: `amountZero`, `sameValidator`, `validatorNotFound`, `delegationNotFound`,
  ///   `stillExposed`, `stakeTooSmall`, `validatorTombstoned`, `validatorWorthless`, `sharesFull`,
  ///   `tooManyEntries`, `tooManyDelegations`.
  public mutating func apply(
    _ message: Redelegate, in context: BlockContext
  ) throws(Rejection) {
    let signer = context.signer
    let parameters = context.parameters.staking
    guard message.amount > .zero else { throw .staking(.amountZero) }
    guard message.from != message.to else { throw .staking(.sameValidator) }
    guard message.number != DelegationName.wrapped else { throw .liquidStake(.wrapped) }
    var source = try openPosition(
      DelegationName(delegator: signer, validator: message.from, number: message.number),
      at: Moment(context))
    guard source.delegation.exposure == nil else { throw .staking(.stillExposed) }
    guard message.amount <= source.worth else { throw .staking(.stakeTooSmall) }
    let (multiplier, lock) = (source.delegation.multiplier, source.delegation.lock)
    try requireOpen(message.to)
    source.withdraw(message.amount)
    try close(source)

    var target = try newPosition(
      try newDelegationName(of: signer, at: message.to, parameters), multiplier: multiplier,
      lock: lock,
      exposure: Exposure(
        validator: message.from, since: context.height,
        until: parameters.unbonding.end(from: context)))
    scheduleRelease(of: target)
    try target.deposit(message.amount)
    try close(target)
    emit(.redelegated, message.to.digest, amount: message.amount)
    jailIfAbandoned(message.from, by: signer, in: context)
  }

  /// Applies a change of mind: what is on its way back is staked again with the same validator.
  ///
  /// It joins number 0, or gets a number if it still answers for another validator.
  ///
  /// - Throws: `amountZero`, `unbondingNotFound`, `stakeTooSmall`, `validatorTombstoned`,
  ///   `validatorWorthless`, `sharesFull`, `tooManyEntries`, `tooManyDelegations`.
  public mutating func apply(
    _ message: CancelUnbonding, in context: BlockContext
  ) throws(Rejection) {
    let signer = context.signer
    let parameters = context.parameters.staking
    let name = DelegationName(
      delegator: signer, validator: message.validator, number: message.number)
    guard message.amount > .zero else { throw .staking(.amountZero) }
    guard var unbonding = unbonding(name) else { throw .staking(.unbondingNotFound) }
    try requireOpen(message.validator)
    try settle(&unbonding, of: signer)
    guard let rest = try? unbonding.balance.subtracting(message.amount) else {
      throw .staking(.stakeTooSmall)
    }
    unbonding.balance = rest
    set(.unbonding(name), to: rest == .zero ? nil : unbonding)

    var position: StakePosition
    let moment = Moment(context)
    if let exposure = unbonding.exposures.first(where: {
      $0.validator != message.validator && !$0.until.hasCome(at: moment)
    }) {
      position = try newPosition(
        try newDelegationName(of: signer, at: message.validator, parameters), exposure: exposure)
      scheduleRelease(of: position)
    } else {
      try requireRoom(
        for: DelegationName(delegator: signer, validator: message.validator), parameters)
      position = try openFlexiblePosition(of: signer, at: message.validator, at: moment)
    }
    try position.deposit(message.amount)
    try close(position)
    try move(message.amount, from: .unbondingStake, to: .bondedStake, for: .unbondingCancel)
    emit(.unbondingCancelled, message.validator.digest, amount: message.amount)
  }

  /// Pays an unbonding whose window has passed, less what offences take.
  mutating func completeUnbonding(_ name: DelegationName) throws(Rejection) {
    guard var unbonding = unbonding(name) else { return }
    try settle(&unbonding, of: name.delegator)
    set(.unbonding(name), to: nil)
    try move(
      unbonding.balance, from: .unbondingStake, to: .account(name.delegator), for: .unbonded)
    emit(.unbonded, name.delegator.digest, amount: unbonding.balance)
  }

  /// Ends what bonds of a numbered delegation are over; the last one's end joins it to number 0.
  mutating func releaseDelegation(_ name: DelegationName, at moment: Moment) throws(Rejection) {
    guard delegation(name) != nil else { return }
    var position = try openPosition(name, at: moment)
    let isFree = position.delegation.lock == nil && position.delegation.exposure == nil
    let shares = position.delegation.shares
    if isFree { position.delegation.shares = 0 }
    try close(position)
    guard isFree, shares > 0 else { return }
    var flexible = try openFlexiblePosition(
      of: name.delegator, at: name.validator, at: moment)
    flexible.delegation.shares += shares
    try close(flexible)
    emit(.delegationReleased, name.validator.digest, amount: flexible.worth)
  }
}

// What the messages above share.
extension LedgerState {
  private func requireOpen(_ id: Identifier<Account>) throws(Rejection) {
    guard let validator = validator(id) else { throw .staking(.validatorNotFound) }
    guard validator.offence == nil else { throw .staking(.validatorTombstoned) }
    guard validator.shares == 0 || validator.tokens > .zero else {
      throw .staking(.validatorWorthless)
    }
  }

  private func requireRoom(
    for name: DelegationName, _ parameters: StakingParameters
  ) throws(Rejection) {
    guard
      delegation(name) != nil
        || staker(name.delegator).delegationCount < parameters.maximumDelegations
    else { throw .staking(.tooManyDelegations) }
  }

  /// Names a delegation that is bound by a lock or an exposure.
  private mutating func newDelegationName(
    of delegator: Identifier<Account>, at validator: Identifier<Account>,
    _ parameters: StakingParameters
  ) throws(Rejection) -> DelegationName {
    let numbered = delegations(of: delegator, at: validator).filter {
      $0.name.number > 0 && $0.name.number != DelegationName.wrapped
    }
    guard numbered.count < parameters.maximumEntries else { throw .staking(.tooManyEntries) }
    let name = DelegationName(
      delegator: delegator, validator: validator, number: takeNumber(of: delegator))
    try requireRoom(for: name, parameters)
    return name
  }

  private mutating func scheduleRelease(of position: StakePosition) {
    for end in [position.delegation.lock, position.delegation.exposure?.until] {
      if let end { schedule(.releaseDelegation(position.name), at: end) }
    }
  }
}
