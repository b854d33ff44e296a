internal import CanonicalCoding
internal import Primitives

extension Invariant {
  static let stakingInvariants = [
    Invariant("bonded stake is the validators' tokens") { state in
      state.sum(state.validators().map(\.record.tokens)) == state.bondedTotal
    },
    Invariant("unbonding stake is the unbondings' balances") { state in
      state.sum(state.allUnbondings().map(\.record.balance)) == state.balance(of: .unbondingStake)
    },
    Invariant("the rewards' purse is what the pots owe") { state in
      state.sum(state.allPots().map(\.record.outstanding)) == state.balance(of: .stakingRewards)
    },
    Invariant("every validator's shares, weight and rewards cover its delegations'") {
      $0.auditDelegations()
    },
    Invariant("no share is worth more than it cost") { state in
      state.validators().allSatisfy { $0.record.tokens.baseUnits <= $0.record.shares }
    },
    Invariant("validators are ranked by power, and known by their keys") {
      $0.auditRanks()
    },
    Invariant("every delegator's delegations are counted") { $0.auditStakers() },
  ]
}

/// What one validator's delegations come to.
private struct DelegationSums {
  var shares: UInt128 = 0
  var weight: UInt128 = 0
  var earned: UInt128 = 0

  init() {}
}

extension StateReader {
  fileprivate func sum(_ amounts: [Amount]) -> Amount? {
    var sum = Amount.zero
    for amount in amounts {
      guard let next = try? sum.adding(amount) else { return nil }
      sum = next
    }
    return sum
  }

  fileprivate func allDelegations() -> [(name: DelegationName, record: DelegationRecord)] {
    records(in: .delegations, named: DelegationName.self, as: DelegationRecord.self)
  }

  fileprivate func allUnbondings() -> [(name: DelegationName, record: UnbondingRecord)] {
    records(in: .unbondings, named: DelegationName.self, as: UnbondingRecord.self)
  }

  fileprivate func allPots() -> [(name: Identifier<Account>, record: RewardPot)] {
    records(in: .rewardPots, named: Identifier<Account>.self, as: RewardPot.self)
  }

  fileprivate func auditDelegations() -> Bool {
    let validators = validators()
    let pots = Dictionary(
      allPots().map { ($0.name, $0.record) }, uniquingKeysWith: { first, _ in first })
    var sums: [Identifier<Account>: DelegationSums] = [:]
    for (id, _) in validators { sums[id] = DelegationSums() }
    for (name, delegation) in allDelegations() {
      guard delegation.shares > 0, var sum = sums[name.validator] else { return false }
      sum.shares += delegation.shares
      sum.weight += delegation.weight
      sum.earned += (pots[name.validator] ?? .empty).earned(by: delegation).baseUnits
      sums[name.validator] = sum
    }
    return validators.allSatisfy { id, record in
      let (sum, pot) = (sums[id] ?? DelegationSums(), pots[id] ?? .empty)
      return record.shares == sum.shares && pot.weight == sum.weight
        && pot.outstanding.baseUnits >= pot.commission.baseUnits + sum.earned
        && (sum.shares > 0 || (record.tokens == .zero && pot.outstanding == pot.commission))
    }
  }

  fileprivate func auditRanks() -> Bool {
    let validators = validators()
    let ranks = records(in: .powerRanks, named: PowerRank.self, as: Bool.self).map(\.name)
    let expected = validators.filter { $0.record.power > 0 }
      .map { PowerRank(power: $0.record.power, validator: $0.id) }
      .sorted { ($1.power, $0.validator) < ($0.power, $1.validator) }
    return ranks == expected
      && validators.allSatisfy {
        validator(at: ConsensusAddress($0.record.consensusKey)) == $0.id
      }
  }

  fileprivate func auditStakers() -> Bool {
    var counts: [Identifier<Account>: UInt32] = [:]
    for (name, _) in allDelegations() { counts[name.delegator, default: 0] += 1 }
    return records(in: .stakers, named: Identifier<Account>.self, as: StakerRecord.self)
      .allSatisfy { $0.record.delegationCount == counts[$0.name, default: 0] }
      && counts.keys.allSatisfy { staker($0).delegationCount == counts[$0] }
  }
}
