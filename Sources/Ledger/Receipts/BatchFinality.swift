internal import Primitives

extension LedgerState {
  /// Hands out a batch's money, unless it was voided or is disputed.
  ///
  /// The parts of many answers' fees are divided together, so that rounding happens once.
  mutating func finalise(_ id: Identifier<Batch>, at now: Moment) throws(Rejection) {
    guard var batch = batch(id), batch.isFree else { return }
    try move(
      balance(of: .batchEscrow(id)), from: .batchEscrow(id), to: .feePool, for: .answerFee)
    for record in batch.draws {
      try pay(record.openRefund, to: purse(of: record.draw.channel), for: .answerRefund)
    }
    for adapter in Set(batch.draws.map(\.draw.adapter)).sorted() {
      try handOut(batch.draws.filter { $0.draw.adapter == adapter }, of: adapter, in: batch, id)
      openClaims(on: BatchAdapterName(batch: id, adapter: adapter), at: now)
    }
    end(&batch, as: .final, id)
    emit(.batchFinal, id.digest)
  }

  private mutating func handOut(
    _ draws: [DrawRecord], of adapter: Identifier<Adapter>, in batch: BatchRecord,
    _ id: Identifier<Batch>
  ) throws(Rejection) {
    guard let offer = offer(of: adapter), let parts = try? batch.parts(of: draws) else {
      preconditionFailure("a batch was settled for adapters on the ledger and totals that fit")
    }
    let unstakedOwner = try handOut(parts, of: adapter, offer, server: batch.server)
    try meter(
      parts, of: draws, adapter: adapter, offer, server: batch.server,
      unstakedOwner: unstakedOwner)
    countIncome(of: draws, adapter: adapter, in: id, owner: offer.adapter.owner)
    let run = offer.adapter.offer.run
    for record in draws {
      let part = record.draw.payouts.lowered(by: record.correctedPayouts)
      try pay(part, to: .contributorEscrow(run), for: .contributorsPart)
      try divideIfRepaired(part, of: run)
    }
  }

  /// Counts one more open dispute: the batch does not become final while there is one.
  mutating func freeze(_ id: Identifier<Batch>) {
    guard var batch = batch(id), batch.openDisputes < .max else { return }
    batch.openDisputes += 1
    set(.batch(id), to: batch)
  }

  /// Counts one open dispute less; after the last, a batch whose window is over becomes final at
  /// the end of the block.
  mutating func thaw(_ id: Identifier<Batch>) {
    guard var batch = batch(id), batch.openDisputes > 0 else { return }
    batch.openDisputes -= 1
    set(.batch(id), to: batch)
    finaliseIfFree(id)
  }

  /// Lets a batch that nothing holds any more become final once its window is over.
  mutating func finaliseIfFree(_ id: Identifier<Batch>) {
    guard let batch = batch(id), batch.isFree else { return }
    schedule(.finaliseBatch(id), at: batch.windowEnds)
  }

  /// Opens one more window the first time that something of a batch is proved wrong, so that all
  /// else can be shown too.
  mutating func noteProof(about id: Identifier<Batch>, at context: BlockContext) {
    guard var batch = batch(id), batch.status == .open, !batch.isProvedWrong else { return }
    unschedule(.finaliseBatch(id), at: batch.windowEnds)
    batch.isProvedWrong = true
    batch.windowEnds = batch.windowEnds.later(
      context.parameters.receipts.challengeWindow.end(from: context))
    set(.batch(id), to: batch)
    finaliseIfFree(id)
  }

