import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct ReceiptAuditTests {
  let state: InMemoryState
  let index: InfluenceIndex
  let published: PublishedReceipt

  /// Settles one answer whose evidence follows from an index of eight records, all of them bob's.
  init() throws {
    var story = try Story()
    let index = Self.index(of: story)
    let order = Self.order(of: story)
    let query = QueryVector(values: (0..<64).map { 100 * ($0 % 7 - 3) })
    let retrieval = RetrievalEvidence(
      likelihoods: AnswerLikelihoods(base: -900, adapter: -500, context: -600, both: -100),
      passages: [
        RetrievedPassage(record: digest("record 3"), drop: -20),
        RetrievedPassage(record: digest("decoy 2"), drop: 70),
      ])
    let evidence = Evidence(influence: index.evidence(for: query), retrieval: retrieval)
    try #require(!evidence.influence.records.isEmpty)

    let disclosure = ReceiptDisclosure(
      request: Self.request, requestSalt: Story.salt, answer: [5, 6, 7],
      answerSalt: digest("answer salt"))
    var run = try #require(story.chain.state.run(story.run))
    let parts = try Genesis.testParameters.receipts.terms.feeParts(
      of: order.order, tokensIn: 31, tokensOut: 3)
    let pay = try run.contributorPay(of: parts.contributors, evidence: evidence, index: index)
    let receipt = Receipt(
      order: order, payer: dave.account, server: erin.account, baseModel: story.baseModel,
      run: story.run, answer: disclosure.answerDigest,
      answerText: disclosure.saltedAnswer(Self.text).digest,
      promptText: disclosure.saltedPrompt([]).digest, tokensIn: 31, tokensOut: 3, fee: parts.fee,
      evidence: evidence, payouts: pay.payouts.map(Payout.init), refund: pay.refund)
    let (batch, contents) = try story.settledBatch(of: [receipt.settled])

    var state = story.chain.state
    run.claim.indexRoot = index.root
    run.claim.decoyRoot = index.decoyRoot
    state.apply([
      StateWrite(key: StateKey<RunRecord>.run(story.run).bytes, value: run.canonicalBytes)
    ])
    self.state = state
    self.index = index
    published = PublishedReceipt(
      receipt: receipt, disclosure: disclosure,
      settlement: contents.settlement(of: order.order, in: batch))
  }

  private static let text = Array("It is a balanced search tree, they say.".utf8)
  private static let request = Array(#"{"model":"terms"}"#.utf8)

  private static func order(of story: Story) -> SignedOrder {
    var order = story.order(1)
    order.request = Order.requestDigest(of: request, salt: Story.salt)
    return order.signed(by: dave.key)
  }

  /// Records with a loud scale, so that some pass a floor of quiet decoys.
  private static func index(of story: Story) -> InfluenceIndex {
    var generator = SeededGenerator(seed: 4)
    func row(_ name: String, scale: UInt32) -> IndexedRecord {
      IndexedRecord(
        record: digest(name), tokens: 20,
        origin: RecordOrigin(contributor: bob.account.digest, group: story.bobs.digest),
        row: SignRow(signs: [generator.next()], scale: scale))
    }
    return InfluenceIndex(
      dimension: 64, records: (0..<8).map { row("record \($0)", scale: 1 << 30) },
      decoys: (0..<8).map { row("decoy \($0)", scale: 1 << 10) })
  }

  private func changed(
    _ change: (inout PublishedReceipt) -> Void
  ) -> PublishedReceipt {
    var copy = published
    change(&copy)
    return copy
  }

  private func withEvidence(
    decoyScores: [Int64]? = nil, floor: Int64? = nil, records: [ScoredRecord]? = nil
  ) -> PublishedReceipt {
    let own = published.receipt.evidence.influence
    return changed {
      $0.receipt.evidence.influence = InfluenceEvidence(
        query: own.query, decoyScores: decoyScores ?? own.decoyScores, floor: floor ?? own.floor,
        records: records ?? own.records)
    }
  }

  private func withRetrieval(
    _ names: [String] = ["record 3", "decoy 2"], both: Int64 = -100
  ) -> PublishedReceipt {
    changed {
      $0.receipt.evidence.retrieval = RetrievalEvidence(
        likelihoods: AnswerLikelihoods(base: -900, adapter: -500, context: -600, both: both),
        passages: names.map { RetrievedPassage(record: digest($0), drop: 70) })
    }
  }

  @Test func `a genuine receipt passes`() throws {
    try ReceiptAudit(state: state).check(published, index: index)
  }

  @Test func `each lie is told apart from the others by its fault`() throws {
    let evidence = published.receipt.evidence.influence
    let top = evidence.records[0]
    let raised = [ScoredRecord(top.name, score: top.score + 1)]
    let lies: [(fault: ReceiptFault, published: PublishedReceipt)] = [
      (.unknownSubject, changed { $0.receipt.payer = alice.account }),
      (.unknownSubject, changed { $0.receipt.server = alice.account }),
      (.orderNotSigned, changed { $0.receipt.order.order.maximumFee = tokens(1) }),
      (.requestDiffers, changed { $0.disclosure.request.append(32) }),
      (.answerDiffers, changed { $0.disclosure.answer.append(1) }),
      (.feeWrong, changed { $0.receipt.tokensOut += 1 }),
      (.feeWrong, changed { $0.receipt.fee = tokens(1) }),
      (.decoyScoreWrong, withEvidence(decoyScores: evidence.decoyScores.map { $0 - 1 })),
      (.floorWrong, withEvidence(floor: evidence.floor - 1)),
      (.evidenceWrong, withEvidence(records: raised + evidence.records.dropFirst())),
      (.evidenceWrong, withEvidence(records: Array(evidence.records.dropFirst()))),
      (.evidenceWrong, withEvidence(records: evidence.records.reversed())),
      (.likelihoodsWrong, withRetrieval(both: 1)),
      (.passagesWrong, withRetrieval(["stranger"])),
      (.passagesWrong, withRetrieval(["record 3", "record 3"])),
      (.passagesWrong, withRetrieval([])),
      (.payoutWrong, changed { $0.receipt.payouts[0].account = carol.account }),
      (
        .notSettled,
        changed {
          $0.disclosure.answer = [8]
          $0.receipt.answer = $0.disclosure.answerDigest
        }
      ),
    ]
    for (fault, lie) in lies {
      #expect(throws: fault) { try ReceiptAudit(state: state).check(lie, index: index) }
    }

    let other = InfluenceIndex(dimension: 64, records: index.records, decoys: [])
    #expect(throws: ReceiptFault.indexDiffers) {
      try ReceiptAudit(state: state).check(published, index: other)
    }
    // The engine's two are told apart where there is an engine.
    let covered = Set(
      lies.map(\.fault) + [
        .indexDiffers, .textDiffers, .spansWrong, .termsDiffer, .queryWrong, .answerNotReproduced,
      ])
    #expect(covered == Set(ReceiptFault.allCases))
  }

  @Test func `spans are judged by whoever has the texts`() {
    let record = SpanRecord(
      record: digest("record 1"),
      place: CommitPlace(height: Height(1), indexInBlock: 0, indexInContribution: 0),
      text: "A balanced search tree whose nodes have many children.")
    let spans = SpanAudit(answer: Self.text, prompt: [], records: [record])
    let other = SpanAudit(answer: Self.text, prompt: [32], records: [record])
    #expect(throws: ReceiptFault.textDiffers) {
      try ReceiptAudit(state: state).check(published, index: index, spans: other)
    }
    #expect(throws: ReceiptFault.spansWrong) {
      try ReceiptAudit(state: state).check(published, index: index, spans: spans)
    }
    let cited = changed { $0.receipt.evidence.spans = spans.evidence() }
    #expect(cited.receipt.evidence.spans?.spans.count == 1)
    // Nothing is wrong but that another receipt was settled.
    #expect(throws: ReceiptFault.notSettled) {
      try ReceiptAudit(state: state).check(cited, index: index, spans: spans)
    }
  }

  private func state(
    adapter change: (inout AdapterRecord) -> Void,
    batch edit: (inout BatchRecord) -> Void = { _ in }
  ) throws -> InMemoryState {
    let id = published.receipt.order.order.adapter
    let batchID = try #require(published.settlement?.batch)
    var (adapter, batch) = (
      try #require(state.adapter(id)), try #require(state.batch(batchID))
    )
    change(&adapter)
    edit(&batch)
    var changed = state
    changed.apply([
      StateWrite(key: StateKey<AdapterRecord>.adapter(id).bytes, value: adapter.canonicalBytes),
      StateWrite(key: StateKey<BatchRecord>.batch(batchID).bytes, value: batch.canonicalBytes),
    ])
    return changed
  }

  @Test func `rates and expiry are judged as a dispute would, of a final batch as far as is known`()
    throws
  {
    let settlement = try #require(published.settlement)
    let evidence = BatchEvidence.order(
      opened: settlement.opened, order: published.receipt.order)
    let raise = { (adapter: inout AdapterRecord) in
      adapter.offer.rateOut = Amount(baseUnits: adapter.offer.rateOut.baseUnits + 1)
    }
    func verdict(in state: InMemoryState) throws -> BatchFault? {
      let judge = try #require(BatchJudge(of: settlement.batch, in: state))
      return judge.fault(shownBy: evidence)
    }
    let dearer = try state(adapter: raise)
    #expect(try verdict(in: dearer) == .termsDiffer)
    #expect(throws: ReceiptFault.termsDiffer) {
      try ReceiptAudit(state: dearer).check(published, index: index)
    }
    // The price before settles until its notice is over, in a block as in the audit.
    let batch = try #require(state.batch(settlement.batch))
    for (milliseconds, fault) in [(UInt64(1), BatchFault?.none), (0, .termsDiffer)] {
      let changing = try state {
        $0.formerRates = TimedRates(
          rateIn: $0.offer.rateIn, rateOut: $0.offer.rateOut,
          deadline: Deadline(
            time: BlockTime(milliseconds: batch.settledTime.milliseconds + milliseconds),
            height: batch.settledAt))
        raise(&$0)
      }
      #expect(try verdict(in: changing) == fault)
      let audit = ReceiptAudit(state: changing)
      if fault == nil {
        try audit.check(published, index: index)
      } else {
        #expect(throws: ReceiptFault.termsDiffer) { try audit.check(published, index: index) }
        // Once the batch is final, what a price was two changes ago is known to nobody.
        try ReceiptAudit(
          state: state(
            adapter: {
              $0.formerRates = changing.adapter(published.receipt.order.order.adapter)?.formerRates
              raise(&$0)
            }, batch: { $0.status = .final })
        ).check(published, index: index)
      }
    }
    // A price that never changed is known for ever, and so is an order's end.
    let final = try state(adapter: raise, batch: { $0.status = .final })
    #expect(throws: ReceiptFault.termsDiffer) {
      try ReceiptAudit(state: final).check(published, index: index)
    }
    let late = try state(
      adapter: { _ in },
      batch: {
        $0.settledTime = BlockTime(
          milliseconds: published.receipt.order.order.expiry.milliseconds + 1)
      })
    #expect(try verdict(in: late) == .orderExpired)
    #expect(throws: ReceiptFault.termsDiffer) {
      try ReceiptAudit(state: late).check(published, index: index)
    }
  }
}
