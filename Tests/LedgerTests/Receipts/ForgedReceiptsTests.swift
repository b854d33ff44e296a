import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

/// What a server may write into a receipt before it settles it, to be paid more or to pay others.
private enum Forgery: Int, CaseIterable {
  case payout, fee, score, omission, decoyScore, floor, span, passage, likelihood, answer

  var fault: ReceiptFault {
    switch self {
    case .payout: .payoutWrong
    case .fee: .feeWrong
    case .score, .omission: .evidenceWrong
    case .decoyScore: .decoyScoreWrong
    case .floor: .floorWrong
    case .span: .spansWrong
    case .passage: .passagesWrong
    case .likelihood: .likelihoodsWrong
    case .answer: .answerDiffers
    }
  }

  func apply(to evidence: inout Evidence) {
    let own = evidence.influence
    func influence(
      decoyScores: [Int64]? = nil, floor: Int64? = nil, records: [ScoredRecord]? = nil
    ) -> InfluenceEvidence {
      InfluenceEvidence(
        query: own.query, decoyScores: decoyScores ?? own.decoyScores, floor: floor ?? own.floor,
        records: records ?? own.records)
    }
    switch self {
    case .payout, .fee, .answer: break
    case .score:
      let last = own.records[own.records.count - 1]
      evidence.influence = influence(
        records: own.records.dropLast() + [ScoredRecord(last.name, score: last.score - 1)])
    case .omission: evidence.influence = influence(records: Array(own.records.dropFirst()))
    case .decoyScore: evidence.influence = influence(decoyScores: own.decoyScores.map { $0 + 1 })
    case .floor: evidence.influence = influence(floor: own.floor + 1)
    case .span: evidence.spans = evidence.spans.map { $0.withoutFirst }
    case .passage:
      evidence.retrieval = RetrievalEvidence(
        likelihoods: AnswerLikelihoods(base: -900, adapter: -800, context: -100, both: -50),
        passages: [RetrievedPassage(record: digest("nobody's record"), drop: 70)])
    case .likelihood:
      evidence.retrieval = RetrievalEvidence(
        likelihoods: AnswerLikelihoods(base: -900, adapter: -800, context: -100, both: 50),
        passages: [RetrievedPassage(record: digest("record 3"), drop: 70)])
    }
  }
}

extension SpanEvidence {
  fileprivate var withoutFirst: SpanEvidence {
    SpanEvidence(spans: Array(spans.dropFirst()))
  }
}

/// A thousand receipts of one adapter, settled on a ledger by a server that forged every fifth.
private struct ForgedReceipts {
  struct Settled {
    let forgery: Forgery?
    let published: PublishedReceipt
    let answer: [UInt8]
  }

  private var generator: SeededGenerator
  private var story: Story
  private var run: RunRecord
  let index: InfluenceIndex
  let texts: [SpanRecord]

  init(seed: UInt64) throws {
    generator = SeededGenerator(seed: seed)
    story = try Story()
    let names = (0..<24).map { "record \($0)" }
    var rows: [IndexedRecord] = []
    for (place, name) in (names + (0..<16).map { "decoy \($0)" }).enumerated() {
      let owner = place.isMultiple(of: 3) ? (carol, story.carols) : (bob, story.bobs)
      rows.append(
        IndexedRecord(
          record: digest(name), tokens: 20,
          origin: RecordOrigin(contributor: owner.0.account.digest, group: owner.1.digest),
          row: SignRow(
            signs: [generator.next(), generator.next()],
            scale: place < names.count ? 1 << 30 : 1 << 12)))
    }
    index = InfluenceIndex(
      dimension: 128, records: Array(rows[..<24]), decoys: Array(rows[24...]))
    texts = names.enumerated().map { place, name in
      SpanRecord(
        record: digest(name),
        place: CommitPlace(
          height: Height(2), indexInBlock: 0, indexInContribution: UInt32(place)),
        text: "\(name)\nWhat is it?\nThe thing that stands at number \(place * 7919).")
    }
    run = try #require(story.chain.state.run(story.run))
    run.claim.indexRoot = index.root
    run.claim.decoyRoot = index.decoyRoot
  }

