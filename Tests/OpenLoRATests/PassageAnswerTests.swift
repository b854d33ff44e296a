import Attribution
import AttributionRules
import ClientAPI
import LanguageModels
import Ledger
import Primitives
import RunKit
import Storage
import Testing
import TestKit

@testable import OpenLoRA

/// Alike are texts that share their first word.
private struct FirstWordEncoder: SentenceEncoding {
  let dimension = 32

  func vectors(for texts: [String]) async throws -> [[Float]] {
    texts.map { text in
      let word = text.utf8.prefix { $0 != UInt8(ascii: "?") }
      let place = word.reduce(7 as Int) { ($0 * 31 + Int($1)) % dimension }
      return (0..<dimension).map { $0 == place ? 1 : 0 }
    }
  }
}

extension World {
  /// The adapter with its records to look for passages in.
  func searching() async throws -> ServedAdapter {
    _ = try DocumentFolder(at: folder.path)
    return try await adapter.searching(
      inFile: "\(folder.path)/run.passages", by: FirstWordEncoder())
  }

  /// An answer of a server that searches, and its receipt.
  func answered(
    _ body: [UInt8], _ number: UInt64 = 1
  ) async throws -> (completion: ChatCompletion, published: PublishedReceipt) {
    let server = try server(adapters: [try await searching()])
    let order = order(number, for: body) { $0.maximumFee = Amount(baseUnits: 100_000) }
    let completion = try await server.complete(
      PaidRequest(body: body, order: order, salt: World.salt)
    ) { _ in }
    let published = try await settling(server) { try await receipt(order, from: server) }
    return (completion, published)
  }

  func recompute(
    _ published: PublishedReceipt, blobs: BlobStore? = nil
  ) async throws -> Double {
    try await ReceiptVerifier(
      ledger: ledger, blobs: blobs ?? run.blobs, tokenizer: run.engine.tokenizer
    ).checkByRecomputation(
      published, engine: run.engine, weights: TinyRun.weights)
  }

  /// The record with that question.
  func record(_ question: String) throws -> Digest {
    try #require(run.texts.texts.first { $0.record.question == question }).digest
  }
}

@Suite struct PassageAnswerTests {
  @Test func `an answer that leans on passages is settled, and stands on all three levels`()
    async throws
  {
    let world = try await World()
    let (completion, published) = try await world.answered(world.body("q9? q1?", passages: 3))
    #expect(world.troubles.all.isEmpty)
    let evidence = try #require(published.receipt.evidence.retrieval)
    #expect(evidence.passages.map(\.record) == completion.passages.map(\.record))
    #expect(completion.passages.count == 3)
    let (nine, one) = (try world.record("q9?"), try world.record("q1?"))
    #expect(completion.passages.contains { $0.record == nine })
    #expect(completion.passages.contains { $0.record == one })

    // The first contributor committed first.
    let groups = try evidence.passages.map {
      try #require(world.run.index.origin(of: $0.record)).group
    }
    let order = contributors.map { TinyRun.contribution(of: $0).digest }
    #expect(groups.map { order.firstIndex(of: $0) ?? 9 }.isSorted)

    // Passages are read and paid for like any token.
    let (plain, unaided) = try await world.answered(world.body("q9? q1?"), 2)
    #expect(unaided.receipt.evidence.retrieval == nil)
    #expect(plain.passages.isEmpty)
    #expect(completion.tokensIn > plain.tokensIn + 75)

    let verifier = world.verifier
    for receipt in [published, unaided] {
      try await verifier.checkArithmetic(of: receipt)
      #expect(try await world.recompute(receipt) >= ReceiptVerifier.leastCosine)
    }
  }

