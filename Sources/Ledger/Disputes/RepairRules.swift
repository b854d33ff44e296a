internal import AttributionRules
internal import Cryptography
internal import Primitives

// A receipt that was proved wrong is struck: its batch stays open until it is known what the receipt
// should have paid. Everything else in the batch pays on.

extension LedgerState {
  /// Strikes a receipt whose evidence is wrong, or more of whose evidence is: what it should pay is
  /// open until somebody presents it.
  ///
  /// - Throws: `alreadyCorrected` if nothing new is shown.
  mutating func strike(
    _ opened: OpenedReceipt, _ receipt: Receipt, ofRetrieval: Bool, in batch: Identifier<Batch>,
    at context: BlockContext
  ) throws(Rejection) {
    let name = BatchLeafName(batch: batch, leaf: UInt32(opened.proof.leafIndex))
    guard var struck = struckReceipt(name) else {
      try strike(
        name, opened, receipt, isEvidenceWrong: true, isWithoutRetrieval: ofRetrieval, right: nil,
        at: context)
      return
    }
    // Scores are presented anew in any case.
    guard ofRetrieval ? !struck.isWithoutRetrieval : !struck.isEvidenceWrong else {
      throw .dispute(.alreadyCorrected)
    }
    struck.isEvidenceWrong = true
    struck.isWithoutRetrieval = struck.isWithoutRetrieval || ofRetrieval
    // Whoever presented what the receipt said of its passages has done nothing wrong.
    try returnBond(of: &struck)
    struck.right = nil
    reschedule(name, &struck, at: context)
  }

  /// Strikes a receipt whose payouts don't follow from its evidence, of which all was opened.
  mutating func strike(
    _ opened: OpenedReceipt, _ receipt: Receipt, right: RightPayouts, in batch: Identifier<Batch>,
    at context: BlockContext
  ) throws(Rejection) {
    let name = BatchLeafName(batch: batch, leaf: UInt32(opened.proof.leafIndex))
    guard struckReceipt(name) == nil else { throw .dispute(.alreadyCorrected) }
    try strike(
      name, opened, receipt, isEvidenceWrong: false, isWithoutRetrieval: false, right: right,
      at: context)
  }

  private mutating func strike(
    _ name: BatchLeafName, _ opened: OpenedReceipt, _ receipt: Receipt, isEvidenceWrong: Bool,
    isWithoutRetrieval: Bool, right: RightPayouts?, at context: BlockContext
  ) throws(Rejection) {
    guard !isSettled(name), var batch = batch(name.batch),
      batch.openRepairs < .max
    else { throw .dispute(.alreadyCorrected) }
    batch.openRepairs += 1
    set(.batch(name.batch), to: batch)
    let ends = context.parameters.receipts.challengeWindow.end(from: context)
    set(
      .struckReceipt(name),
      to: StruckReceipt(
        channel: opened.leaf.channel, adapter: opened.leaf.adapter, receipt: receipt.digest,
        wrong: RightPayouts(payouts: receipt.payouts, refund: receipt.refund),
        isEvidenceWrong: isEvidenceWrong, isWithoutRetrieval: isWithoutRetrieval, right: right,
        presented: nil, round: 0, ends: ends))
    schedule(.endRepair(name), at: ends)
    emit(.receiptStruck, receipt.digest)
  }

  // MARK: - Presenting

  /// Applies the right receipt in a struck one's place: anyone may prove it wrong for a window.
  ///
  /// - Throws: `batchNotOpen`, `notStruck`, `notOpened`, `presentedWrong`; `payoutsImpossible`;
  ///   `account_insufficient_balance`.
  public mutating func apply(
    _ message: PresentReceipt, in context: BlockContext
  ) throws(Rejection) {
    let name = BatchLeafName(batch: message.batch, leaf: message.leaf)
    guard batch(name.batch)?.status == .open else { throw .dispute(.batchNotOpen) }
    guard var struck = struckReceipt(name), struck.awaitsPresentation else {
      throw .dispute(.notStruck)
    }
    guard struck.receipt == message.wrong.digest else { throw .dispute(.notOpened) }
    guard message.right.repairs(message.wrong, isWithoutRetrieval: struck.isWithoutRetrieval)
    else { throw .dispute(.presentedWrong) }
    let right = RightPayouts(payouts: message.right.payouts, refund: message.right.refund)
    guard let run = run(message.right.run), right.isSorted,
      right.payouts.allSatisfy({ run.mayPay($0.account) }), let total = right.total,
      total == struck.wrong.total
    else { throw .dispute(.payoutsImpossible) }
    let bond = context.parameters.presenterBond(forMoney: total)
    try move(bond, from: .account(context.signer), to: .disputeBonds, for: .disputeBond)
    struck.right = right
    struck.presented = PresentedReceipt(
      presenter: context.signer, bond: bond, receipt: message.right.digest,
      height: context.height)
    reschedule(name, &struck, at: context)
    emit(.receiptPresented, message.right.digest, amount: bond)
  }

