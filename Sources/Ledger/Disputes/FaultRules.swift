public import AttributionRules
internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Applies a proof that something in a batch is wrong, or in a receipt presented for one of it.
  ///
  /// What can be put right is: an amount at once, a receipt once it is known what is right; one whose
  /// order, fee or leaf is wrong is void by itself. Only a batch whose leaves can't be read is void as a
  /// whole. Whoever lied is slashed, and whoever proved it gets the winner's part.
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
    case .arithmetic(let shown, let before):
      guard let fault = judge.fault(shownBy: shown) else { throw .dispute(.noFault) }
      guard !judge.isKnown(fault, shownBy: shown) else { throw .dispute(.alreadyCorrected) }
      if let accused = shown.accusedReceipt {
        try voidReceipt(accused, after: before, for: fault, shownBy: shown, judge)
      } else if !fault.isPutRightByDocuments {
        try void(message.batch)
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
    [.amountSumWrong, .amountMisplaced, .receiptOverpaid, .payeeStranger].contains(self)
  }
}

extension BatchEvidence {
  /// The leaf of the one receipt that is wrong if this shows a fault; nil if it shows one of amounts, or
  /// a leaf that nobody can read.
  ///
  /// Of two that can't both stand, it is the later.
  var accusedReceipt: OpenedReceipt? {
    switch self {
    case .receipt(let opened), .order(let opened, _), .document(let opened, _),
      .adjacentReceipts(_, let opened):
      opened
    case .sameNumber(let one, let other):
      one.proof.leafIndex < other.proof.leafIndex ? other : one
    case .amount, .adjacentAmounts, .overpaid, .unreadableReceipt, .unreadableAmount: nil
    }
  }

  /// The leaf that the accused one can't stand beside, if it is one of two.
  fileprivate var otherReceipt: OpenedReceipt? {
    switch self {
    case .adjacentReceipts(let first, _): first
    case .sameNumber(let one, let other):
      one.proof.leafIndex < other.proof.leafIndex ? one : other
    default: nil
    }
  }
}

extension BatchJudge {
  /// Whether the ledger has done already what a fault calls for.
  func isKnown(_ fault: BatchFault, shownBy evidence: BatchEvidence) -> Bool {
    func isVoid(_ opened: OpenedReceipt?) -> Bool {
      guard let leaf = opened?.proof.leafIndex else { return false }
      return state.record(.voidReceipt(BatchLeafName(batch: id, leaf: UInt32(leaf)))) != nil
    }
    if isVoid(evidence.accusedReceipt) { return true }
    switch fault {
    case .receiptsUnsorted, .numberTwice: return isVoid(evidence.otherReceipt)
    default: return fault.isPutRightByDocuments && batch.isProvedWrong
    }
  }
}

extension LedgerState {
  /// Voids the receipt that evidence accuses; the batch, if nobody can say what the receipt takes of it.
  private mutating func voidReceipt(
    _ accused: OpenedReceipt, after before: OpenedReceipt?, for fault: BatchFault,
    shownBy evidence: BatchEvidence, _ judge: BatchJudge
  ) throws(Rejection) {
    guard let part = try judge.part(of: accused, after: before) else {
      return try void(judge.id)
    }
    let name = BatchLeafName(batch: judge.id, leaf: UInt32(accused.proof.leafIndex))
    try voidReceipt(name, part)
    guard fault == .feeWrong, case .order(_, let signed) = evidence else { return }
    try compensate(for: accused.leaf, signed.order, part, judge)
  }

  /// Pays contributors, by uplift, what a wrong fee leaves them short of their part of the right one.
  private mutating func compensate(
    for leaf: ReceiptLeaf, _ order: Order, _ part: ReceiptPart, _ judge: BatchJudge
  ) throws(Rejection) {
    let tree = BatchAdapterName(batch: judge.id, adapter: part.adapter)
    guard batch(judge.id)?.status == .open, var amounts = batchAmounts(tree),
      let run = run(amounts.run), let channel = channel(part.channel),
      let right = try? judge.batch.terms.feeParts(
        of: order, tokensIn: leaf.tokensIn, tokensOut: leaf.tokensOut
      ).contributors,
      let missing = try? right.subtracting(part.payouts).subtracting(part.refund)
    else { return }
    let owed = min(
      missing, amounts.payouts.lowered(by: amounts.compensated),
      balance(of: .serverBond(judge.batch.server)))
    let payouts = run.payoutsByUplift(of: owed).payouts
    for payout in payouts {
      amounts.compensated = (try? amounts.compensated.adding(payout.amount)) ?? amounts.payouts
    }
    set(.batchAmounts(tree), to: amounts)
    try compensate(
      payouts, of: amounts.run, server: judge.batch.server, isOwn: { channel.isOwnSide($0) })
  }
}

extension SubmitRunRecord {
  /// What the run says of its index.
  public var index: IndexCommitment {
    IndexCommitment(
      root: indexRoot, count: rowCount, decoyRoot: decoyRoot, decoyCount: decoyCount)
  }
}