  @Test func `an answer that leaned on a record that is erased can be repeated by nobody`()
    async throws
  {
    let world = try await World()
    let (_, published) = try await world.answered(world.body("q9? q1?", passages: 3))
    let (_, unaided) = try await world.answered(world.body("q9? q1?"), 2)
    let folder = TemporaryFolder()
    let blobs = try world.run.blobs(at: folder.path)
    let passage = try #require(published.receipt.evidence.retrieval?.passages.first).record
    let text = try #require(world.run.texts[passage])
    let group = try #require(world.run.group(of: text))
    let contributor = try #require(
      contributors.first { TinyRun.contribution(of: $0).digest == group })
    try await world.ledger.succeed(
      .withdrawContribution(
        WithdrawContribution(contribution: Identifier(group), use: .erased)), by: contributor)
    try blobs.remove(text.text.blob)

    let verifier = ReceiptVerifier(
      ledger: world.ledger, blobs: blobs, tokenizer: world.run.engine.tokenizer)
    #expect(try await verifier.checkArithmetic(of: published) == .textsErased([passage]))
    let failure = await #expect(throws: ServingFailure.self) {
      try await world.recompute(published, blobs: blobs)
    }
    #expect(failure?.code == .recordsErased)
    #expect(failure?.message.contains("\(passage)") == true)
    #expect(try await world.recompute(unaided, blobs: blobs) >= ReceiptVerifier.leastCosine)
  }

  @Test func `what is erased is taken out of what is searched, at once or by the next process`()
    async throws
  {
    let world = try await World()
    let adapter = try await world.searching()
    let passages = try #require(adapter.passageIndex)
    let (nine, one) = (try world.record("q9?"), try world.record("q1?"))
    #expect(await passages.count == 16)
    try await world.server(adapters: [adapter]).forget([nine])
    #expect(await passages.count == 15)
    #expect(try await !passages.search("q9?", count: 16).map(\.record).contains(nine))

    let folder = TemporaryFolder()
    let blobs = try world.run.blobs(at: folder.path)
    try blobs.remove(try #require(world.run.texts[one]).text.blob)
    try await world.ledger.succeed(
      .withdrawContribution(
        WithdrawContribution(
          contribution: TinyRun.contribution(of: contributors[0]), use: .erased)),
      by: contributors[0])
    let next = try await ServedAdapter.load(
      world.adapter.id, from: world.ledger, blobs: blobs, engine: world.run.engine,
      weights: TinyRun.weights
    ).searching(inFile: "\(world.folder.path)/run.passages", by: FirstWordEncoder())
    let left = try await #require(next.passageIndex).search("q1?", count: 16)
    #expect(!left.isEmpty && !left.map(\.record).contains(one))
  }

  @Test func `whoever lies about passages is found out by computing again`() async throws {
    let world = try await World()
    let (_, published) = try await world.answered(world.body("q9? q1?", passages: 3))
    let evidence = try #require(published.receipt.evidence.retrieval)
    func changed(
      _ passages: [RetrievedPassage]? = nil, _ likelihoods: AnswerLikelihoods? = nil
    ) -> PublishedReceipt {
      var copy = published
      copy.receipt.evidence.retrieval = RetrievalEvidence(
        likelihoods: likelihoods ?? evidence.likelihoods, passages: passages ?? evidence.passages)
      return copy
    }
    let first = evidence.passages[0]
    let raised = RetrievedPassage(record: first.record, drop: first.drop + 100_000)
    await #expect(throws: ReceiptFault.likelihoodsWrong) {
      try await world.recompute(changed([raised] + evidence.passages.dropFirst()))
    }
    let told = evidence.likelihoods
    await #expect(throws: ReceiptFault.likelihoodsWrong) {
      try await world.recompute(
        changed(
          nil,
          AnswerLikelihoods(
            base: told.base - 100_000, adapter: told.adapter, context: told.context,
            both: told.both)))
    }
    // Other passages make another prompt, of another length or with another answer.
    await #expect(throws: ReceiptFault.self) {
      try await world.recompute(changed(Array(evidence.passages.dropLast())))
    }
    var hidden = published
    hidden.receipt.evidence.retrieval = nil
    await #expect(throws: ReceiptFault.answerNotReproduced) { try await world.recompute(hidden) }
    // More than were asked for.
    var few = published
    few.disclosure.request = world.body("q9? q1?", passages: 2)
    await #expect(throws: ReceiptFault.passagesWrong) { try await world.recompute(few) }
    let away = TemporaryFolder()
    let textless = try BlobStore(at: away.path)
    let manifest = world.run.manifest
    for name in [
      manifest.digest, manifest.adapter, manifest.adapterSettings, manifest.curvature,
      manifest.index,
    ] { try textless.put(#require(try world.run.blobs.bytes(of: name))) }
    await #expect {
      try await world.recompute(published, blobs: textless)
    } throws: { ($0 as? ServingFailure)?.code == .artifactMissing }
  }

  @Test func `what was shown is attributed by the next process too`() async throws {
    let world = try await World()
    let body = world.body("q9?", passages: 2)
    let order = world.order(1, for: body) { $0.maximumFee = Amount(baseUnits: 100_000) }
    let completion = try await world.server(adapters: [try await world.searching()])
      .complete(PaidRequest(body: body, order: order, salt: World.salt)) { _ in }

    // The next one searches nothing, and has the texts.
    let next = try world.server()
    let published = try await world.settling(next) { try await world.receipt(order, from: next) }
    let evidence = try #require(published.receipt.evidence.retrieval)
    #expect(evidence.passages.map(\.record) == completion.passages.map(\.record))
    #expect(try await world.recompute(published) >= ReceiptVerifier.leastCosine)
  }

  @Test func `what is withdrawn from retrieval is not retrieved`() async throws {
    let world = try await World()
    let adapter = try await world.searching()
    let request = try ChatRequest(parsing: world.body("q9?", passages: 16))
    let nine = try world.record("q9?")
    let before = try await adapter.passages(for: request, on: world.ledger)
    #expect(before.first?.passage.record == nine)
    try await world.ledger.succeed(
      .withdrawContribution(
        WithdrawContribution(
          contribution: TinyRun.contribution(of: contributors[2]), use: .noNewTraining)),
      by: contributors[2])
    #expect(try await adapter.passages(for: request, on: world.ledger).count == before.count)
    try await world.ledger.succeed(
      .withdrawContribution(
        WithdrawContribution(
          contribution: TinyRun.contribution(of: contributors[2]), use: .retrievalOff)),
      by: contributors[2])
    let after = try await adapter.passages(for: request, on: world.ledger)
    #expect(!after.isEmpty && after.count < before.count)
    #expect(
      after.allSatisfy {
        world.run.index.origin(of: $0.passage.record)?.contributor
          != contributors[2].account.digest
      })
  }

  @Test func `passages that do not fit the context are left out, the least useful first`()
    async throws
  {
    let world = try await World()
    let server = try world.server(adapters: [try await world.searching()])
    let adapter = Answerers(try await world.searching())
    var request = try ChatRequest(parsing: world.body("q9?", tokens: 1, passages: 8))
    let all = try await server.prepare(request, for: adapter)
    #expect(all.passages.count == 8)
    let room = 256 - all.prompt.count
    request.maximumTokens = UInt32(room)
    #expect(try await server.prepare(request, for: adapter).passages.count == 8)
    request.maximumTokens += 1
    let fewer = try await server.prepare(request, for: adapter)
    #expect(fewer.passages.count == 7)
    let nine = try world.record("q9?")
    #expect(fewer.passages.contains { $0.record == nine })
    request.maximumTokens = 250
    await #expect { try await server.prepare(request, for: adapter) } throws: {
      ($0 as? InferenceFailure)?.code == .contextTooLong
    }
  }

  @Test func `a server without its records' index refuses to search`() async throws {
    let world = try await World()
    let body = world.body(passages: 1)
    await #expect {
      try await world.server().complete(
        PaidRequest(body: body, order: world.order(1, for: body), salt: World.salt)
      ) { _ in }
    } throws: {
      let failure = $0 as? InferenceFailure
      return failure?.code == .unsupportedParameter && failure?.parameter == "tools"
    }
  }

  @Test func `an order that is refused costs no search, and one refused after it keeps nothing`()
    async throws
  {
    let world = try await World()
    let body = world.body(passages: 1)
    func refusal(
      of order: SignedOrder, by server: InferenceServer
    ) async -> InferenceFailure.Code? {
      do throws(InferenceFailure) {
        _ = try await server.complete(PaidRequest(body: body, order: order, salt: World.salt)) {
          _ in
        }
        return nil
      } catch {
        return error.code
      }
    }
    // One that can't search would say so.
    let blind = try world.server()
    let wrong = [
      world.order(1, for: body, by: builder), world.order(1, for: body) { $0.maximumFee = .zero },
      world.order(1, for: body) { $0.maximumFee = Amount(baseUnits: .max) },
    ]
    var codes: [InferenceFailure.Code?] = []
    for order in wrong { codes.append(await refusal(of: order, by: blind)) }
    #expect(codes == [.orderSignatureInvalid, .maximumFeeTooLow, .channelEmpty])
    #expect(await refusal(of: world.order(1, for: body), by: blind) == .unsupportedParameter)

    let server = try world.server(adapters: [try await world.searching()])
    let bare = try await server.barePrompt(
      of: ChatRequest(parsing: body), for: Answerers(world.searching()))
    let short = try world.genesis.parameters.receipts.terms.fee(
      of: world.order(1, for: body).order, tokensIn: UInt32(bare.count),
      tokensOut: ChatRequest(parsing: body).maximumTokens)
    #expect(
      await refusal(of: world.order(1, for: body) { $0.maximumFee = short }, by: server)
        == .maximumFeeTooLow)
    #expect(await refusal(of: world.order(1, for: body), by: server) == nil)
  }
}

