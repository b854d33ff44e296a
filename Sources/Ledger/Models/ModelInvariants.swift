internal import CanonicalCoding
internal import Primitives

extension Invariant {
  static let modelInvariants = [
    Invariant("the purse of run bonds is the sum of the runs' bonds") { state in
      state.balance(of: .runBonds)
        == state.sum(of: .runStandings, as: RunStanding.self) { $0.bond.baseUnits }
    },
    Invariant("the purse of run stakes is the sum of the pools' tokens") { state in
      state.balance(of: .runStakes)
        == state.sum(of: .runStakePools, as: RunStakePool.self) { $0.tokens.baseUnits }
    },
    Invariant("the purse of stake rewards is the sum of the pools' rewards") { state in
      state.balance(of: .stakeRewards)
        == state.sum(of: .runStakePools, as: RunStakePool.self) { $0.rewards.baseUnits }
    },
    Invariant("each pool counts its stakes, and owes them no more than it has") { state in
      state.auditStakePools()
    },
    Invariant("each run counts its adapters on offer") { $0.auditOffers() },
    Invariant("stakes that begin to earn are counted until the last has seen its start") {
      $0.auditStakeStarts()
    },
  ]
}

extension StateReader {
  /// The sum over all records of a table.
  func sum<Record: CanonicalCodable>(
    of table: StateTable, as record: Record.Type, _ part: (Record) -> UInt128
  ) -> Amount {
    Amount(
      baseUnits: entries(withPrefix: [table.rawValue], after: nil, limit: .max).reduce(0) {
        sum, entry in
        guard let record = try? Record(canonicalBytes: entry.value) else {
          preconditionFailure("state holds only what the rules wrote")
        }
        return sum + part(record)
      })
  }

  fileprivate func auditOffers() -> Bool {
    var offers: [Identifier<Run>: UInt32] = [:]
    let adapters = records(in: .adapters, named: Identifier<Adapter>.self, as: AdapterRecord.self)
    for (_, adapter) in adapters where adapter.retires == nil {
      offers[adapter.offer.run, default: 0] += 1
    }
    return records(in: .runStandings, named: Identifier<Run>.self, as: RunStanding.self)
      .allSatisfy { $0.record.adaptersOnOffer == offers[$0.name, default: 0] }
  }

  fileprivate func auditStakeStarts() -> Bool {
    var entering: [StakeEpochName: UInt32] = [:]
    for (name, stake) in records(in: .runStakes, named: StakeName.self, as: RunStake.self)
    where stake.entering > .zero {
      entering[StakeEpochName(run: name.run, epoch: stake.epoch), default: 0] += 1
    }
    let starts = records(in: .stakeStarts, named: StakeEpochName.self, as: StakeStart.self)
    let pools = records(in: .runStakePools, named: Identifier<Run>.self, as: RunStakePool.self)
    return starts.allSatisfy { entering[$0.name] == $0.record.unseenBy }
      && pools.allSatisfy { run, pool in
        let now = StakeEpochName(run: run, epoch: pool.epoch)
        return pool.enteringCount == entering[now, default: 0]
      }
      && starts.count + pools.count { $0.record.enteringCount > 0 } == entering.count
  }

  fileprivate func auditStakePools() -> Bool {
    let pools = records(in: .runStakePools, named: Identifier<Run>.self, as: RunStakePool.self)
    return pools.allSatisfy { run, pool in
      var staked: UInt128 = 0
      var unbonding: UInt128 = 0
      var owed: UInt128 = 0
      let stakes = records(
        in: .runStakes, prefix: run.canonicalBytes, named: StakeName.self, as: RunStake.self)
      for (name, stake) in stakes {
        staked += stake.active.baseUnits + stake.entering.baseUnits
        unbonding += stake.unbonding.reduce(0) { $0 + $1.amount.baseUnits }
        owed += reward(of: name).baseUnits
      }
      return staked == pool.active.baseUnits + pool.entering.baseUnits
        && unbonding == pool.unbonding.baseUnits && owed <= pool.rewards.baseUnits
        && pool.tokens.baseUnits <= pool.counted
    }
  }
}
