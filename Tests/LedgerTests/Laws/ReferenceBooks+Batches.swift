import Ledger
import Primitives

extension ReferenceBooks {
  mutating func enter(_ batch: SettleBatch, as id: Identifier<Batch>) {
    for draw in batch.draws {
      give(draw.fee.baseUnits, from: .channelEscrow(draw.channel), to: .batchEscrow(id))
    }
  }

  /// Pays what a payee's leaves say, or lets it accrue.
  mutating func enter(_ claim: AmountClaim) {
    guard let run = adapters[claim.adapter]?.offer.run else { return }
    let before = claim.before?.leaf.sum.baseUnits ?? 0
    let ownBefore = claim.before?.leaf.ownSum.baseUnits ?? 0
    let amount = claim.last.leaf.sum.baseUnits - before
    let payee = claim.payee
    let accrued = dust[payee, default: 0]
    if accrued + amount < parameters.receipts.dustThreshold.baseUnits {
      give(amount, from: .contributorEscrow(run), to: .dust)
      dust[payee] = accrued + amount
    } else {
      give(amount, from: .contributorEscrow(run), to: .account(payee))
      give(accrued, from: .dust, to: .account(payee))
      dust[payee] = nil
    }
    let subsidy = subsidies.match(
      amount - (claim.last.leaf.ownSum.baseUnits - ownBefore), of: payee,
      pool: balances[.subsidyPool] ?? 0, share: parameters.subsidy.matchingShare)
    give(subsidy, from: .subsidyPool, to: .account(payee))
  }

  /// Hands a batch's money out as the specification words it.
  mutating func handOut(
    _ id: Identifier<Batch>, _ draws: [BatchDraw], by server: Identifier<Account>
  ) {
    let escrow = Holder.batchEscrow(id)
    for draw in draws {
      let refundee: Holder =
        closedChannels.contains(draw.channel)
        ? payers[draw.channel].map { .account($0) } ?? escrow : .channelEscrow(draw.channel)
      give(draw.refund.baseUnits, from: escrow, to: refundee)
    }
    for adapter in Set(draws.map(\.adapter)) {
      guard let (_, offer) = adapters[adapter], let run = runs[offer.run],
        let baseOwner = baseModelOwners[run.claim.baseModel]
      else { continue }
      let own = draws.filter { $0.adapter == adapter }
      let platform =
        parameters.receipts.platformFee.baseUnits
        * own.reduce(0) { $0 + UInt128($1.receiptCount) }
      let payouts = own.reduce(0) { $0 + $1.payouts.baseUnits }
      let rest =
        own.reduce(0) { $0 + $1.fee.baseUnits - $1.refund.baseUnits } - payouts - platform
      let split = parameters.receipts.split
      let payees: [(Share, Holder)] = [
        (split.treasury, .treasury), (split.validators, .validators),
        (split.baseModel, .account(baseOwner)), (split.adapterOwner, .feePool),
        (split.server, .account(server)), (split.adapterStakers, .feePool),
      ]
      let whole = payees.reduce(0) { $0 + UInt128($1.0.partsPerBillion) }
      var parts = payees.map { rest * UInt128($0.0.partsPerBillion) / whole }
      let byRemainder = payees.indices.sorted { one, two in
        let first = rest * UInt128(payees[one].0.partsPerBillion) % whole
        let second = rest * UInt128(payees[two].0.partsPerBillion) % whole
        return first == second ? one < two : first > second
      }
      for index in byRemainder.prefix(Int(rest - parts.reduce(0, +))) { parts[index] += 1 }
      give(platform, from: escrow, to: .treasury)
      subsidies.treasuryIncome += platform + parts[0]
      for (part, payee) in zip(parts, payees) { give(part, from: escrow, to: payee.1) }
      payOwners(of: adapter, parts[3])
      move(stakes.reward(parts[5], of: offer.run, owner: run.owner))
      give(payouts, from: escrow, to: .contributorEscrow(offer.run))
    }
  }
}
