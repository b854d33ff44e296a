import Cryptography
import Ledger
import Primitives

/// What the rules refuse, without a reason.
struct Refused: Error {}

/// Slow books of stake: plain arrays, loops over everything, every reward kept as an event.
///
/// They share no rule with the ledger, only its messages, parameters and records' types. To the unit
/// they follow the roundings that the page of the specification states; beside that they keep what
/// each account would have without any rounding, as fractions.
struct StakingModel {
  struct Validator {
    var id: Identifier<Account>
    var key: PublicKey
    var rate: UInt128
    var maximum: UInt128
    var step: UInt128
    var changeable: Deadline
    var jailedUntil: Deadline?
    var offence: Offence?
    var tokens: UInt128 = 0
    var shares: UInt128 = 0
    /// What one unit of weight earned from each reward, in 2⁻⁶⁴ base units.
    var increments: [UInt128] = []
    var remainder: UInt128 = 0
    var outstanding: UInt128 = 0
    var commission: UInt128 = 0
    var countedFrom: UInt64?
    var missed: [UInt64] = []
    /// How far roundings can have carried an account's worth from the ideal one.
    var slack: UInt128 = 2

    var isStanding: Bool { jailedUntil == nil && offence == nil }
    var power: UInt64 { isStanding ? UInt64(tokens / 1_000_000_000_000_000_000) : 0 }
  }

  struct Delegation {
    var name: DelegationName
    var shares: UInt128
    var multiplier: UInt128
    /// How many of the validator's rewards are paid.
    var paid: Int
    var lock: Deadline?
    var exposure: Exposure?

    var weight: UInt128 { scaled(shares, multiplier, 1_000_000_000) }
  }

  struct Unbonding {
    var name: DelegationName
    var balance: UInt128
    var completes: Deadline
    var exposures: [Exposure]
  }

  let parameters: StakingParameters
  var balances: [Holder: UInt128] = [:]
  var validators: [Validator] = []
  var delegations: [Delegation] = []
  var unbondings: [Unbonding] = []
  var releases: [(deadline: Deadline, name: DelegationName)] = []
  var lastNumbers: [Identifier<Account>: UInt64] = [:]
  var active: [(id: Identifier<Account>, key: PublicKey, power: UInt64)] = []
  var ideal = IdealStake()

  init(_ genesis: Genesis) {
    parameters = genesis.parameters.staking
    for allocation in genesis.allocations {
      balances[.account(Identifier(allocation.publicKey))] = allocation.amount.baseUnits
    }
  }

  mutating func give(_ amount: UInt128, from source: Holder, to target: Holder) {
    balances[source, default: 0] -= amount
    balances[target, default: 0] += amount
  }

  func position(of id: Identifier<Account>) throws(Refused) -> Int {
    guard let position = validators.firstIndex(where: { $0.id == id }) else { throw Refused() }
    return position
  }

  func position(of name: DelegationName) throws(Refused) -> Int {
    guard let position = delegations.firstIndex(where: { $0.name == name }) else {
      throw Refused()
    }
    return position
  }

  func worth(of delegation: Delegation) -> UInt128 {
    guard let validator = validators.first(where: { $0.id == delegation.name.validator }),
      validator.shares > 0
    else { return 0 }
    return scaled(delegation.shares, validator.tokens, validator.shares)
  }

  /// What a delegation earned since it was last paid, reward by reward.
  func earned(by delegation: Delegation) -> UInt128 {
    guard let validator = validators.first(where: { $0.id == delegation.name.validator }) else {
      return 0
    }
    let ratio = validator.increments[delegation.paid...].reduce(0, +)
    return scaled(delegation.weight, ratio, 1 << 64)
  }

  func weight(of id: Identifier<Account>) -> UInt128 {
    delegations.filter { $0.name.validator == id }.reduce(0) { $0 + $1.weight }
  }
}

/// What accounts would have if nothing were ever rounded, and how far off roundings may be.
struct IdealStake {
  struct Earnings {
    var units: UInt128 = 0
    /// In 2⁻⁶⁴ base units, below 2⁶⁴.
    var fraction: UInt128 = 0
    var slack: UInt128 = 1
    /// What the ledger has really paid.
    var paid: UInt128 = 0
  }

  struct Holding: Hashable {
    var account: Identifier<Account>
    var validator: Identifier<Account>
  }

  var earnings: [Identifier<Account>: Earnings] = [:]
  /// In 2⁻³² base units.
  var stakes: [Holding: UInt128] = [:]

  mutating func earn(
    _ reward: UInt128, weight: UInt128, of whole: UInt128, by account: Identifier<Account>
  ) {
    var entry = earnings[account] ?? Earnings()
    let units = scaled(reward, weight, whole)
    let rest = reward.multipliedFullWidth(by: weight).low &- units &* whole
    entry.units += units
    entry.fraction += scaled(rest, 1 << 64, whole)
    entry.units += entry.fraction >> 64
    entry.fraction &= (1 << 64) - 1
    entry.slack += 1 + whole >> 64
    earnings[account] = entry
  }

  mutating func change(_ holding: Holding, by amount: UInt128, isGain: Bool) {
    let before = stakes[holding] ?? 0
    let change = amount << 32
    stakes[holding] = isGain ? before + change : before - min(before, change)
  }

  mutating func slash(_ validator: Identifier<Account>, from before: UInt128, to after: UInt128) {
    for holding in stakes.keys where holding.validator == validator && before > 0 {
      stakes[holding] = scaled(stakes[holding] ?? 0, after, before)
    }
  }
}

/// ⌊value · factor / divisor⌋.
func scaled(_ value: UInt128, _ factor: UInt128, _ divisor: UInt128) -> UInt128 {
  divisor.dividingFullWidth(value.multipliedFullWidth(by: factor)).quotient
}

/// ⌈value · factor / divisor⌉.
func scaledUp(_ value: UInt128, _ factor: UInt128, _ divisor: UInt128) -> UInt128 {
  let (quotient, rest) = divisor.dividingFullWidth(value.multipliedFullWidth(by: factor))
  return rest > 0 ? quotient + 1 : quotient
}
