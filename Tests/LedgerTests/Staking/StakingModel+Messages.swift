import Ledger
import Primitives

extension StakingModel {
  mutating func apply(
    _ message: Message, by signer: Identifier<Account>, at now: Deadline
  ) throws(Refused) {
    switch message {
    case .createValidator(let message): try create(message, by: signer, at: now)
    case .editValidator(let message): try edit(message, by: signer, at: now)
    case .unjail: try unjail(signer, at: now)
    case .delegate(let message): try delegate(message, by: signer, at: now)
    case .undelegate(let message): try undelegate(message, by: signer, at: now)
    case .redelegate(let message): try redelegate(message, by: signer, at: now)
    case .cancelUnbonding(let message): try cancel(message, by: signer, at: now)
    case .withdrawRewards(let message):
      let names = delegations.map(\.name)
        .filter { $0.delegator == signer && $0.validator == message.validator }
      guard !names.isEmpty else { throw Refused() }
      for name in names { try settle(name, at: now) }
    case .withdrawCommission:
      let position = try position(of: signer)
      let commission = validators[position].commission
      validators[position].commission = 0
      validators[position].outstanding -= commission
      give(commission, from: .stakingRewards, to: .account(signer))
    default: throw Refused()
    }
  }

  func end(_ window: Window, _ now: Deadline) -> Deadline {
    Deadline(
      time: BlockTime(milliseconds: now.time.milliseconds + window.milliseconds),
      height: Height(now.height.number + window.blocks))
  }

  func hasCome(_ deadline: Deadline, _ now: Deadline) -> Bool {
    deadline.time <= now.time && deadline.height <= now.height
  }

  func require(_ condition: Bool) throws(Refused) {
    guard condition else { throw Refused() }
  }

  mutating func number(of account: Identifier<Account>) -> UInt64 {
    lastNumbers[account, default: 0] += 1
    return lastNumbers[account] ?? 0
  }

  private mutating func create(
    _ message: CreateValidator, by signer: Identifier<Account>, at now: Deadline
  ) throws(Refused) {
    try require(!validators.contains { $0.id == signer || $0.key == message.consensusKey })
    try require(message.rate <= message.maximumRate && message.maximumRate <= .whole)
    try require(message.maximumStep <= message.maximumRate)
    try require(message.stake >= parameters.minimumSelfStake)
    validators.append(
      Validator(
        id: signer, key: message.consensusKey, rate: UInt128(message.rate.partsPerBillion),
        maximum: UInt128(message.maximumRate.partsPerBillion),
        step: UInt128(message.maximumStep.partsPerBillion),
        changeable: end(parameters.commissionWindow, now)))
    try delegate(Delegate(validator: signer, amount: message.stake), by: signer, at: now)
  }

  private mutating func edit(
    _ message: EditValidator, by signer: Identifier<Account>, at now: Deadline
  ) throws(Refused) {
    let position = try position(of: signer)
    guard let rate = message.rate.map({ UInt128($0.partsPerBillion) }),
      rate != validators[position].rate
    else { return }
    let before = validators[position].rate
    try require(hasCome(validators[position].changeable, now))
    try require(max(rate, before) - min(rate, before) <= validators[position].step)
    try require(rate <= validators[position].maximum)
    validators[position].rate = rate
    validators[position].changeable = end(parameters.commissionWindow, now)
  }

  private mutating func unjail(
    _ signer: Identifier<Account>, at now: Deadline
  ) throws(Refused) {
    let position = try position(of: signer)
    guard validators[position].offence == nil, let until = validators[position].jailedUntil else {
      throw Refused()
    }
    try require(
      hasCome(until, now) && ownStake(of: signer) >= parameters.minimumSelfStake.baseUnits)
    validators[position].jailedUntil = nil
  }

  private func ownStake(of id: Identifier<Account>) -> UInt128 {
    delegations.filter { $0.name.delegator == id && $0.name.validator == id }
      .reduce(0) { $0 + worth(of: $1) }
  }

