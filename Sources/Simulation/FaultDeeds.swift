internal import AttributionRules
internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let faultDeeds: [Deed] = [
    Deed(12) { $0.proveBatchFault() },
    Deed(8) { $0.proveIndexFault() },
    Deed(8) { $0.presentReceipt() },
    Deed(6) { $0.disprovePresented() },
    Deed(10) { $0.demandData() },
    Deed(14) { $0.serveData() },
  ]
}

// MARK: - Faults that one transaction proves
extension World {
  fileprivate mutating func proveBatchFault() -> Intent? {
    let state = state
    guard
      let known = pick(batches, where: { $0.isSuspect && state.batch($0.id)?.status == .open }),
      let evidence = evidence(against: known)
    else { return nil }
    let message = ProveBatchFault(batch: name(known.id), evidence: evidence)
    return Intent(anyone(), .proveBatchFault(message))
  }

  /// What shows a fault in a batch; of the careless, anything about it.
  private mutating func evidence(against known: KnownBatch) -> FaultEvidence? {
    guard let batch = state.batch(known.id) else { return nil }
    let judge = BatchJudge(of: known.id, in: state)
    let arithmetic = known.contents.allEvidence
    if isCareless, chance(1, in: 2) {
      return pick(arithmetic).map { known.contents.proof($0, in: batch) }
    }
    // A document may lie too, and some look there first.
    if chance(1, in: 2), let shown = arithmetic.first(where: { judge?.fault(shownBy: $0) != nil }) {
      return known.contents.proof(shown, in: batch)
    }
    for place in known.contents.receipts.indices {
      guard let receipt = known.receipt(ofLeaf: place) else { continue }
      let opened = known.opened(place)
      if let index = runs.first(where: { $0.id == receipt.run }) {
        if let shown = scoreFault(in: receipt, index) {
          return .scores(opened: opened, receipt: receipt, evidence: shown)
        }
        if let shown = passageFault(in: receipt, index) {
          return .retrieval(opened: opened, receipt: receipt, evidence: shown)
        }
        if isCareless || chance(2, in: 3), let rows = rows(listedBy: receipt, index) {
          let isHonest = honestPayouts(of: receipt, index) == receipt.payouts
          let shown = isCareless && chance(1, in: 3) ? Array(rows.dropLast()) : rows
          if !isHonest || isCareless, let passages = self.rows(retrievedFor: receipt, index) {
            return .payouts(opened: opened, receipt: receipt, rows: shown, passages: passages)
          }
        }
      }
      if isCareless, let part = known.contents.amounts.first, !part.leaves.isEmpty {
        let payee = part.leaves[below(part.leaves.count)].payee
        return .amount(
          opened: opened, receipt: receipt,
          shown: part.evidence(of: payee, receipt: UInt32(place), in: part.tree))
      }
    }
    return documentFault(in: known)
  }

  /// Leaves that pay somebody something else than a receipt says.
  private mutating func documentFault(in known: KnownBatch) -> FaultEvidence? {
    for part in known.contents.amounts {
      for leaf in random.shuffled(part.leaves) {
        let index = Int(leaf.receipt)
        guard known.contents.receipts.indices.contains(index),
          let receipt = known.receipt(ofLeaf: index),
          receipt.payouts.first(where: { $0.account == leaf.payee })?.amount != leaf.amount
        else { continue }
        return .amount(
          opened: known.opened(index), receipt: receipt,
          shown: part.evidence(of: leaf.payee, receipt: leaf.receipt, in: part.tree))
      }
    }
    return nil
  }

  // MARK: - What stands in a wrong receipt's place

  /// Presents a right receipt; of the careless, and some liars, a wrong one.
  fileprivate mutating func presentReceipt() -> Intent? {
    let state = state
    func places(_ known: KnownBatch) -> [Int] {
      known.contents.receipts.indices.filter {
        state.struckReceipt(BatchLeafName(batch: known.id, leaf: UInt32($0)))?.awaitsPresentation
          == true
      }
    }
    guard let known = pick(batches, where: { !places($0).isEmpty }),
      let place = isCareless ? pick(Array(known.contents.receipts.indices)) : pick(places(known)),
      let wrong = known.receipt(ofLeaf: place),
      let index = runs.first(where: { $0.id == wrong.run })?.index
    else { return nil }
    let name = BatchLeafName(batch: known.id, leaf: UInt32(place))
    var right = wrong
    if state.struckReceipt(name)?.isWithoutRetrieval == true { right.evidence.retrieval = nil }
    if wrong.evidence.influence.query.values.count == index.dimension, chance(3, in: 4) {
      right.evidence.influence = index.evidence(for: wrong.evidence.influence.query)
    }
    let pool = wrong.payouts.reduce(wrong.refund) { $0.plus($1.amount) }
    guard
      let pay = try? state.run(wrong.run)?.contributorPay(
        of: pool, evidence: right.evidence, index: index)
    else { return nil }
    right.payouts = pay.payouts.map(Payout.init)
    right.refund = pay.refund
    if chance(1, in: 6), let last = right.payouts.popLast() {
      right.refund = right.refund.plus(last.amount)
    }
    if isCareless, chance(1, in: 4) { right.tokensOut += 1 }
    return Intent(
      anyone(),
      .presentReceipt(
        PresentReceipt(
          batch: name.batch, leaf: name.leaf, wrong: wrong, right: right)))
  }

