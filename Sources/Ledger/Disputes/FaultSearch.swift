public import AttributionRules
internal import CanonicalCoding
internal import Cryptography
public import Primitives

/// Looks for what is wrong with a batch, and for what to open to have the ledger say so.
///
/// Levels 1 and 2 of disputes: everything that integers decide, as long as the batch is open. And it
/// gives the right receipt in the place of one whose evidence was proved wrong.
public struct FaultSearch: Sendable {
  /// What to send, and what it shows by the name of the rule that is broken.
  public struct Finding: Hashable, Sendable {
    public let code: String
    public let message: Message
  }

  /// A run's index with its rows' trees, made once for all receipts of it.
  public struct Rows: Sendable {
    public let index: InfluenceIndex
    fileprivate let records: MerkleTree
    fileprivate let decoys: MerkleTree

    /// Cost: hashes every row.
    public init(_ index: InfluenceIndex) {
      self.index = index
      records = MerkleTree(leaves: index.records.map(\.canonicalBytes))
      decoys = MerkleTree(leaves: index.decoys.map(\.canonicalBytes))
    }
  }

  let judge: BatchJudge
  private let contents: BatchContents
  private let opened: [OpenedReceipt]
  /// Of each adapter's amounts.
  private let trees: [MerkleTree]

  /// Nil if the batch is not open, or the contents are not what it commits to.
  /// - Parameter state: holds at least the batch, its amounts, and the channels, adapters and runs
  ///   that it names.
  public init?(
    batch: Identifier<Batch>, contents: BatchContents, state: any StateReader
  ) {
    let tree = contents.receiptsTree
    guard let judge = BatchJudge(of: batch, in: state), tree.root == judge.batch.receiptsRoot
    else { return nil }
    self.judge = judge
    self.contents = contents
    trees = contents.amounts.map(\.tree)
    opened = contents.receipts.indices.map {
      OpenedReceipt(leaf: contents.receipts[$0], proof: tree.proof(ofLeaf: $0))
    }
  }

  /// The first fault of leaves, sums and orders.
  ///
  /// What the ledger knows already is left out, and what documents put right once anything of the
  /// batch is proved.
  ///
  /// Cost: that of `BatchContents.allEvidence`, and a signature check a receipt.
  public func faultOfContents() -> Finding? {
    for evidence in contents.allEvidence {
      if let found = finding(evidence) { return found }
    }
    return nil
  }

  /// What to do next about one receipt, given what its leaf names.
  ///
  /// Together it makes the batch pay what is right. What the ledger knows already is left out.
  ///
  /// - Parameters:
  ///   - place: of its leaf.
  ///   - rows: of its run, whose record on the ledger commits to them.
  ///   - presented: what stands in its place, if the ledger knows of one.
  ///   - texts: by which its spans are judged; nil leaves most of them unjudged.
  /// - Complexity: O(rows · dimensions).
  public func findings(
    of receipt: Receipt, at place: Int, rows: Rows, presented: Receipt? = nil,
    texts: SpanTexts? = nil
  ) -> [Finding] {
    let opened = opened[place]
    let name = BatchLeafName(batch: judge.id, leaf: UInt32(place))
    guard opened.leaf.receipt == receipt.digest else { return [] }
    let document = BatchEvidence.document(opened: opened, receipt: receipt)
    if let found = finding(document) { return [found] }
    // What needs no repair of the receipt: amounts are put right by themselves, spans move no money.
    // A document that is not its leaf's says nothing of amounts.
    var apart =
      judge.fault(shownBy: document) == nil ? amountFaults(of: receipt, opened) : []
    if judge.state.record(.struckSpans(name)) == nil,
      let fault = spanFault(of: receipt, opened, rows, texts)
    {
      apart.append(fault)
    }
    guard !judge.state.isSettled(name) else { return apart }
    let struck = judge.state.struckReceipt(name)
    var ofEvidence: [Finding] = []
    if struck?.isEvidenceWrong != true, let fault = scoreFault(of: receipt, opened, rows) {
      ofEvidence.append(fault)
    }
    if struck?.isWithoutRetrieval != true, let fault = passageFault(of: receipt, opened, rows) {
      ofEvidence.append(fault)
    }
    guard ofEvidence.isEmpty else { return apart + ofEvidence }
    guard let struck else {
      return apart + [payoutFault(of: receipt, opened, rows)].compactMap { $0 }
    }
    if let presented, struck.presented?.receipt == presented.digest {
      let faults = [
        scoreFault(of: presented, opened, rows), payoutFault(of: presented, opened, rows),
      ]
      return apart + faults.compactMap { $0 }.prefix(1)
    }
    return apart + [presentation(for: receipt, struck, name, rows)].compactMap { $0 }
  }