  private mutating func delegate(
    _ message: Delegate, by signer: Identifier<Account>, at now: Deadline
  ) throws(Refused) {
    let amount = message.amount.baseUnits
    try require(amount > 0 && balances[.account(signer), default: 0] >= amount)
    var multiplier: UInt128 = 1_000_000_000
    if let lock = message.lock {
      guard let term = parameters.terms.first(where: { $0.window == lock }) else { throw Refused() }
      multiplier = UInt128(term.multiplier.partsPerBillion)
    }
    try deposit(
      amount, of: signer, at: message.validator, multiplier: multiplier,
      lock: message.lock.map { end($0, now) }, exposure: nil, now: now)
    give(amount, from: .account(signer), to: .bondedStake)
  }

  private mutating func undelegate(
    _ message: Undelegate, by signer: Identifier<Account>, at now: Deadline
  ) throws(Refused) {
    let amount = message.amount.baseUnits
    try require(amount > 0)
    let name = DelegationName(
      delegator: signer, validator: message.validator, number: message.number)
    try settle(name, at: now)
    let delegation = delegations[try position(of: name)]
    try require(delegation.lock == nil && amount <= worth(of: delegation))
    let waiting = unbondings.filter {
      $0.name.delegator == signer && $0.name.validator == message.validator
    }
    try require(waiting.count < parameters.maximumEntries)
    let completes = end(parameters.unbonding, now)
    try take(amount, from: name)
    unbondings.append(
      Unbonding(
        name: DelegationName(
          delegator: signer, validator: message.validator, number: number(of: signer)),
        balance: amount, completes: completes,
        exposures: [
          Exposure(validator: message.validator, since: now.height, until: completes)
        ] + [delegation.exposure].compactMap { $0 }))
    give(amount, from: .bondedStake, to: .unbondingStake)
    jailIfAbandoned(message.validator, by: signer, at: now)
  }

  private mutating func redelegate(
    _ message: Redelegate, by signer: Identifier<Account>, at now: Deadline
  ) throws(Refused) {
    let amount = message.amount.baseUnits
    try require(amount > 0 && message.from != message.to)
    let name = DelegationName(delegator: signer, validator: message.from, number: message.number)
    try settle(name, at: now)
    let delegation = delegations[try position(of: name)]
    try require(delegation.exposure == nil && amount <= worth(of: delegation))
    try take(amount, from: name)
    try deposit(
      amount, of: signer, at: message.to, multiplier: delegation.multiplier, lock: delegation.lock,
      exposure: Exposure(
        validator: message.from, since: now.height, until: end(parameters.unbonding, now)),
      now: now)
    jailIfAbandoned(message.from, by: signer, at: now)
  }

  private mutating func cancel(
    _ message: CancelUnbonding, by signer: Identifier<Account>, at now: Deadline
  ) throws(Refused) {
    let amount = message.amount.baseUnits
    let name = DelegationName(
      delegator: signer, validator: message.validator, number: message.number)
    guard amount > 0, let place = unbondings.firstIndex(where: { $0.name == name }) else {
      throw Refused()
    }
    settleUnbonding(at: place)
    try require(unbondings[place].balance >= amount)
    unbondings[place].balance -= amount
    let exposure = unbondings[place].exposures.first {
      $0.validator != message.validator && !hasCome($0.until, now)
    }
    if unbondings[place].balance == 0 { unbondings.remove(at: place) }
    try deposit(
      amount, of: signer, at: message.validator, multiplier: 1_000_000_000, lock: nil,
      exposure: exposure, now: now)
    give(amount, from: .unbondingStake, to: .bondedStake)
  }

  private mutating func jailIfAbandoned(
    _ id: Identifier<Account>, by signer: Identifier<Account>, at now: Deadline
  ) {
    guard id == signer, let place = validators.firstIndex(where: { $0.id == id }),
      validators[place].isStanding, ownStake(of: id) < parameters.minimumSelfStake.baseUnits
    else { return }
    validators[place].jailedUntil = now
    validators[place].countedFrom = nil
    validators[place].missed = []
  }
}