  /// Proves a receipt wrong that was presented in another's place.
  fileprivate mutating func disprovePresented() -> Intent? {
    let state = state
    let stands: (PresentReceipt) -> Bool = { message in
      let name = BatchLeafName(batch: message.batch, leaf: message.leaf)
      return state.struckReceipt(name)?.presented?.receipt == message.right.digest
        && state.batch(message.batch)?.status == .open
    }
    guard let message = pick(presentations, where: stands),
      let known = batches.first(where: { $0.id == message.batch }),
      let index = runs.first(where: { $0.id == message.right.run })
    else { return nil }
    let (opened, receipt) = (known.opened(Int(message.leaf)), message.right)
    let evidence: FaultEvidence
    if let shown = scoreFault(in: receipt, index) {
      evidence = .scores(opened: opened, receipt: receipt, evidence: shown)
    } else if let rows = rows(listedBy: receipt, index),
      let passages = self.rows(retrievedFor: receipt, index),
      isCareless || honestPayouts(of: receipt, index) != receipt.payouts
    {
      evidence = .payouts(opened: opened, receipt: receipt, rows: rows, passages: passages)
    } else {
      return nil
    }
    return Intent(
      anyone(),
      .proveBatchFault(ProveBatchFault(batch: message.batch, evidence: evidence)))
  }

  private func honestPayouts(of receipt: Receipt, _ known: KnownRun) -> [Payout]? {
    let pool = receipt.payouts.reduce(receipt.refund) { $0.plus($1.amount) }
    return try? state.run(known.id)?.contributorPay(
      of: pool, evidence: receipt.evidence, index: known.index
    ).payouts.map(Payout.init)
  }

  private func rows(listedBy receipt: Receipt, _ known: KnownRun) -> [OpenedRecord]? {
    var rows: [OpenedRecord] = []
    for listed in receipt.evidence.influence.records {
      guard let place = known.rows.firstIndex(where: { $0.name == listed.name }) else {
        return nil
      }
      rows.append(known.opened(place))
    }
    return rows
  }

  private func rows(retrievedFor receipt: Receipt, _ known: KnownRun) -> [OpenedRecord]? {
    var rows: [OpenedRecord] = []
    for passage in receipt.evidence.retrieval?.passages ?? [] {
      guard let row = known.row(of: passage.record) else { return nil }
      rows.append(row)
    }
    return rows
  }

  private func passageFault(in receipt: Receipt, _ known: KnownRun) -> PassageEvidence? {
    guard let retrieval = receipt.evidence.retrieval, let claim = state.run(known.id)?.claim else {
      return nil
    }
    let rows = known.rows.indices.map { known.opened($0) }
    let decoys = known.decoys.indices.map { known.opened($0, ofDecoys: true) }
    var candidates = [PassageEvidence.itself]
    let opened = retrieval.passages.compactMap { known.row(of: $0.record) }
    candidates += zip(opened, opened.dropFirst()).map { .disordered(first: $0, second: $1) }
    candidates += retrieval.passages.map {
      let name = RowName(record: $0.record, chunk: 0)
      return .absent(
        record: $0.record, records: known.gap(for: name, among: rows),
        decoys: known.gap(for: name, among: decoys))
    }
    let state = state
    return candidates.first {
      retrieval.fault(shownBy: $0, index: claim.index) {
        state.contribution(Identifier($0))?.priority
      } != nil
    }
  }

  private func scoreFault(in receipt: Receipt, _ known: KnownRun) -> ScoreEvidence? {
    let claimed = receipt.evidence.influence
    let honest = known.index.evidence(for: claimed.query)
    guard honest != claimed, let claim = state.run(known.id)?.claim else { return nil }
    let rows = known.rows.indices.map { known.opened($0) }
    var candidates = [ScoreEvidence.itself] + rows.flatMap { [.score($0), .omitted($0)] }
    candidates += known.decoys.indices.map { .decoy(known.opened($0, ofDecoys: true)) }
    candidates += claimed.records.map {
      .absent(row: $0.name, gap: known.gap(for: $0.name, among: rows))
    }
    return candidates.first { claimed.fault(shownBy: $0, index: claim.index) != nil }
  }

