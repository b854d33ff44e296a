internal import CanonicalCoding
internal import Primitives

extension Invariant {
  static let receiptInvariants = [
    Invariant(
      "an open batch's escrow holds what its channels paid, and its server for void receipts"
    ) { state in
      state.batches.allSatisfy { id, batch in
        var money: UInt128 = 0
        for record in batch.draws { money += record.money }
        return state.balance(of: .batchEscrow(id)).baseUnits == money
          && (batch.status == .open) == !batch.draws.isEmpty
      }
    },
    Invariant("a server's open contributor money is that of its open batches") { state in
      var expected: [Identifier<Account>: UInt128] = [:]
      for (_, batch) in state.batches {
        for draw in batch.draws.map(\.draw) {
          expected[batch.server, default: 0] += draw.payouts.baseUnits + draw.refund.baseUnits
        }
      }
      let kept = state.records(
        in: .openContributorMoney, named: Identifier<Account>.self, as: Amount.self)
      return kept.allSatisfy { expected[$0.name] == $0.record.baseUnits }
        && kept.count == expected.values.count { $0 > 0 }
    },
    Invariant("what is unclaimed of a batch is no more than its payouts") { state in
      state.records(in: .batchAmounts, named: BatchAdapterName.self, as: BatchAmountsRecord.self)
        .allSatisfy { $0.record.unclaimed <= $0.record.payouts }
    },
    Invariant("a final batch's amounts end by themselves") { state in
      state.records(in: .batchAmounts, named: BatchAdapterName.self, as: BatchAmountsRecord.self)
        .allSatisfy { tree, amounts in
          guard state.batch(tree.batch)?.status == .final else { return amounts.ends == nil }
          return amounts.ends.map {
            state.isScheduled(
              amounts.unclaimed > .zero ? .lapseClaims(tree) : .forgetClaims(tree), at: $0)
          } ?? false
        }
    },
    Invariant("claims are remembered only of amounts that are not forgotten") { state in
      var claimed: [BatchAdapterName: UInt128] = [:]
      for (name, amount) in state.records(
        in: .batchClaims, named: BatchPayeeName.self, as: Amount.self)
      {
        let tree = BatchAdapterName(batch: name.batch, adapter: name.adapter)
        claimed[tree, default: 0] += amount.baseUnits
      }
      return claimed.allSatisfy { tree, sum in
        state.batchAmounts(tree).map {
          sum + $0.unclaimed.baseUnits <= $0.payouts.baseUnits
        } ?? false
      }
    },
    Invariant("a run's contributor escrow holds its claims and what is unclaimed") { state in
      var expected: [Identifier<Run>: UInt128] = [:]
      for (name, amount) in state.records(in: .claims, named: ClaimName.self, as: Amount.self) {
        expected[name.run, default: 0] += amount.baseUnits
      }
      let trees = state.records(
        in: .batchAmounts, named: BatchAdapterName.self, as: BatchAmountsRecord.self)
      for (name, amounts) in trees
      where state.batch(name.batch)?.status == .final && state.runRepair(amounts.run) == nil {
        expected[amounts.run, default: 0] += amounts.unclaimed.baseUnits
      }
      return state.allBalances().allSatisfy { holder, amount in
        guard case .contributorEscrow(let run) = holder else { return true }
        return expected[run] == amount.baseUnits
      }
    },
    Invariant("contributors' money waits only for sets that open by themselves, or is due") {
      state in
      state.allBalances().allSatisfy { holder, _ in
        guard case .contributorEscrow(let run) = holder else { return true }
        guard let epoch = state.run(run)?.epoch,
          let heldOut = state.heldOut(of: epoch.datanet, epoch: epoch.epoch)
        else { return false }
        guard let release = heldOut.release else { return heldOut.waitsUntil != nil }
        return state.isHeld(run) || state.claims(of: epoch).allSatisfy { state.isHeld($0.name.run) }
          || state.isScheduled(.releaseEpoch(epoch), at: release)
      }
    },
    Invariant("the dust purse holds what accounts have accrued") { state in
      let dust = state.records(in: .dust, named: Identifier<Account>.self, as: Amount.self)
      return dust.reduce(0) { $0 + $1.record.baseUnits } == state.balance(of: .dust).baseUnits
    },
  ]
}

extension StateReader {
  /// Cost: a full scan.
  fileprivate var batches: [(name: Identifier<Batch>, record: BatchRecord)] {
    records(in: .batches, named: Identifier<Batch>.self, as: BatchRecord.self)
  }
}
