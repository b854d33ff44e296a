public import AttributionRules
internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Applies a proof that a batch is wrong: the batch is voided, or corrected if the proof shows what
  /// is right; the server is slashed, and whoever proved it gets the winner's part.
  ///
  /// - Throws: `batchNotOpen`, `notOpened`, `rowsIncomplete`, `alreadyCorrected`, `noFault`.
  public mutating func apply(
    _ message: ProveBatchFault, in context: BlockContext
  ) throws(Rejection) {
    guard let judge = BatchJudge(of: message.batch, in: self) else {
      throw .dispute(.batchNotOpen)
    }
    let isFault =
      switch message.evidence {
      case .arithmetic(let evidence): judge.fault(shownBy: evidence) != nil
      case .amount(let opened, let receipt, let amount):
        try judge.pays(amount, otherThan: receipt, opened)
      case .scores(let opened, let receipt, let evidence):
        receipt.evidence.influence.fault(
          shownBy: evidence, index: try judge.run(of: opened, receipt).claim.index) != nil
      case .payouts(let opened, let receipt, let rows, let passages):
        try correctPayouts(of: opened, receipt, rows, passages, judge: judge)
      case .retrieval(let opened, let receipt, let evidence):
        receipt.evidence.retrieval?.fault(
          shownBy: evidence, index: try judge.run(of: opened, receipt).claim.index,
          place: commitPriority(ofGroup:)) != nil
      }
    guard isFault else { throw .dispute(.noFault) }
    // A proof of payouts has corrected the batch already.
    if case .payouts = message.evidence {} else { try void(message.batch) }
    try slashServer(judge.batch.server, context.parameters)
    try dividePot(winner: context.signer, parameters: context.parameters)
    emit(.faultProved, message.batch.digest)
  }

  /// Corrects a receipt whose payouts don't follow from its own evidence; false if they do.
  private mutating func correctPayouts(
    of opened: OpenedReceipt, _ receipt: Receipt, _ rows: [OpenedRecord],
    _ passages: [OpenedRecord], judge: BatchJudge
  ) throws(Rejection) -> Bool {
    let run = try judge.run(of: opened, receipt)
    let name = BatchLeafName(batch: judge.id, leaf: UInt32(opened.proof.leafIndex))
    guard record(.correctedReceipt(name)) == nil else { throw .dispute(.alreadyCorrected) }
    let index = run.claim.index
    let retrieved = receipt.evidence.retrieval?.passages ?? []
    guard rows.map(\.record.name) == receipt.evidence.influence.records.map(\.name),
      rows.allSatisfy(index.holds), passages.map(\.record.record) == retrieved.map(\.record),
      passages.allSatisfy(index.holdsAnywhere)
    else { throw .dispute(.rowsIncomplete) }
    let wrong = RightPayouts(payouts: receipt.payouts, refund: receipt.refund)
    guard let pool = wrong.total,
      let pay = try? run.contributorPay(
        of: pool, evidence: receipt.evidence,
        credit: { name in rows.first { $0.record.name == name }?.record.credit },
        passage: { record in passages.first { $0.record.record == record }?.record.origin })
    else { throw .dispute(.payoutsImpossible) }
    let right = RightPayouts(payouts: pay.payouts.map(Payout.init), refund: pay.refund)
    guard right != wrong else { return false }
    try correct(
      name,
      DisputedPayouts(
        channel: opened.leaf.channel, adapter: opened.leaf.adapter, wrong: wrong, right: right))
    return true
  }

  /// Applies a proof that rows of a run's index may not stand side by side, in the run's challenge window.
  ///
  /// - Throws: `runNotStanding`, `windowOver`, `notOpened`, `noFault`.
  public mutating func apply(
    _ message: ProveIndexFault, in context: BlockContext
  ) throws(Rejection) {
    let index = try disputable(message.run, in: context).claim.index
    let holds = message.ofDecoys ? index.holdsDecoy : index.holds
    guard holds(message.first), holds(message.second),
      message.first.proof.leafIndex + 1 == message.second.proof.leafIndex
    else { throw .dispute(.notOpened) }
    guard !message.first.record.mayPrecede(message.second.record) else {
      throw .dispute(.noFault)
    }
    try slashRun(message.run, context.parameters)
    try dividePot(winner: context.signer, parameters: context.parameters)
    emit(.faultProved, message.run.digest)
  }
}

extension BatchJudge {
  /// Returns the run behind a receipt that a leaf names.
  fileprivate func run(
    of opened: OpenedReceipt, _ receipt: Receipt
  ) throws(Rejection) -> RunRecord {
    guard opened.stands(in: batch), opened.leaf.receipt == receipt.digest,
      let adapter = state.adapter(opened.leaf.adapter), let run = state.run(adapter.offer.run)
    else { throw .dispute(.notOpened) }
    return run
  }

  /// Whether an amount leaf pays another amount of a receipt than its document says.
  fileprivate func pays(
    _ amount: OpenedAmount, otherThan receipt: Receipt, _ opened: OpenedReceipt
  ) throws(Rejection) -> Bool {
    guard opened.stands(in: batch), opened.leaf.receipt == receipt.digest,
      let tree = amounts(of: opened.leaf.adapter), amount.stands(in: tree),
      UInt64(amount.leaf.receipt) == opened.proof.leafIndex
    else { throw .dispute(.notOpened) }
    let payout = receipt.payouts.first { $0.account == amount.leaf.payee }
    return payout?.amount != amount.leaf.amount
  }
}

extension SubmitRunRecord {
  /// What the run says of its index.
  public var index: IndexCommitment {
    IndexCommitment(
      root: indexRoot, count: rowCount, decoyRoot: decoyRoot, decoyCount: decoyCount)
  }
}