  /// Takes the bond of whoever presented a wrong receipt into the pot.
  ///
  /// - Parameter right: what its own evidence gives; nil if that is wrong, and it may be presented anew.
  mutating func disprove(
    _ name: BatchLeafName, right: RightPayouts?, at context: BlockContext
  ) throws(Rejection) {
    guard var struck = struckReceipt(name), let presented = struck.presented else {
      throw .dispute(.notStruck)
    }
    guard struck.right != right else { throw .dispute(.alreadyCorrected) }
    try move(presented.bond, from: .disputeBonds, to: .disputePot, for: .disputeSlash)
    struck.right = right
    if right == nil {
      struck.presented = nil
      struck.round += 1
    } else {
      struck.presented?.bond = .zero
    }
    reschedule(name, &struck, at: context)
  }

  /// Opens one more window for whatever else there is to show.
  private mutating func reschedule(
    _ name: BatchLeafName, _ struck: inout StruckReceipt, at context: BlockContext
  ) {
    unschedule(.endRepair(name), at: struck.ends)
    struck.ends = context.parameters.receipts.challengeWindow.end(from: context)
    set(.struckReceipt(name), to: struck)
    schedule(.endRepair(name), at: struck.ends)
  }

  // MARK: - The end

  /// Corrects a struck receipt to what was shown to be right, or to what uplift gives.
  mutating func endRepair(of name: BatchLeafName, at now: Moment) throws(Rejection) {
    guard var struck = struckReceipt(name), let batch = batch(name.batch),
      let window = parameters?.receipts.challengeWindow
    else { return }
    if batch.status == .open, batch.openDisputes > 0 {
      // A panel may know better; it decides in bounded time.
      struck.ends = window.end(from: now.time, height: now.height)
      set(.struckReceipt(name), to: struck)
      schedule(.endRepair(name), at: struck.ends)
      return
    }
    try dropRepair(name, &struck)
    guard batch.status == .open, let total = struck.wrong.total,
      let run = adapter(struck.adapter).flatMap({ run($0.offer.run) })
    else { return }
    try correct(
      name,
      DisputedPayouts(
        channel: struck.channel, adapter: struck.adapter, wrong: struck.wrong,
        right: struck.right ?? run.payoutsByUplift(of: total)))
  }

  /// Ends a repair because a panel has said what is right; nothing if there is none.
  mutating func overruleRepair(of name: BatchLeafName) throws(Rejection) {
    guard var struck = struckReceipt(name) else { return }
    unschedule(.endRepair(name), at: struck.ends)
    try dropRepair(name, &struck)
  }

  private mutating func dropRepair(
    _ name: BatchLeafName, _ struck: inout StruckReceipt
  ) throws(Rejection) {
    try returnBond(of: &struck)
    set(.struckReceipt(name), to: nil)
    guard var batch = batch(name.batch), batch.openRepairs > 0 else { return }
    batch.openRepairs -= 1
    set(.batch(name.batch), to: batch)
    finaliseIfFree(name.batch)
  }

  private mutating func returnBond(of struck: inout StruckReceipt) throws(Rejection) {
    guard let presented = struck.presented else { return }
    try move(
      presented.bond, from: .disputeBonds, to: .account(presented.presenter),
      for: .disputeBondReturn)
    struck.presented = nil
  }
}

extension LedgerParameters {
  /// What stands behind a presented receipt: as much as behind one that a server settles.
  func presenterBond(forMoney money: Amount) -> Amount {
    let covered = try? money.scaledRoundingUp(
      by: UInt128(Share.whole.partsPerBillion), over: UInt128(receipts.auditRate.partsPerBillion))
    return max(disputes.disputeBond, covered ?? money)
  }
}

extension Receipt {
  /// Whether this differs from a wrong receipt in nothing but what can be put right without an
  /// engine: scores, floor and list, and what follows from them.
  fileprivate func repairs(_ wrong: Receipt, isWithoutRetrieval: Bool) -> Bool {
    var same = wrong
    same.evidence.influence = evidence.influence
    if isWithoutRetrieval { same.evidence.retrieval = nil }
    same.payouts = payouts
    same.refund = refund
    return self == same && evidence.influence.query == wrong.evidence.influence.query
  }
}

extension RunRecord {
  /// What an answer pays of which nothing is known but the run.
  func payoutsByUplift(of pool: Amount) -> RightPayouts {
    guard
      let pay = try? ContributorPay.divide(
        pool, evidence: [], floor: 0, among: PaidGroups(groupUplift), credit: { _ in nil }),
      pay.payouts.count <= Receipt.payoutMaximum
    else { return RightPayouts(payouts: [], refund: pool) }
    return RightPayouts(payouts: pay.payouts.map(Payout.init), refund: pay.refund)
  }
}
