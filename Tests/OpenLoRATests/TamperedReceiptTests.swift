import AttributionRules
import ClientAPI
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Testing
import TestKit

/// One change to a settled receipt, and the fault that an audit without an engine finds.
struct Tampering: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let fault: ReceiptFault
  let change: @Sendable (inout PublishedReceipt) -> Void

  init(
    _ description: String, _ fault: ReceiptFault,
    change: @escaping @Sendable (inout PublishedReceipt) -> Void
  ) {
    testDescription = description
    self.fault = fault
    self.change = change
  }

  static let all = [
    Tampering("a higher fee", .feeWrong) {
      $0.receipt.fee = Amount(baseUnits: $0.receipt.fee.baseUnits + 1)
    },
    Tampering("more tokens", .feeWrong) { $0.receipt.tokensOut += 1 },
    Tampering("more for one contributor", .payoutWrong) {
      $0.receipt.payouts[0].amount = Amount(
        baseUnits: $0.receipt.payouts[0].amount.baseUnits + 1)
    },
    Tampering("another payee", .payoutWrong) { $0.receipt.payouts[0].account = host.account },
    Tampering("a smaller refund", .payoutWrong) {
      $0.receipt.refund = Amount(baseUnits: $0.receipt.refund.baseUnits + 1)
    },
    Tampering("a raised score", .evidenceWrong) { $0.receipt.evidence.influence.raiseFirstScore() },
    Tampering("a record left out", .evidenceWrong) { published in
      let evidence = published.receipt.evidence.influence
      published.receipt.evidence.influence = InfluenceEvidence(
        query: evidence.query, decoyScores: evidence.decoyScores, floor: evidence.floor,
        records: Array(evidence.records.dropFirst()))
    },
    Tampering("another query", .decoyScoreWrong) {
      $0.receipt.evidence.influence.replaceQuery { $0.reversed() }
    },
    Tampering("a query of another length", .evidenceWrong) {
      $0.receipt.evidence.influence.replaceQuery { $0.dropLast(64) }
    },
    Tampering("a decoy's score", .decoyScoreWrong) { published in
      let evidence = published.receipt.evidence.influence
      published.receipt.evidence.influence = InfluenceEvidence(
        query: evidence.query, decoyScores: evidence.decoyScores.map { $0 - 1 },
        floor: evidence.floor, records: evidence.records)
    },
    Tampering("a lower floor", .floorWrong) { published in
      let evidence = published.receipt.evidence.influence
      published.receipt.evidence.influence = InfluenceEvidence(
        query: evidence.query, decoyScores: evidence.decoyScores, floor: evidence.floor - 1,
        records: evidence.records)
    },
    Tampering("a passage that nobody contributed", .passagesWrong) {
      $0.receipt.evidence.retrieval = RetrievalEvidence(
        likelihoods: AnswerLikelihoods(base: -4, adapter: -3, context: -2, both: -1),
        passages: [RetrievedPassage(record: digest("stranger"), drop: 1)])
    },
    Tampering("spans that nobody looked for", .spansWrong) {
      $0.receipt.evidence.spans = nil
    },
    Tampering("a span that no record has", .spansWrong) {
      $0.receipt.evidence.spans = SpanEvidence(
        spans: [
          CitedSpan(
            range: AnswerRange(start: 0, end: 20), surprisal: 2000,
            sources: [SpanSource(record: digest("stranger"), offset: 0)])
        ])
    },
    Tampering("another answer", .answerDiffers) { $0.disclosure.answer.append(7) },
    Tampering("another text of the answer", .textDiffers) {
      $0.receipt.answerText = $0.disclosure.saltedAnswer([65]).digest
    },
    Tampering("another text of the prompt", .textDiffers) {
      $0.receipt.promptText = $0.disclosure.saltedPrompt([65]).digest
    },
    Tampering("another answer, and its digest", .textDiffers) {
      $0.disclosure.answer[0] ^= 1
      $0.receipt.answer = $0.disclosure.answerDigest
    },
    Tampering("another request", .requestDiffers) { $0.disclosure.request.append(32) },
    Tampering("another request, and its digest", .orderNotSigned) {
      $0.disclosure.request.append(32)
      $0.receipt.order.order.request = Order.requestDigest(
        of: $0.disclosure.request, salt: World.salt)
    },
    Tampering("a signature of another key", .orderNotSigned) {
      $0.receipt.order = $0.receipt.order.order.signed(by: builder)
    },
    Tampering("a higher maximum", .orderNotSigned) {
      $0.receipt.order.order.maximumFee = Amount(baseUnits: .max)
    },
    Tampering("an unknown run", .unknownSubject) {
      $0.receipt.run = Identifier(digest("other"))
    },
    Tampering("an unknown adapter", .unknownSubject) {
      $0.receipt.order.order.adapter = Identifier(digest("other"))
    },
    Tampering("another payer", .unknownSubject) { $0.receipt.payer = builder.account },
    Tampering("another server", .unknownSubject) { $0.receipt.server = builder.account },
    Tampering("another base model", .unknownSubject) {
      $0.receipt.baseModel = Identifier(digest("other"))
    },
  ]
}