  /// Makes the receipts and settles them, 250 a batch.
  mutating func settle(_ count: Int) throws -> (receipts: [Settled], state: InMemoryState) {
    var settled: [Settled] = []
    for start in stride(from: 0, to: count, by: 250) {
      let made = try (start..<min(start + 250, count)).map { number in
        try answer(
          number, forgery: number % 5 == 4 ? Forgery(rawValue: number / 5 % 10) : nil)
      }
      let (batch, contents) = try story.settledBatch(of: made.map(\.published.receipt.settled))
      settled += made.map { one in
        var published = one.published
        published.settlement = contents.settlement(of: published.receipt.order.order, in: batch)
        return Settled(forgery: one.forgery, published: published, answer: one.answer)
      }
    }
    var state = story.chain.state
    state.apply([
      StateWrite(key: StateKey<RunRecord>.run(story.run).bytes, value: run.canonicalBytes)
    ])
    return (settled, state)
  }

  /// An answer that quotes a record, with a receipt whose pay follows from whatever it says.
  private mutating func answer(_ number: Int, forgery: Forgery?) throws -> Settled {
    let text = texts[Int(generator.next(below: UInt64(texts.count)))].text
    let answer = Array("So: ".utf8) + text.dropFirst(Int(generator.next(below: 12))) + [10]
    var evidence = Evidence(
      influence: influence(), spans: audit(of: answer).evidence(),
      retrieval: number.isMultiple(of: 2)
        ? RetrievalEvidence(
          likelihoods: AnswerLikelihoods(base: -900, adapter: -500, context: -600, both: -100),
          passages: [RetrievedPassage(record: digest("record 1"), drop: Int64(number))])
        : nil)
    forgery?.apply(to: &evidence)

    let request = Array("request \(number)".utf8)
    var disclosure = ReceiptDisclosure(
      request: request, requestSalt: Story.salt, answer: [5, 6, UInt32(number)],
      answerSalt: digest("salt \(number)"))
    var order = story.order(UInt64(number + 1))
    order.request = Order.requestDigest(of: request, salt: Story.salt)
    let parts = try Genesis.testParameters.receipts.terms.feeParts(
      of: order, tokensIn: 31, tokensOut: 3)
    let pay = try run.contributorPay(of: parts.contributors, evidence: evidence, index: index)
    var receipt = Receipt(
      order: order.signed(by: dave.key), payer: dave.account, server: erin.account,
      baseModel: story.baseModel, run: story.run, answer: disclosure.answerDigest,
      answerText: disclosure.saltedAnswer(answer).digest,
      promptText: disclosure.saltedPrompt(Self.prompt).digest, tokensIn: 31, tokensOut: 3,
      fee: parts.fee, evidence: evidence, payouts: pay.payouts.map(Payout.init),
      refund: pay.refund)
    switch forgery {
    case .payout:
      receipt.payouts = receipt.payouts.map { Payout(account: erin.account, amount: $0.amount) }
    case .fee: receipt.fee = Amount(baseUnits: receipt.fee.baseUnits + 1)
    case .answer: disclosure.answer[0] += 1
    default: break
    }
    return Settled(
      forgery: forgery, published: PublishedReceipt(receipt: receipt, disclosure: disclosure),
      answer: answer)
  }

  /// Evidence that lists at least two records.
  private mutating func influence() -> InfluenceEvidence {
    while true {
      let query = QueryVector(
        values: (0..<128).map { _ in Int16(truncatingIfNeeded: generator.next()) >> 4 })
      let evidence = index.evidence(for: query)
      if evidence.records.count > 1 { return evidence }
    }
  }

  private static let prompt = Array("What is it?".utf8)

  func audit(of answer: [UInt8]) -> SpanAudit {
    SpanAudit(answer: answer, prompt: Self.prompt, records: texts)
  }
}

@Suite struct ForgedReceiptsTests {
  @Test func `of a thousand settled receipts the two hundred forged are caught, and no other`()
    throws
  {
    var town = try ForgedReceipts(seed: 11)
    let (receipts, state) = try town.settle(1000)
    let audit = ReceiptAudit(state: state)
    var caught = [Int](repeating: 0, count: Forgery.allCases.count)
    for settled in receipts {
      do throws(ReceiptFault) {
        try audit.check(
          settled.published, index: town.index, spans: town.audit(of: settled.answer))
        #expect(settled.forgery == nil)
      } catch {
        #expect(error == settled.forgery?.fault)
        if let forgery = settled.forgery { caught[forgery.rawValue] += 1 }
      }
    }
    #expect(caught == [Int](repeating: 20, count: 10))
  }
}
