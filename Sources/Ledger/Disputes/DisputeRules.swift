internal import CanonicalCoding
internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Applies the opening of a dispute: takes the bond, and holds what is disputed where it is.
  ///
  /// - Throws: `batchNotOpen`, `windowOver`, `notOpened`, `payoutsImpossible`, `alreadyCorrected`,
  ///   `runNotStanding`, `pieceNotFound`, `alreadyDisputed`; an agent's run's rejections;
  ///   `account_insufficient_balance`.
  public mutating func apply(_ message: OpenDispute, in context: BlockContext) throws(Rejection) {
    let parameters = context.parameters.disputes
    let id = context.newIdentifier(of: Dispute.self)
    let (target, accused) = try check(message.claim, of: id, in: context)
    guard openDispute(about: target) == nil else { throw .dispute(.alreadyDisputed) }
    try move(
      parameters.disputeBond, from: .account(context.signer), to: .disputeBonds,
      for: .disputeBond)
    try hold(target)
    let end = parameters.answerWindow.end(from: context)
    set(
      .dispute(id),
      to: DisputeRecord(
        opener: context.signer, accused: accused, target: target, bond: parameters.disputeBond,
        openedAt: context.height, openerGrounds: message.grounds, accusedGrounds: nil, round: 1,
        phase: .answering(until: end), panel: [], isOperatorFinal: false))
    set(.openDispute(target), to: id)
    schedule(.endDisputeAnswer(id), at: end)
    emit(.disputeOpened, id.digest, amount: parameters.disputeBond)
  }

  /// Applies an answer: the dispute goes to a panel, or ends if the accused gives in and nobody's pay
  /// hangs on what the opener says.
  ///
  /// - Throws: `notFound`, `notAccused`, `wrongPhase`.
  public mutating func apply(
    _ message: AnswerDispute, in context: BlockContext
  ) throws(Rejection) {
    let id = message.dispute
    guard var dispute = dispute(id) else { throw .dispute(.notFound) }
    guard dispute.accused == context.signer else { throw .dispute(.notAccused) }
    guard case .answering(let until) = dispute.phase,
      !until.hasCome(at: context.time, height: context.height)
    else { throw .dispute(.wrongPhase) }
    unschedule(.endDisputeAnswer(id), at: until)
    // Whoever gives in has said nothing for it.
    if !message.concedes { dispute.accusedGrounds = message.grounds }
    emit(.disputeAnswered, id.digest)
    let now = Deadline(time: context.time, height: context.height)
    if message.concedes, !dispute.target.namesShares {
      try close(id, &dispute, now: now, parameters: context.parameters, as: .upheld)
    } else {
      beginDraw(of: id, &dispute, now: now, parameters: context.parameters)
    }
  }

  /// Ends the time to answer: silence upholds the dispute, but for one whose opener says who is rightly
  /// paid: a panel looks at that in any case.
  mutating func endAnswer(of id: Identifier<Dispute>, now: Deadline) throws(Rejection) {
    guard var dispute = dispute(id), case .answering = dispute.phase, let parameters else {
      throw .dispute(.notFound)
    }
    if dispute.target.namesShares {
      beginDraw(of: id, &dispute, now: now, parameters: parameters)
    } else {
      try close(id, &dispute, now: now, parameters: parameters, as: .upheld)
    }
  }

  // MARK: - Claims

  /// Checks what a dispute claims, and returns what it is about and whom it accuses.
  private mutating func check(
    _ claim: DisputeClaim, of id: Identifier<Dispute>, in context: BlockContext
  ) throws(Rejection) -> (DisputeTarget, Identifier<Account>) {
    switch claim {
    case .query(let batch, let opened, let receipt, let right):
      let record = try disputable(batch, opened, in: context)
      let payouts = try disputedPayouts(opened, receipt, right, in: record)
      let leaf = UInt32(opened.proof.leafIndex)
      guard !isSettled(BatchLeafName(batch: batch, leaf: leaf)) else {
        throw .dispute(.alreadyCorrected)
      }
      set(.disputedPayouts(id), to: payouts)
      let digest = SHA256.digest(of: right.canonicalBytes)
      return (.query(batch: batch, leaf: leaf, right: digest), record.server)
    case .answer(let batch, let opened, let before):
      let record = try disputable(batch, opened, in: context)
      let leaf = UInt32(opened.proof.leafIndex)
      guard self.record(.voidReceipt(BatchLeafName(batch: batch, leaf: leaf))) == nil else {
        throw .dispute(.alreadyCorrected)
      }
      guard let part = try BatchJudge(of: batch, in: self)?.part(of: opened, after: before) else {
        throw .dispute(.payoutsImpossible)
      }
      set(.disputedReceipt(id), to: part)
      return (.answer(batch: batch, leaf: leaf), record.server)
    case .run(let run, let piece, let right):
      let record = try disputable(run, piece, in: context)
      guard allows(right, of: record) else { throw .dispute(.payoutsImpossible) }
      switch piece {
      case .row(let index):
        guard index < record.claim.rowCount else { throw .dispute(.pieceNotFound) }
      case .decoyRow(let index):
        guard index < record.claim.decoyCount else { throw .dispute(.pieceNotFound) }
      case .replay, .uplift: break
      }
      set(.disputedShares(id), to: right)
      let digest = SHA256.digest(of: right.canonicalBytes)
      return (.run(run: run, piece: piece, right: digest), record.owner)
    case .action(let name):
      let run = try questionable(name.run, in: context)
      guard name.index < run.receipt.count, let agent = agent(name.run.agent) else {
        throw .dispute(.pieceNotFound)
      }
      return (.action(name), agent.owner)
    }
  }

  /// Returns an open batch in whose window a leaf was opened that stands in its place.
  private func disputable(
    _ id: Identifier<Batch>, _ opened: OpenedReceipt, in context: BlockContext
  ) throws(Rejection) -> BatchRecord {
    let batch = try disputable(id, in: context)
    guard opened.stands(in: batch),
      let draw = batch.draw(ofLeaf: opened.proof.leafIndex)?.record.draw,
      draw.channel == opened.leaf.channel, draw.adapter == opened.leaf.adapter
    else { throw .dispute(.notOpened) }
    return batch
  }

  /// Returns an open batch in its challenge window.
  func disputable(
    _ id: Identifier<Batch>, in context: BlockContext
  ) throws(Rejection) -> BatchRecord {
    guard let batch = batch(id), batch.status == .open else { throw .dispute(.batchNotOpen) }
    guard !batch.windowEnds.hasCome(at: context.time, height: context.height) else {
      throw .dispute(.windowOver)
    }
    return batch
  }

  /// Returns a run in its challenge window.
  func disputable(
    _ id: Identifier<Run>, in context: BlockContext
  ) throws(Rejection) -> RunRecord {
    guard let run = run(id), stands(id) else { throw .dispute(.runNotStanding) }
    guard !run.challengeEnds.hasCome(at: context.time, height: context.height) else {
      throw .dispute(.windowOver)
    }
    return run
  }

  /// Returns a run a piece of which can be disputed: uplift until its contributors' money is
  /// released, as what measures it is not known before; all else in its challenge window.
  private func disputable(
    _ id: Identifier<Run>, _ piece: RunPiece, in context: BlockContext
  ) throws(Rejection) -> RunRecord {
    guard piece == .uplift else { return try disputable(id, in: context) }
    guard let run = run(id), stands(id) else { throw .dispute(.runNotStanding) }
    guard run.isChallenged(in: self, at: Moment(context)) else { throw .dispute(.windowOver) }
    return run
  }

  /// Checks that other payouts of a receipt are possible, and returns them beside its own.
  private func disputedPayouts(
    _ opened: OpenedReceipt, _ receipt: Receipt, _ right: RightPayouts, in batch: BatchRecord
  ) throws(Rejection) -> DisputedPayouts {
    let leaf = opened.leaf
    let wrong = RightPayouts(payouts: receipt.payouts, refund: receipt.refund)
    guard leaf.receipt == receipt.digest, leaf.refund == receipt.refund,
      wrong.isSorted, wrong.paid == leaf.payouts
    else { throw .dispute(.notOpened) }
    guard let run = adapter(leaf.adapter).flatMap({ run($0.offer.run) }), right != wrong,
      right.isSorted, right.payouts.allSatisfy({ run.mayPay($0.account) }),
      let total = right.total, total == wrong.total
    else { throw .dispute(.payoutsImpossible) }
    return DisputedPayouts(
      channel: leaf.channel, adapter: leaf.adapter, wrong: wrong, right: right)
  }
}

extension RightPayouts {
  /// Whether the payouts are positive and strictly sorted by account.
  var isSorted: Bool {
    payouts.isStrictlySorted(by: { $0.account }) && payouts.allSatisfy { $0.amount > .zero }
  }

  /// What contributors get; nil if it overflows.
  var paid: Amount? {
    var sum = Amount.zero
    for payout in payouts {
      guard let next = try? sum.adding(payout.amount) else { return nil }
      sum = next
    }
    return sum
  }

  /// With the refund; nil if it overflows.
  var total: Amount? { paid.flatMap { try? $0.adding(refund) } }
}

extension Window {
  /// The deadline of a window that opens at a moment.
  func end(after moment: Deadline) -> Deadline {
    Deadline(
      time: BlockTime(milliseconds: moment.time.milliseconds + milliseconds),
      height: Height(moment.height.number + blocks))
  }
}