  fileprivate mutating func proveIndexFault() -> Intent? {
    let state = state
    let isUnsorted: (KnownRun) -> Bool = { run in
      (run.rows != run.index.records || run.decoys != run.index.decoys)
        && state.standing(of: run.id)?.settles == true
    }
    guard let known = pick(runs, where: isUnsorted) else { return nil }
    let ofDecoys = isCareless ? chance(1, in: 2) : known.decoys != known.index.decoys
    let list = ofDecoys ? known.decoys : known.rows
    let found = list.indices.dropLast().first { !list[$0].mayPrecede(list[$0 + 1]) }
    let place = isCareless ? below(list.count - 1) : found ?? 0
    let message = ProveIndexFault(
      run: name(known.id), ofDecoys: ofDecoys, first: known.opened(place, ofDecoys: ofDecoys),
      second: known.opened(
        isCareless && chance(1, in: 4) ? 0 : place + 1, ofDecoys: ofDecoys))
    return Intent(anyone(), .proveIndexFault(message))
  }
}

// MARK: - Data demanded in the open
extension World {
  fileprivate mutating func demandData() -> Intent? {
    guard mayMake(.demandData, every: 25), let piece = demandablePiece() else { return nil }
    guard case .receipt(let batch, let index) = piece,
      let known = batches.first(where: { $0.id == batch }),
      known.contents.orders.indices.contains(Int(index))
    else { return Intent(anyone(), .demandData(DemandData(piece: piece))) }
    let order = known.contents.orders[Int(index)]
    guard !order.order.isPublic else {
      return Intent(
        anyone(),
        .demandData(
          DemandData(
            piece: piece, order: OpenedOrder(opened: known.opened(Int(index)), order: order))))
    }
    let auditors = state.auditDraw(of: batch)?.auditors(ofReceipt: index) ?? []
    guard let auditor = actors.first(where: { auditors.contains($0.account) }) else {
      // Refused, unless it is the payer who asks.
      return isCareless ? Intent(anyone(), .demandData(DemandData(piece: piece))) : nil
    }
    return Intent(auditor.account, .demandData(DemandData(piece: piece)))
  }

  private mutating func demandablePiece() -> DataPiece? {
    let (state, time, height) = (state, now, Height(chain.height + 1))
    if chance(1, in: 2) {
      guard let known = pick(batches, where: { state.batch($0.id)?.status == .open }) else {
        return nil
      }
      let part = pick(known.contents.amounts)
      if let part, !part.leaves.isEmpty, chance(1, in: 2) {
        return .amount(
          tree: BatchAdapterName(batch: known.id, adapter: part.adapter),
          index: UInt32(below(part.leaves.count + (isCareless ? 1 : 0))))
      }
      return .receipt(
        batch: name(known.id),
        index: UInt32(below(known.contents.receipts.count + (isCareless ? 1 : 0))))
    }
    let isOpen: (KnownRun) -> Bool = { run in
      guard let record = state.run(run.id), state.standing(of: run.id)?.settles == true else {
        return false
      }
      return !record.challengeEnds.hasCome(at: time, height: height)
    }
    guard let run = pick(runs, where: isOpen) else { return nil }
    return chance(1, in: 2)
      ? .row(run: name(run.id), index: UInt32(below(run.rows.count)))
      : .decoy(run: name(run.id), index: UInt32(below(run.decoys.count)))
  }

  fileprivate mutating func serveData() -> Intent? {
    let state = state
    guard let piece = pick(dataDemands, where: { state.dataDemand($0) != nil }),
      let data = served(isCareless && chance(1, in: 3) ? pick(dataDemands) ?? piece : piece)
    else { return nil }
    // One in three is never served: what is demanded decides.
    guard piece.canonicalBytes[5] % 3 > 0 || isCareless else { return nil }
    return Intent(anyone(), .serveData(ServeData(piece: piece, data: data)))
  }

  private func served(_ piece: DataPiece) -> ServedData? {
    switch piece {
    case .receipt(let batch, let index):
      guard let known = batches.first(where: { $0.id == batch }),
        known.contents.receipts.indices.contains(Int(index)),
        let receipt = known.receipt(ofLeaf: Int(index))
      else { return nil }
      return .receipt(opened: known.opened(Int(index)), receipt: receipt)
    case .amount(let name, let index):
      guard let known = batches.first(where: { $0.id == name.batch }),
        let part = known.contents.amounts.first(where: { $0.adapter == name.adapter }),
        part.leaves.indices.contains(Int(index))
      else { return nil }
      return .amount(
        OpenedAmount(leaf: part.leaves[Int(index)], proof: part.tree.proof(ofLeaf: Int(index))))
    case .row(let run, let index):
      return runs.first { $0.id == run }.map { .row($0.opened(Int(index))) }
    case .decoy(let run, let index):
      return runs.first { $0.id == run }.map { .row($0.opened(Int(index), ofDecoys: true)) }
    }
  }
}
