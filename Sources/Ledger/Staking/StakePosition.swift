internal import CanonicalCoding
internal import Primitives

/// A block's place in time, for rules that no transaction calls.
struct Moment: Hashable, Sendable {
  var time: BlockTime
  var height: Height

  init(time: BlockTime, height: Height) {
    self.time = time
    self.height = height
  }

  init(_ context: BlockContext) { self.init(time: context.time, height: context.height) }
}

extension Deadline {
  func hasCome(at moment: Moment) -> Bool { hasCome(at: moment.time, height: moment.height) }

  /// The later of both in time and in height.
  func extended(to other: Deadline) -> Deadline {
    Deadline(time: max(time, other.time), height: max(height, other.height))
  }
}

extension Window {
  func end(from moment: Moment) -> Deadline {
    Deadline(
      time: BlockTime(milliseconds: moment.time.milliseconds + milliseconds),
      height: Height(moment.height.number + blocks))
  }
}

/// One delegation with all that its changes touch: read together, written together.
///
/// The pot's weight follows the delegation's by itself.
struct StakePosition {
  let name: DelegationName
  var validator: ValidatorRecord
  var pot: RewardPot
  var delegation: DelegationRecord {
    didSet { pot.weight = pot.weight - oldValue.weight + delegation.weight }
  }

  var worth: Amount { validator.worth(of: delegation.shares) }

  /// Adds stake.
  mutating func deposit(_ amount: Amount) throws(Rejection) {
    delegation.shares += try validator.deposit(amount)
  }

  /// Takes stake away; what is left and worth less than one base unit stays with the others.
  mutating func withdraw(_ amount: Amount) {
    delegation.shares = validator.withdraw(amount, fromHolderOf: delegation.shares)
  }

  /// Takes what was earned out of the pot.
  mutating func takeRewards() -> Amount {
    let earned = pot.earned(by: delegation)
    delegation.paidRatio = pot.ratio
    pot.take(earned)
    return earned
  }
}

extension LedgerState {
  /// Reads a delegation and brings it up to date: see ``settle(_:at:)``.
  mutating func openPosition(
    _ name: DelegationName, at moment: Moment
  ) throws(Rejection) -> StakePosition {
    guard let validator = validator(name.validator) else { throw .staking(.validatorNotFound) }
    guard let delegation = delegation(name) else { throw .staking(.delegationNotFound) }
    var position = StakePosition(
      name: name, validator: validator, pot: rewardPot(of: name.validator), delegation: delegation)
    try settle(&position, at: moment)
    return position
  }

  /// Begins a delegation of nothing yet.
  func newPosition(
    _ name: DelegationName, multiplier: RewardMultiplier = .flexible, lock: Deadline? = nil,
    exposure: Exposure? = nil
  ) throws(Rejection) -> StakePosition {
    guard let validator = validator(name.validator) else { throw .staking(.validatorNotFound) }
    let pot = rewardPot(of: name.validator)
    return StakePosition(
      name: name, validator: validator, pot: pot,
      delegation: DelegationRecord(
        shares: 0, multiplier: multiplier, paidRatio: pot.ratio, lock: lock, exposure: exposure))
  }

  /// The delegator's free stake at the validator, or a new one of nothing.
  mutating func openFlexiblePosition(
    of delegator: Identifier<Account>, at validator: Identifier<Account>, at moment: Moment
  ) throws(Rejection) -> StakePosition {
    let name = DelegationName(delegator: delegator, validator: validator)
    return delegation(name) == nil
      ? try newPosition(name) : try openPosition(name, at: moment)
  }

  /// Writes a delegation back; one without shares ends.
  mutating func close(_ position: consuming StakePosition) throws(Rejection) {
    let name = position.name
    if position.validator.shares == 0 {
      try move(
        position.pot.takeDust(), from: .stakingRewards, to: .validators, for: .rewardDust)
    }
    setValidator(name.validator, to: position.validator)
    set(.rewardPot(name.validator), to: position.pot)

    let former = delegation(name)?.shares
    let existed = former != nil
    let exists = position.delegation.shares > 0
    set(.delegation(name), to: exists ? position.delegation : nil)
    if existed != exists { count(exists ? 1 : -1, delegationsOf: name.delegator) }
    recountVotes(with: name, from: former ?? 0, to: position.delegation.shares)
    recountWrapped(name, from: former ?? 0, to: position.delegation.shares)
  }

  private mutating func count(_ change: Int32, delegationsOf account: Identifier<Account>) {
    var staker = staker(account)
    staker.delegationCount = UInt32(Int32(staker.delegationCount) + change)
    set(.staker(account), to: staker)
  }

  /// A number that no delegation or unbonding of the account ever had.
  mutating func takeNumber(of account: Identifier<Account>) -> UInt64 {
    var staker = staker(account)
    staker.lastNumber += 1
    set(.staker(account), to: staker)
    return staker.lastNumber
  }

  /// Writes a validator, and its place among those that may take part.
  mutating func setValidator(_ id: Identifier<Account>, to record: ValidatorRecord) {
    let before = validator(id)?.power ?? 0
    if before != record.power {
      if before > 0 { set(.rank(PowerRank(power: before, validator: id)), to: nil) }
      if record.power > 0 { set(.rank(PowerRank(power: record.power, validator: id)), to: true) }
    }
    set(.validator(id), to: record)
  }
}