extension InfluenceEvidence {
  mutating func raiseFirstScore() {
    let first = records[0]
    self = InfluenceEvidence(
      query: query, decoyScores: decoyScores, floor: floor,
      records: [ScoredRecord(first.name, score: first.score + 1)] + records.dropFirst())
  }

  mutating func replaceQuery(by change: ([Int16]) -> [Int16]) {
    self = InfluenceEvidence(
      query: QueryVector(values: change(query.values)), decoyScores: decoyScores, floor: floor,
      records: records)
  }
}

/// A settled receipt of a world of its own; no test changes either.
struct SettledAnswer: Sendable {
  static let shared = Task { try await SettledAnswer() }

  let world: World
  let published: PublishedReceipt
  let verifier: ReceiptVerifier

  init() async throws {
    world = try await World()
    let (world, server) = (world, try world.server())
    let body = world.body(tokens: 24)
    let order = world.order(1, for: body)
    _ = try await server.complete(PaidRequest(body: body, order: order, salt: World.salt)) { _ in }
    published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    verifier = world.verifier
  }

  func recompute(_ published: PublishedReceipt) async throws -> Double {
    try await verifier.checkByRecomputation(
      published, engine: world.run.engine, weights: TinyRun.weights)
  }
}

@Suite struct TamperedReceiptTests {
  @Test(arguments: Tampering.all)
  func `a tampered receipt is refused for what is wrong with it`(
    _ tampering: Tampering
  ) async throws {
    let settled = try await SettledAnswer.shared.value
    try #require(!settled.published.receipt.evidence.influence.records.isEmpty)
    try #require(settled.published.receipt.payouts.count == 2)
    var tampered = settled.published
    tampering.change(&tampered)
    await #expect(throws: tampering.fault) {
      try await settled.verifier.checkArithmetic(of: tampered)
    }
  }

  @Test func `a receipt that names another run of the ledger is refused without its artifacts`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    let paid = world.paid()
    _ = try await server.complete(paid) { _ in }
    let order = try #require(paid.order)
    var published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    var claim = world.run.claim(
      of: world.adapter.run.claim.version.datanet, base: published.receipt.baseModel)
    claim.manifest = digest("nobody has this")
    published.receipt.run = try await world.ledger.make(.submitRunRecord(claim), by: builder)
    await #expect(throws: ReceiptFault.unknownSubject) {
      try await world.verifier
        .checkArithmetic(of: published)
    }
  }

  @Test func `another index than the committed one is refused`() async throws {
    let settled = try await SettledAnswer.shared.value
    let index = settled.world.run.index
    let other = InfluenceIndex(
      dimension: index.dimension, records: Array(index.records.dropLast()), decoys: index.decoys)
    let order = settled.published.receipt.order.order
    let batch = try #require(settled.published.settlement?.batch)
    let state = try await settled.world.ledger.state(of: [
      StateKey<LedgerParameters>.parameters.bytes,
      StateKey<AdapterRecord>.adapter(order.adapter).bytes,
      StateKey<RunRecord>.run(settled.published.receipt.run).bytes,
      StateKey<ChannelRecord>.channel(order.channel).bytes,
      StateKey<BatchRecord>.batch(batch).bytes,
    ])
    let audit = ReceiptAudit(state: state)
    try audit.check(settled.published, index: index)
    #expect(throws: ReceiptFault.indexDiffers) {
      try audit.check(settled.published, index: other)
    }
  }

  @Test func `the genuine receipt's query is the answer's gradient, another is not`() async throws {
    let settled = try await SettledAnswer.shared.value
    #expect(try await settled.recompute(settled.published) >= ReceiptVerifier.leastCosine)
    var tampered = settled.published
    tampered.receipt.evidence.influence.replaceQuery {
      [-$0[0] / 2] + $0.dropFirst().map { $0 / 2 + 300 }
    }
    await #expect(throws: ReceiptFault.queryWrong) { try await settled.recompute(tampered) }
  }

  @Test func `an answer that the model does not give is not reproduced`() async throws {
    let settled = try await SettledAnswer.shared.value
    var other = settled.published
    other.disclosure.answer[0] ^= 1
    await #expect(throws: ReceiptFault.answerNotReproduced) { try await settled.recompute(other) }
    var longer = settled.published
    longer.receipt.tokensIn += 1
    await #expect(throws: ReceiptFault.answerNotReproduced) { try await settled.recompute(longer) }
    var unreadable = settled.published
    unreadable.disclosure.request = [1, 2, 3]
    await #expect(throws: ReceiptFault.answerNotReproduced) {
      try await settled.recompute(unreadable)
    }
  }

  @Test func `whoever has another base model is told so`() async throws {
    let settled = try await SettledAnswer.shared.value
    await #expect {
      try await settled.verifier.checkByRecomputation(
        settled.published, engine: settled.world.run.engine, weights: digest("other"))
    } throws: { ($0 as? ServingFailure)?.code == .wrongBaseModel }
  }
}
