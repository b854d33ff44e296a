internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Puts right what a batch's leaves pay one payee of a receipt, by the receipt's document.
  ///
  /// What is missing is paid out of the server's bond; what is too much is kept from the payee's
  /// claim. So each wrong amount is put right by itself, in whatever order they are shown.
  ///
  /// - Returns: false if the leaves pay what the document says.
  /// - Throws: `notOpened`, of a document that is not its leaf's too; `alreadyCorrected`;
  ///   `payoutsImpossible` if bond or tree hold less.
  mutating func repairAmount(
    of opened: OpenedReceipt, _ receipt: Receipt, _ shown: AmountEvidence, judge: BatchJudge
  ) throws(Rejection) -> Bool {
    let leaf = UInt32(opened.proof.leafIndex)
    let tree = BatchAdapterName(batch: judge.id, adapter: opened.leaf.adapter)
    guard opened.stands(in: judge.batch), opened.leaf.receipt == receipt.digest,
      judge.fault(shownBy: .document(opened: opened, receipt: receipt)) == nil,
      var amounts = batchAmounts(tree), let sums = shown.sums(ofReceipt: leaf, in: amounts)
    else { throw .dispute(.notOpened) }
    let right = receipt.payouts.first { $0.account == shown.payee }?.amount ?? .zero
    guard let due = try? sums.before.adding(right) else { throw .dispute(.payoutsImpossible) }
    guard due != sums.after else { return false }
    let name = BatchPayoutName(
      batch: judge.id, adapter: tree.adapter, payee: shown.payee, receipt: leaf)
    guard record(.correctedAmount(name)) == nil else { throw .dispute(.alreadyCorrected) }
    set(.correctedAmount(name), to: right)
    if let surplus = try? sums.after.subtracting(due) {
      let payee = BatchPayeeName(batch: judge.id, adapter: tree.adapter, payee: shown.payee)
      guard let kept = try? batchCorrection(payee).adding(surplus) else {
        throw .dispute(.payoutsImpossible)
      }
      set(.batchCorrection(payee), to: kept)
      return true
    }
    let missing = due.lowered(by: sums.after)
    guard let compensated = try? amounts.compensated.adding(missing),
      compensated <= amounts.payouts, let channel = channel(opened.leaf.channel)
    else { throw .dispute(.payoutsImpossible) }
    amounts.compensated = compensated
    set(.batchAmounts(tree), to: amounts)
    try compensate(
      [Payout(account: shown.payee, amount: missing)], of: amounts.run, server: judge.batch.server,
      isOwn: { channel.isOwnSide($0) })
    return true
  }

  /// Pays a voided batch's contributors out of the server's bond, by uplift, as far as it goes.
  ///
  /// Nothing else is left to pay them by: what the batch says counts no more, and its fees return.
  mutating func compensateContributors(
    of draws: [DrawRecord], in batch: BatchRecord, _ id: Identifier<Batch>
  )
    throws(Rejection)
  {
    for adapter in Set(draws.map(\.draw.adapter)).sorted() {
      let own = draws.filter { $0.draw.adapter == adapter }
      guard let amounts = batchAmounts(BatchAdapterName(batch: id, adapter: adapter)),
        let run = run(amounts.run)
      else { continue }
      let part = own.reduce(UInt128(0)) {
        $0 + $1.draw.payouts.lowered(by: $1.correctedPayouts).baseUnits
          + $1.draw.refund.lowered(by: $1.correctedRefund).baseUnits
      }
      let open = (try? Amount(baseUnits: part).subtracting(amounts.compensated)) ?? .zero
      let money = min(open, balance(of: .serverBond(batch.server)))
      let channels = own.map { channel($0.draw.channel) }
      try compensate(
        run.payoutsByUplift(of: money).payouts, of: amounts.run, server: batch.server,
        isOwn: { account in channels.contains { $0?.isOwnSide(account) == true } })
    }
  }

  mutating func compensate(
    _ payouts: [Payout], of run: Identifier<Run>, server: Identifier<Account>,
    isOwn: (Identifier<Account>) -> Bool
  ) throws(Rejection) {
    for payout in payouts {
      guard payout.amount <= balance(of: .serverBond(server)) else {
        throw .dispute(.payoutsImpossible)
      }
      try move(
        payout.amount, from: .serverBond(server), to: .contributorEscrow(run),
        for: .contributorCompensation)
      try meter(
        payout.amount, own: isOwn(payout.account) ? payout.amount : .zero, of: payout.account)
    }
    try credit(payouts, on: run)
  }
}