  /// Ends an open batch that was proved wrong in a way that can't be put right: everything returns to
  /// the channels, and contributors are paid out of the server's bond.
  ///
  /// The orders' numbers stay used. Slashing the server's bond is the dispute's part.
  mutating func void(_ id: Identifier<Batch>) throws(Rejection) {
    guard var batch = batch(id), batch.status == .open else { throw .receipt(.batchNotOpen) }
    for record in batch.draws {
      let rest = min(Amount(baseUnits: record.money), record.draw.fee.lowered(by: record.void.fee))
      try move(
        rest, from: .batchEscrow(id), to: purse(of: record.draw.channel), for: .batchReturn)
    }
    // What the server put in for void receipts pays contributors now as its bond does.
    try move(
      balance(of: .batchEscrow(id)), from: .batchEscrow(id), to: .serverBond(batch.server),
      for: .receiptBackingReturn)
    try compensateContributors(of: batch.draws, in: batch, id)
    for adapter in Set(batch.draws.map(\.draw.adapter)).sorted() {
      set(.openOutcomes(BatchAdapterName(batch: id, adapter: adapter)), to: nil)
      // The next block's end removes them, with what corrections left.
      schedule(
        .forgetClaims(BatchAdapterName(batch: id, adapter: adapter)), at: batch.windowEnds)
    }
    end(&batch, as: .voided, id)
    emit(.batchVoided, id.digest)
  }

  private mutating func end(
    _ batch: inout BatchRecord, as status: BatchStatus, _ id: Identifier<Batch>
  ) {
    let part = batch.draws.reduce(UInt128(0)) {
      $0 + $1.draw.payouts.baseUnits + $1.draw.refund.baseUnits
    }
    let rest = openContributorMoney(of: batch.server).lowered(by: Amount(baseUnits: part))
    set(.openContributorMoney(batch.server), to: rest == .zero ? nil : rest)
    batch.status = status
    batch.draws = []
    set(.batch(id), to: batch)
  }
}

extension BatchRecord {
  /// Whether nothing but its window keeps it from becoming final.
  var isFree: Bool { status == .open && openDisputes == 0 && openRepairs == 0 }

  /// The parts of some draws' fees together; exact, as the contributors' part is given.
  /// - Throws: ``ArithmeticError`` for totals that no receipts have.
  func parts(of draws: [DrawRecord]) throws(ArithmeticError) -> FeeParts {
    // Void receipts have no part in it.
    let draws = draws.compactMap(\.standing)
    var fee = Amount.zero
    var contributors = Amount.zero
    var count: UInt128 = 0
    for draw in draws {
      fee = try fee.adding(draw.fee)
      contributors = try contributors.adding(draw.payouts).adding(draw.refund)
      count += UInt128(draw.receiptCount)
    }
    let platformFee = Amount(baseUnits: terms.platformFee.baseUnits * count)
    return try terms.split.parts(of: fee, platformFee: platformFee, contributors: contributors)
  }
}

extension FeeSplit {
  /// Divides a fee whose platform fee and contributors' part are given: the rest by the other
  /// shares.
  func parts(
    of fee: Amount, platformFee: Amount, contributors: Amount
  ) throws(ArithmeticError) -> FeeParts {
    let rest = try fee.subtracting(platformFee).subtracting(contributors)
    let parts = try splitByLargestRemainder(
      rest, weights: shares.dropLast().map { UInt128($0.partsPerBillion) })
    return FeeParts(
      fee: fee, platformFee: platformFee, treasury: parts[0], validators: parts[1],
      baseModel: parts[2], adapterOwner: parts[3], server: parts[4], adapterStakers: parts[5],
      contributors: contributors)
  }
}

extension Amount {
  /// The difference of amounts of which the second is a part of the first.
  func lowered(by part: Amount) -> Amount {
    guard let rest = try? subtracting(part) else {
      preconditionFailure("a part is no more than its whole")
    }
    return rest
  }
}

extension StateReader {
  /// The movements of money that a batch's finality takes, about.
  func workOfFinality(of id: Identifier<Batch>) -> Int {
    guard let batch = batch(id) else { return 1 }
    return Set(batch.draws.map(\.draw.adapter)).reduce(2 * batch.draws.count) { work, id in
      work + 6 + Int(adapter(id)?.lineage ?? 1)
    }
  }
}