  /// What to present in the place of a receipt whose evidence is wrong; nil if nothing can be.
  private func presentation(
    for receipt: Receipt, _ struck: StruckReceipt, _ name: BatchLeafName, _ rows: Rows
  ) -> Finding? {
    let query = receipt.evidence.influence.query
    guard struck.awaitsPresentation, query.values.count == rows.index.dimension,
      let run = judge.state.run(receipt.run), let pool = struck.wrong.total
    else { return nil }
    var right = receipt
    right.evidence.influence = rows.index.evidence(for: query)
    if struck.isWithoutRetrieval { right.evidence.retrieval = nil }
    guard
      let pay = try? run.contributorPay(of: pool, evidence: right.evidence, index: rows.index)
    else { return nil }
    right.payouts = pay.payouts.map(Payout.init)
    right.refund = pay.refund
    return Finding(
      code: "receipt_struck",
      message: .presentReceipt(
        PresentReceipt(batch: name.batch, leaf: name.leaf, wrong: receipt, right: right)))
  }

  /// What evidence shows of leaves, orders and documents that the ledger does not know yet.
  private func finding(_ evidence: BatchEvidence) -> Finding? {
    guard let fault = judge.fault(shownBy: evidence), !judge.isKnown(fault, shownBy: evidence)
    else { return nil }
    return finding(fault.rawValue, contents.proof(evidence, in: judge.batch))
  }

  func finding(_ code: String, _ evidence: FaultEvidence) -> Finding {
    Finding(
      code: code, message: .proveBatchFault(ProveBatchFault(batch: judge.id, evidence: evidence)))
  }

  /// Every payee that leaves pay another amount of the receipt than its document says.
  private func amountFaults(of receipt: Receipt, _ opened: OpenedReceipt) -> [Finding] {
    let leaf = UInt32(opened.proof.leafIndex)
    guard let place = contents.amounts.firstIndex(where: { $0.adapter == opened.leaf.adapter })
    else { return [] }
    let part = contents.amounts[place]
    let named = receipt.payouts.map(\.account)
    let others = part.leaves.filter { $0.receipt == leaf && !named.contains($0.payee) }
    return (named + others.map(\.payee)).compactMap { payee in
      let shown = part.evidence(of: payee, receipt: leaf, in: trees[place])
      let right = receipt.payouts.first { $0.account == payee }?.amount ?? .zero
      let start = shown.before?.leaf.sum ?? .zero
      guard (try? start.adding(right)) != shown.leaf?.leaf.sum ?? start else { return nil }
      let name = BatchPayoutName(
        batch: judge.id, adapter: part.adapter, payee: payee, receipt: leaf)
      guard judge.state.record(.correctedAmount(name)) == nil else { return nil }
      return finding(
        "batch_amount_differs", .amount(opened: opened, receipt: receipt, shown: shown))
    }
  }

  // MARK: - Influence

  private func scoreFault(
    of receipt: Receipt, _ opened: OpenedReceipt, _ rows: Rows
  ) -> Finding? {
    guard let run = judge.state.run(receipt.run) else { return nil }
    let influence = receipt.evidence.influence
    for evidence in candidates(of: influence, rows) {
      if let fault = influence.fault(shownBy: evidence, index: run.claim.index) {
        return finding(
          fault.rawValue, .scores(opened: opened, receipt: receipt, evidence: evidence))
      }
    }
    return nil
  }

