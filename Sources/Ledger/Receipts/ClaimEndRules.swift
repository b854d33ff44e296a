internal import CanonicalCoding
internal import Primitives

// What the state remembers of a batch's claims goes away: at once when all is claimed, and else when
// the claim window ends and the rest lapses. So the state grows with what is owed, not with what
// was ever paid.

extension LedgerState {
  /// Begins the time in which a final batch's amounts can be claimed.
  mutating func openClaims(on tree: BatchAdapterName, at now: Moment) {
    guard let amounts = batchAmounts(tree), let window = parameters?.receipts.claimWindow else {
      return
    }
    if amounts.unclaimed == .zero {
      scheduleForgetting(tree, amounts, at: now)
    } else if runRepair(amounts.run) != nil {
      // What it pays is shared already, and not by its leaves.
      var none = amounts
      none.unclaimed = .zero
      scheduleForgetting(tree, none, at: now)
    } else {
      scheduleLapse(of: tree, amounts, at: window.end(from: now.time, height: now.height))
    }
  }

  /// Writes amounts of which something was just claimed; after the last claim they are forgotten at
  /// the end of the block.
  mutating func keep(_ amounts: BatchAmountsRecord, of tree: BatchAdapterName, at now: Moment) {
    guard amounts.unclaimed == .zero else { return set(.batchAmounts(tree), to: amounts) }
    if let ends = amounts.ends { unschedule(.lapseClaims(tree), at: ends) }
    scheduleForgetting(tree, amounts, at: now)
  }

  /// Ends the claims on a tree: what nobody asked for goes to the treasury.
  ///
  /// Waits for as long again if the epoch is not released yet, which the ledger sees to itself, or
  /// was released later than the batch became final.
  mutating func lapseClaims(on tree: BatchAdapterName, at now: Moment) throws(Rejection) {
    guard let amounts = batchAmounts(tree), let window = parameters?.receipts.claimWindow,
      let epoch = run(amounts.run)?.epoch
    else { return }
    let release = heldOut(of: epoch.datanet, epoch: epoch.epoch)?.release
    let end =
      release.map { window.end(from: $0.time, height: $0.height) }
      ?? window.end(from: now.time, height: now.height)
    guard end.hasCome(at: now) else { return scheduleLapse(of: tree, amounts, at: end) }
    guard !isHeld(amounts.run) else {
      return scheduleLapse(
        of: tree, amounts, at: window.end(from: now.time, height: now.height))
    }
    if runRepair(amounts.run) == nil {
      try move(
        amounts.unclaimed, from: .contributorEscrow(amounts.run), to: .treasury, for: .claimLapse)
      emit(.claimsLapsed, tree.batch.digest, amount: amounts.unclaimed)
    }
    var lapsed = amounts
    lapsed.unclaimed = .zero
    scheduleForgetting(tree, lapsed, at: now)
  }

  /// Removes at most `limit` of the records of claims and corrections on a tree, and with the last
  /// the tree's own.
  ///
  /// - Returns: how many; fewer than `limit` means that none is left.
  mutating func forgetClaims(on tree: BatchAdapterName, limit: Int) -> Int {
    var count = 0
    for table in [StateTable.batchClaims, .batchCorrections] {
      let records = records(
        in: table, prefix: tree.canonicalBytes, limit: limit - count, named: BatchPayeeName.self,
        as: Amount.self)
      for record in records { set(StateKey<Amount>(table, record.name), to: nil) }
      count += records.count
    }
    let amounts = records(
      in: .correctedAmounts, prefix: tree.canonicalBytes, limit: limit - count,
      named: BatchPayoutName.self, as: Amount.self)
    for amount in amounts { set(.correctedAmount(amount.name), to: nil) }
    count += amounts.count
    if count < limit { set(.batchAmounts(tree), to: nil) }
    return count
  }

  private mutating func scheduleLapse(
    of tree: BatchAdapterName, _ amounts: BatchAmountsRecord, at end: Deadline
  ) {
    var amounts = amounts
    amounts.ends = end
    set(.batchAmounts(tree), to: amounts)
    schedule(.lapseClaims(tree), at: end)
  }

  private mutating func scheduleForgetting(
    _ tree: BatchAdapterName, _ amounts: BatchAmountsRecord, at now: Moment
  ) {
    let end = Deadline(time: now.time, height: now.height)
    var amounts = amounts
    amounts.ends = end
    set(.batchAmounts(tree), to: amounts)
    schedule(.forgetClaims(tree), at: end)
  }
}