extension [Int] {
  fileprivate var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0 <= $1 } }
}

@Suite struct RetrievalComparisonTests {
  private func evidence(
    _ likelihoods: [Int64] = [-9_000_000, -7_000_000, -4_000_000, -3_000_000],
    drops: [Int64] = [900_000, 100_000, -50_000]
  ) -> RetrievalEvidence {
    RetrievalEvidence(
      likelihoods: AnswerLikelihoods(
        base: likelihoods[0], adapter: likelihoods[1], context: likelihoods[2],
        both: likelihoods[3]),
      passages: drops.enumerated().map {
        RetrievedPassage(record: digest("passage \($0.offset)"), drop: $0.element)
      })
  }

  private let comparison = RetrievalComparison(tokens: 20)

  @Test func `rounding passes, and what moves pay does not`() {
    let honest = evidence()
    #expect(comparison.agrees(honest, honest))
    #expect(comparison.agrees(honest, evidence(drops: [899_900, 100_100, -50_100])))
    // 0.9 and 0.1 of it are 0.894 and 0.106 here.
    #expect(!comparison.agrees(honest, evidence(drops: [893_000, 106_000, -50_000])))
    #expect(!comparison.agrees(honest, evidence(drops: [900_000, 100_000, -70_001])))
    #expect(
      comparison.agrees(
        honest, evidence([-9_000_100, -7_000_000, -4_000_100, -3_000_000])))
    #expect(
      !comparison.agrees(
        honest, evidence([-9_019_000, -7_000_000, -4_000_000, -3_020_001])))
  }

  @Test func `what rounding alone may have made is not divided`() {
    #expect(
      comparison.agrees(
        evidence(drops: [3000, 1000, 0]), evidence(drops: [1000, 3000, 0])))
    #expect(
      !comparison.agrees(
        evidence(drops: [12_000, 1000, 0]), evidence(drops: [1000, 12_000, 0])))
  }

  @Test func `other passages, or none, are not the same`() {
    let honest = evidence()
    let swapped = RetrievalEvidence(
      likelihoods: honest.likelihoods, passages: honest.passages.reversed())
    #expect(!comparison.agrees(honest, swapped))
    #expect(!comparison.agrees(honest, nil))
    #expect(!comparison.agrees(nil, honest))
    #expect(comparison.agrees(nil, nil))
    #expect(
      !comparison.agrees(evidence([.min, .min, .min, .min]), evidence([0, 0, 0, 0])))
  }
}
