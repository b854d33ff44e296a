import Ledger
import Primitives

/// Draws messages about stake, sensible ones and wrong ones, and reports of the engine.
struct StakingHistory {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// Fractions that leave remainders, and few places, so that bounds are met.
  static let genesis: Genesis = {
    var genesis = StakingFixture.genesis
    genesis.parameters.staking.doubleSignSlash = Share(partsPerBillion: 333_333_333)
    genesis.parameters.staking.downtimeSlash = Share(partsPerBillion: 123_456_789)
    genesis.parameters.staking.terms.append(
      StakeTerm(
        window: Window(milliseconds: 15_000, blocks: 3),
        multiplier: RewardMultiplier(partsPerBillion: 1_111_111_111)))
    return genesis
  }()

  private mutating func chance(_ oneIn: UInt64) -> Bool { generator.next(below: oneIn) == 0 }

  private mutating func one<Element>(of elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[Int(generator.next(below: UInt64(elements.count)))]
  }

  /// From single units to many tokens.
  private mutating func amount() -> Amount {
    chance(6)
      ? Amount(baseUnits: UInt128(generator.next(below: 4)))
      : Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 4))
  }

  /// A part of what there is, often all of it, seldom a unit too much.
  private mutating func part(of whole: Amount) -> Amount {
    switch generator.next(below: 8) {
    case 0...2: whole
    case 3: Amount(baseUnits: whole.baseUnits + 1)
    default:
      Amount(baseUnits: whole.baseUnits / UInt128(1 + generator.next(below: 9)))
    }
  }

  mutating func fee() -> Amount {
    Amount(baseUnits: 20_000_000 + UInt128(generator.next(below: 1 << 60)))
  }

  mutating func message(on chain: TestChain) -> (Message, Person)? {
    guard let person = one(of: everyone), let other = one(of: everyone) else { return nil }
    let state = chain.state
    switch generator.next(below: 16) {
    case 0, 1:
      let stake = Amount(baseUnits: tokens(1).baseUnits + amount().baseUnits)
      return (
        .createValidator(
          StakingFixture.creation(
            by: person, stake: stake, percent: UInt32(generator.next(below: 55)))),
        person
      )
    case 2:
      let rate = Share(partsPerBillion: UInt32(generator.next(below: 600_000_000)))
      let edit = EditValidator(name: "n", details: "d", rate: chance(3) ? nil : rate)
      return (.editValidator(edit), person)
    case 3: return (.unjail(Unjail()), person)
    case 4...6:
      let lock = one(of: StakingHistory.genesis.parameters.staking.terms)?.window
      return (
        .delegate(
          Delegate(validator: other.account, amount: amount(), lock: chance(2) ? lock : nil)),
        person
      )
    case 7...9, 10...11:
      guard let (name, record) = one(of: state.delegations(of: person.account)),
        let worth = state.validator(name.validator)?.worth(of: record.shares)
      else { return nil }
      let amount = part(of: worth)
      return chance(2)
        ? (
          .undelegate(Undelegate(validator: name.validator, number: name.number, amount: amount)),
          person
        )
        : (
          .redelegate(
            Redelegate(
              from: name.validator, number: name.number, to: other.account, amount: amount)),
          person
        )
    case 12:
      guard let (name, record) = one(of: state.unbondings(of: person.account)) else { return nil }
      return (
        .cancelUnbonding(
          CancelUnbonding(
            validator: name.validator, number: name.number, amount: part(of: record.balance))),
        person
      )
    case 13, 14: return (.withdrawRewards(WithdrawRewards(validator: other.account)), person)
    default: return (.withdrawCommission(WithdrawCommission()), person)
    }
  }

  /// What the engine might say: nothing, who signed, now and then who signed twice.
  mutating func report(on chain: TestChain, lazy: Person) -> ConsensusReport {
    guard !chance(4) else { return .none }
    var report = chain.report(signed: [])
    for member in chain.state.activeSet.members {
      guard let person = everyone.first(where: { $0.account == member.validator }) else { continue }
      report.votes.append(
        ConsensusVote(
          validator: StakingFixture.address(of: person), power: member.power,
          signed: person.name == lazy.name ? chance(4) : !chance(12)))
    }
    if chance(25), let person = one(of: everyone) {
      let back = min(chain.blocks.count - 1, Int(generator.next(below: 30)))
      if back >= 0 {
        let header = chain.blocks[chain.blocks.count - 1 - back].header
        report.misbehaviours.append(
          Misbehaviour(
            kind: .duplicateVote, validator: StakingFixture.address(of: person),
            height: header.height, time: header.time))
      }
    }
    return report
  }
}
