public import AttributionRules
internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Applies a proof that something in a batch is wrong, or in a receipt presented for one of it.
  ///
  /// What can be put right is: an amount at once, a receipt once it is known what is right. Only a
  /// batch whose leaves can't be read as receipts, orders and sums is void. Whoever lied is slashed, and
  /// whoever proved it gets the winner's part.
  ///
  /// - Throws: `batchNotOpen`, `notOpened`, `rowsIncomplete`, `payoutsImpossible`, `alreadyCorrected`,
  ///   `noFault`.
  public mutating func apply(
    _ message: ProveBatchFault, in context: BlockContext
  ) throws(Rejection) {
    guard let judge = BatchJudge(of: message.batch, in: self) else {
      throw .dispute(.batchNotOpen)
    }
    var ofPresenter = false
    switch message.evidence {
    case .arithmetic(let evidence):
      guard let fault = judge.fault(shownBy: evidence) else { throw .dispute(.noFault) }
      if !fault.isPutRightByDocuments {
        try void(message.batch)
      } else if judge.batch.isProvedWrong {
        throw .dispute(.alreadyCorrected)
      }
    case .amount(let opened, let receipt, let shown):
      guard try repairAmount(of: opened, receipt, shown, judge: judge) else {
        throw .dispute(.noFault)
      }
    case .scores(let opened, let receipt, let evidence):
      let accused = try judge.accused(of: opened, receipt)
      guard
        receipt.evidence.influence.fault(shownBy: evidence, index: accused.run.claim.index) != nil
      else { throw .dispute(.noFault) }
      ofPresenter = accused.isPresenter
      if ofPresenter {
        try disprove(accused.name, right: nil, at: context)
      } else {
        try strike(opened, receipt, ofRetrieval: false, in: judge.id, at: context)
      }
    case .payouts(let opened, let receipt, let rows, let passages):
      let accused = try judge.accused(of: opened, receipt)
      let right = try rightPayouts(of: receipt, rows, passages, run: accused.run)
      ofPresenter = accused.isPresenter
      if ofPresenter {
        try disprove(accused.name, right: right, at: context)
      } else {
        try strike(opened, receipt, right: right, in: judge.id, at: context)
      }
    case .retrieval(let opened, let receipt, let evidence):
      // A presented receipt says of its passages what the wrong one does.
      let accused = try judge.accused(of: opened, receipt)
      guard !accused.isPresenter,
        receipt.evidence.retrieval?.fault(
          shownBy: evidence, index: accused.run.claim.index, place: commitPriority(ofGroup:)) != nil
      else { throw .dispute(.noFault) }
      try strike(opened, receipt, ofRetrieval: true, in: judge.id, at: context)
    case .spans(let opened, let receipt, let proof):
      let accused = try judge.accused(of: opened, receipt)
      guard !accused.isPresenter,
        judge.spanFault(in: receipt, shownBy: proof, run: accused.run) != nil
      else { throw .dispute(.noFault) }
      try strikeSpans(of: accused.name, receipt.digest)
    }
    if !ofPresenter {
      try slashServer(judge.batch.server, context.parameters)
      noteProof(about: message.batch, at: context)
    }
    try dividePot(winner: context.signer, parameters: context.parameters)
    emit(.faultProved, message.batch.digest)
  }

  /// Keeps that a receipt's spans are wrong, once; they move no money, so that nothing else changes.
  private mutating func strikeSpans(
    of name: BatchLeafName, _ receipt: Digest
  ) throws(Rejection) {
    guard record(.struckSpans(name)) == nil else { throw .dispute(.alreadyCorrected) }
    set(.struckSpans(name), to: true)
    emit(.spansStruck, receipt)
  }

  /// What a receipt pays by its own evidence, of which every row was opened.
  ///
  /// - Throws: `rowsIncomplete`, `payoutsImpossible`; `noFault` if it pays just that.
  private func rightPayouts(
    of receipt: Receipt, _ rows: [OpenedRecord], _ passages: [OpenedRecord], run: RunRecord
  ) throws(Rejection) -> RightPayouts {
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
    guard right != wrong else { throw .dispute(.noFault) }
    return right
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

/// Who stands behind a receipt: the server that settled it, or whoever presented it in a wrong one's
/// place.
private struct AccusedReceipt {
  let name: BatchLeafName
  let run: RunRecord
  let isPresenter: Bool
}

extension BatchJudge {
  /// Finds who stands behind a receipt that a leaf names, or that was presented for it.
  ///
  /// - Throws: `notOpened` for any other.
  fileprivate func accused(
    of opened: OpenedReceipt, _ receipt: Receipt
  ) throws(Rejection) -> AccusedReceipt {
    let name = BatchLeafName(batch: id, leaf: UInt32(truncatingIfNeeded: opened.proof.leafIndex))
    let digest = receipt.digest
    let isPresented = state.struckReceipt(name)?.presented?.receipt == digest
    guard opened.stands(in: batch), isPresented || opened.leaf.receipt == digest,
      let adapter = state.adapter(opened.leaf.adapter), let run = state.run(adapter.offer.run)
    else { throw .dispute(.notOpened) }
    return AccusedReceipt(name: name, run: run, isPresenter: isPresented)
  }
}

extension BatchJudge {
  /// What a proof shows of a receipt's spans; nil for nothing.
  func spanFault(in receipt: Receipt, shownBy proof: SpanProof, run: RunRecord) -> SpanFault? {
    receipt.spanClaim.fault(
      shownBy: proof, index: run.claim.index, place: state.commitPriority(ofGroup:),
      isWithdrawn: state.isWithdrawn(group:))
  }
}

extension StateReader {
  /// Whether a content group's records are neither retrieved for answers nor cited by them.
  fileprivate func isWithdrawn(group: Digest) -> Bool {
    contribution(Identifier(group)).map { $0.use >= .retrievalOff } ?? false
  }
}

extension BatchFault {
  /// Whether the documents of the receipts show what is right, amount by amount: such a fault costs
  /// the bond and opens one more window to show it in.
  var isPutRightByDocuments: Bool {
    [.amountSumWrong, .receiptOverpaid, .payeeStranger].contains(self)
  }
}

extension SubmitRunRecord {
  /// What the run says of its index.
  public var index: IndexCommitment {
    IndexCommitment(
      root: indexRoot, count: rowCount, decoyRoot: decoyRoot, decoyCount: decoyCount)
  }
}
