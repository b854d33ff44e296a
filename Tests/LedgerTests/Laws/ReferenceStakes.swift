import Ledger
import Primitives

/// Slow books of what is staked on runs: each stake adds up every single reward since it began.
struct ReferenceStakes {
  struct Move {
    let amount: UInt128
    let source: Holder
    let target: Holder
  }

  private struct Stake {
    var active: UInt128 = 0
    /// The number of the first reward that active stake has not been paid for.
    var unpaidFrom = 0
    var entering: UInt128 = 0
    /// The number of the first reward that entering stake has a part in; nil while it waits.
    var enteredAt: Int?
    var leaving: [(amount: UInt128, ends: Deadline)] = []
  }

  private struct Pool {
    var stakes: [Identifier<Account>: Stake] = [:]
    /// What each reward gave to each earning unit, in 2⁻⁶⁴ units.
    var gains: [UInt128] = []
    var rewards: UInt128 = 0
    var epochEnds: Deadline?

    var earning: UInt128 {
      stakes.values.reduce(0) { $0 + $1.active + ($1.enteredAt == nil ? 0 : $1.entering) }
    }

    func earned(by amount: UInt128, from first: Int) -> UInt128 {
      let product = amount.multipliedFullWidth(by: gains[first...].reduce(0, +))
      return product.high << 64 | product.low >> 64
    }
  }

  private var pools: [Identifier<Run>: Pool] = [:]

  mutating func stake(
    _ amount: UInt128, on run: Identifier<Run>, by account: Identifier<Account>,
    epochEnds: Deadline
  ) -> [Move] {
    var pool = pools[run] ?? Pool()
    let paid = settle(account, in: &pool)
    pool.stakes[account, default: Stake()].entering += amount
    if pool.epochEnds == nil { pool.epochEnds = epochEnds }
    pools[run] = pool
    return paid + [Move(amount: amount, source: .account(account), target: .runStakes)]
  }

  mutating func unstake(
    _ amount: UInt128, from run: Identifier<Run>, by account: Identifier<Account>, ends: Deadline
  ) -> [Move] {
    guard var pool = pools[run] else { return [] }
    let paid = settle(account, in: &pool)
    var stake = pool.stakes[account] ?? Stake()
    let active = min(amount, stake.active)
    stake.active -= active
    stake.entering -= amount - active
    stake.leaving.append((amount, ends))
    pool.stakes[account] = stake
    pools[run] = pool
    return paid
  }

  mutating func claim(on run: Identifier<Run>, by account: Identifier<Account>) -> [Move] {
    guard var pool = pools[run] else { return [] }
    let paid = settle(account, in: &pool)
    pools[run] = pool
    return paid
  }

  mutating func reward(
    _ amount: UInt128, of run: Identifier<Run>, owner: Identifier<Account>
  ) -> [Move] {
    guard var pool = pools[run], pool.earning > 0 else {
      return [Move(amount: amount, source: .feePool, target: .account(owner))]
    }
    pool.gains.append((amount << 64) / pool.earning)
    pool.rewards += amount
    pools[run] = pool
    return [Move(amount: amount, source: .feePool, target: .stakeRewards)]
  }

  var deadlines: [Deadline] {
    pools.values.flatMap { pool in
      [pool.epochEnds].compactMap { $0 } + pool.stakes.values.flatMap { $0.leaving.map(\.ends) }
    }
  }

  mutating func close(at deadline: Deadline) -> [Move] {
    func isDue(_ other: Deadline) -> Bool { other == deadline }
    var moves: [Move] = []
    for (run, var pool) in pools {
      if let ends = pool.epochEnds, isDue(ends) {
        pool.epochEnds = nil
        for (account, stake) in pool.stakes where stake.entering > 0 && stake.enteredAt == nil {
          pool.stakes[account]?.enteredAt = pool.gains.count
        }
      }
      for (account, stake) in pool.stakes {
        for leaving in stake.leaving where isDue(leaving.ends) {
          moves.append(Move(amount: leaving.amount, source: .runStakes, target: .account(account)))
        }
        pool.stakes[account]?.leaving.removeAll { isDue($0.ends) }
      }
      let isEmpty = pool.stakes.values.allSatisfy {
        $0.active == 0 && $0.entering == 0 && $0.leaving.isEmpty
      }
      if isEmpty, pool.epochEnds == nil {
        moves.append(Move(amount: pool.rewards, source: .stakeRewards, target: .treasury))
        pools[run] = nil
      } else {
        pools[run] = pool
      }
    }
    return moves
  }

  private func settle(_ account: Identifier<Account>, in pool: inout Pool) -> [Move] {
    var stake = pool.stakes[account] ?? Stake()
    var reward = pool.earned(by: stake.active, from: stake.unpaidFrom)
    if let entered = stake.enteredAt {
      reward += pool.earned(by: stake.entering, from: entered)
      stake.active += stake.entering
      stake.entering = 0
      stake.enteredAt = nil
    }
    stake.unpaidFrom = pool.gains.count
    pool.rewards -= reward
    pool.stakes[account] = stake
    return [Move(amount: reward, source: .stakeRewards, target: .account(account))]
  }
}
