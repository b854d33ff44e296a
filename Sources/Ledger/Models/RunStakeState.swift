public import CanonicalCoding
public import Primitives

/// All that is staked on one run.
///
/// Stakes are counted as they were put in. A slash takes tokens and leaves the counts, so whoever
/// leaves gets `tokens · count / all counts`, rounded down; the last one gets the rest, whatever was
/// rounded before. Rewards are F1 shares: `ratio` is what one staked unit has earned since the
/// first, and a stake remembers the ratio it last was paid at.
public struct RunStakePool: Hashable, CanonicalCodable {
  /// Earning.
  public var active: Amount
  /// Earning from the end of the epoch on.
  public var entering: Amount
  /// How many stakes that is.
  public var enteringCount: UInt32
  /// On its way back.
  public var unbonding: Amount
  /// What the purse of stakes holds for this run.
  public var tokens: Amount
  /// Earned by each active unit since the first, in 2⁻⁶⁴ units.
  public var ratio: UInt128
  /// What the purse of rewards holds for this run, dust included.
  public var rewards: Amount
  /// Counts the epochs in which stake came in.
  public var epoch: UInt32
  /// When the epoch ends; nil while nothing is entering.
  public var epochEnds: Deadline?

  public init() {
    active = .zero
    entering = .zero
    enteringCount = 0
    unbonding = .zero
    tokens = .zero
    ratio = 0
    rewards = .zero
    epoch = 0
    epochEnds = nil
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(active)
    encoder.encode(entering)
    encoder.encode(enteringCount)
    encoder.encode(unbonding)
    encoder.encode(tokens)
    encoder.encode(ratio)
    encoder.encode(rewards)
    encoder.encode(epoch)
    encoder.encode(optional: epochEnds)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    active = try decoder.decode()
    entering = try decoder.decode()
    enteringCount = try decoder.decode()
    unbonding = try decoder.decode()
    tokens = try decoder.decode()
    ratio = try decoder.decode()
    rewards = try decoder.decode()
    epoch = try decoder.decode()
    epochEnds = try decoder.optional()
  }
}

/// One account's stake on one run.
public struct StakeName: Hashable, CanonicalCodable {
  public var run: Identifier<Run>
  public var account: Identifier<Account>

  public init(run: Identifier<Run>, account: Identifier<Account>) {
    self.run = run
    self.account = account
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(account)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    account = try decoder.decode()
  }
}

/// What one account staked on one run.
public struct RunStake: Hashable, CanonicalCodable {
  public static let unbondingMaximum = 8

  public var active: Amount
  /// The pool's ratio when the active stake was last paid.
  public var paidRatio: UInt128
  /// Came in during ``epoch``; active once the pool's is later.
  public var entering: Amount
  public var epoch: UInt32
  public var unbonding: [UnbondingStake]

  public init() {
    active = .zero
    paidRatio = 0
    entering = .zero
    epoch = 0
    unbonding = []
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(active)
    encoder.encode(paidRatio)
    encoder.encode(entering)
    encoder.encode(epoch)
    encoder.encode(list: unbonding)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    active = try decoder.decode()
    paidRatio = try decoder.decode()
    entering = try decoder.decode()
    epoch = try decoder.decode()
    unbonding = try decoder.list(atMost: RunStake.unbondingMaximum)
  }
}

/// Stake on its way back.
public struct UnbondingStake: Hashable, CanonicalCodable {
  public var amount: Amount
  public var ends: Deadline

  public init(amount: Amount, ends: Deadline) {
    self.amount = amount
    self.ends = ends
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(amount)
    encoder.encode(ends)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    amount = try decoder.decode()
    ends = try decoder.decode()
  }
}

/// An epoch of a run's pool.
package struct StakeEpochName: Hashable, CanonicalCodable {
  var run: Identifier<Run>
  var epoch: UInt32

  init(run: Identifier<Run>, epoch: UInt32) {
    self.run = run
    self.epoch = epoch
  }

  package func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(epoch)
  }

  package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    epoch = try decoder.decode()
  }
}

/// The ratio at which an epoch's stake became active; kept until every stake of it has seen it.
package struct StakeStart: Hashable, CanonicalCodable {
  var ratio: UInt128
  var unseenBy: UInt32

  init(ratio: UInt128, unseenBy: UInt32) {
    self.ratio = ratio
    self.unseenBy = unseenBy
  }

  package func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(ratio)
    encoder.encode(unseenBy)
  }

  package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    ratio = try decoder.decode()
    unseenBy = try decoder.decode()
  }
}

extension StateReader {
  public func stakePool(of run: Identifier<Run>) -> RunStakePool? { record(.stakePool(of: run)) }

  public func runStake(_ name: StakeName) -> RunStake? { record(.runStake(name)) }

  /// What a stake would be paid if it claimed now.
  public func reward(of name: StakeName) -> Amount {
    guard let stake = runStake(name), let pool = stakePool(of: name.run) else { return .zero }
    let start =
      stake.entering > .zero && stake.epoch < pool.epoch
      ? record(.stakeStart(StakeEpochName(run: name.run, epoch: stake.epoch)))?.ratio : nil
    return pool.reward(of: stake, enteredAt: start)
  }
}

extension RunStakePool {
  /// What the purse of stakes owes, as counted when it was put in.
  var counted: UInt128 { active.baseUnits + entering.baseUnits + unbonding.baseUnits }

  /// What a stake has earned since it was last paid, each part rounded down.
  ///
  /// - Parameter start: the ratio at which what was entering became active; nil if it has not.
  func reward(of stake: RunStake, enteredAt start: UInt128?) -> Amount {
    var sum = earned(by: stake.active, since: stake.paidRatio)
    if let start { sum += earned(by: stake.entering, since: start) }
    return Amount(baseUnits: sum)
  }

  private func earned(by stake: Amount, since start: UInt128) -> UInt128 {
    guard let earned = try? stake.scaledRoundingDown(by: ratio - start, over: 1 << 64) else {
      preconditionFailure("a stake earns no more than its pool received")
    }
    return earned.baseUnits
  }
}

extension StateKey {
  public static func stakePool(of run: Identifier<Run>) -> StateKey<RunStakePool> {
    .init(.runStakePools, run)
  }

  public static func runStake(_ name: StakeName) -> StateKey<RunStake> { .init(.runStakes, name) }

  static func stakeStart(_ name: StakeEpochName) -> StateKey<StakeStart> {
    .init(.stakeStarts, name)
  }
}