  /// Whatever could show influence evidence to be wrong, of what differs from honest evidence.
  private func candidates(of claimed: InfluenceEvidence, _ rows: Rows) -> [ScoreEvidence] {
    let index = rows.index
    var candidates: [ScoreEvidence] = [.itself]
    guard claimed.query.values.count == index.dimension else {
      // Every row shows it.
      return candidates + index.records.indices.prefix(1).map { .omitted(rows.record(at: $0)) }
    }
    for (place, decoy) in index.decoys.enumerated()
    where !claimed.decoyScores.indices.contains(place)
      || claimed.decoyScores[place] != decoy.row.score(claimed.query)
    { candidates.append(.decoy(rows.decoy(at: place))) }
    for listed in claimed.records {
      let place = index.records.firstPlace(notBefore: listed.name)
      if index.records.indices.contains(place), index.records[place].name == listed.name {
        guard index.records[place].row.score(claimed.query) != listed.score else { continue }
        candidates.append(.score(rows.record(at: place)))
      } else {
        candidates.append(.absent(row: listed.name, gap: rows.recordGap(before: place)))
      }
    }
    let listed = Set(claimed.records.map(\.name))
    for (place, record) in index.records.enumerated()
    where !listed.contains(record.name) && record.row.score(claimed.query) > claimed.floor {
      candidates.append(.omitted(rows.record(at: place)))
    }
    return candidates
  }

  // MARK: - Retrieval

  private func passageFault(
    of receipt: Receipt, _ opened: OpenedReceipt, _ rows: Rows
  ) -> Finding? {
    guard let run = judge.state.run(receipt.run), let retrieval = receipt.evidence.retrieval
    else { return nil }
    for evidence in candidates(of: retrieval, rows) {
      if let fault = retrieval.fault(
        shownBy: evidence, index: run.claim.index, place: judge.state.commitPriority(ofGroup:))
      {
        return finding(
          fault.rawValue, .retrieval(opened: opened, receipt: receipt, evidence: evidence))
      }
    }
    return nil
  }

  private func candidates(of claimed: RetrievalEvidence, _ rows: Rows) -> [PassageEvidence] {
    let passages = claimed.passages.map { rows.row(of: $0.record) }
    let absent = zip(claimed.passages, passages).filter { $0.1 == nil }.map { passage, _ in
      let name = RowName(record: passage.record, chunk: 0)
      return PassageEvidence.absent(
        record: passage.record,
        records: rows.recordGap(before: rows.index.records.firstPlace(notBefore: name)),
        decoys: rows.decoyGap(before: rows.index.decoys.firstPlace(notBefore: name)))
    }
    let found = passages.compactMap { $0 }
    return [.itself] + absent
      + zip(found, found.dropFirst()).map { .disordered(first: $0, second: $1) }
  }

  // MARK: - Payouts

  private func payoutFault(
    of receipt: Receipt, _ opened: OpenedReceipt, _ rows: Rows
  ) -> Finding? {
    guard let run = judge.state.run(receipt.run) else { return nil }
    let claimed = RightPayouts(payouts: receipt.payouts, refund: receipt.refund)
    guard let pool = claimed.total,
      let pay = try? run.contributorPay(
        of: pool, evidence: receipt.evidence, index: rows.index),
      RightPayouts(payouts: pay.payouts.map(Payout.init), refund: pay.refund) != claimed
    else { return nil }
    let listed = receipt.evidence.influence.records.map {
      rows.record(at: rows.index.records.firstPlace(notBefore: $0.name))
    }
    let passages = (receipt.evidence.retrieval?.passages ?? []).compactMap {
      rows.row(of: $0.record)
    }
    return finding(
      "receipt_payout_wrong",
      .payouts(opened: opened, receipt: receipt, rows: listed, passages: passages))
  }
}

extension FaultSearch.Rows {
  fileprivate func record(at place: Int) -> OpenedRecord {
    OpenedRecord(record: index.records[place], proof: records.proof(ofLeaf: place))
  }

  fileprivate func decoy(at place: Int) -> OpenedRecord {
    OpenedRecord(record: index.decoys[place], proof: decoys.proof(ofLeaf: place))
  }

  /// A record's first row, or a decoy's; nil if it is neither.
  func row(of record: Digest) -> OpenedRecord? {
    let name = RowName(record: record, chunk: 0)
    let place = index.records.firstPlace(notBefore: name)
    if place < index.records.count, index.records[place].record == record {
      return self.record(at: place)
    }
    let decoy = index.decoys.firstPlace(notBefore: name)
    return decoy < index.decoys.count && index.decoys[decoy].record == record
      ? self.decoy(at: decoy) : nil
  }

  func recordGap(before place: Int) -> RowGap {
    RowGap(
      before: place > 0 ? record(at: place - 1) : nil,
      after: place < index.records.count ? record(at: place) : nil)
  }

  func decoyGap(before place: Int) -> RowGap {
    RowGap(
      before: place > 0 ? decoy(at: place - 1) : nil,
      after: place < index.decoys.count ? decoy(at: place) : nil)
  }
}
