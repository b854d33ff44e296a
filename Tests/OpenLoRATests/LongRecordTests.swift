import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Datanets
import LanguageModels
import Ledger
import ModelFactory
import OpenLoRA
import Primitives
import RunKit
import TestKit
import Testing

/// A record of more than 512 tokens, from its contribution to what an answer pays for its rows.
@Suite struct LongRecordTests {
  private func answer(
    _ number: UInt64, to question: String, in world: World, by server: InferenceServer
  ) async throws -> PublishedReceipt {
    let body = world.body(question, tokens: 160)
    let order = world.order(number, for: body) { $0.maximumFee = Amount(baseUnits: 100_000) }
    _ = try await server.complete(
      PaidRequest(body: body, order: order, salt: World.salt)
    ) { _ in }
    return try await world.receipt(order, from: server)
  }

  @Test func `whoever gathers what was contributed gets the records that the run is of`()
    async throws
  {
    let run = try await TinyRun.long.value
    let world = try await World(of: run)
    let gathered = try await ContributionGathering(ledger: world.ledger, blobs: run.blobs)
      .snapshot(of: contributors.map { TinyRun.contribution(of: $0) })
    let snapshot = gathered.snapshot
    #expect(gathered.unread.isEmpty)
    #expect(SnapshotTexts(snapshot.heads.map(\.text)) == run.texts)
    #expect(
      SHA256.digest(of: try snapshot.publication.list.canonicalBytes) == run.manifest.texts)
    let version = try await world.ledger.record(.version(world.adapter.run.claim.version))
    #expect(version?.snapshotRoot == snapshot.root)
    let records = snapshot.heads.map {
      TrainingRecord($0.text, origin: $0.origin, neighbours: $0.neighbours)
    }
    let published = try TrainingRecord.all(
      of: run.manifest, index: run.index, records: run.texts, elsewhere: SnapshotTexts([]))
    let drawn = Set(run.manifest.decoys)
    #expect(published?.trained == records.filter { !drawn.contains($0.digest) })
  }

  @Test func `each of its chunks has a row, and the ledger counts rows`() async throws {
    let run = try await TinyRun.long.value
    let world = try await World(of: run)
    let record = run.manifest.trained[TinyRun.longRecord]
    let text = try #require(run.texts[record]).record
    let example = try TinyRun.recipe.example(
      question: text.question, answer: text.answer, template: run.engine.template)
    #expect(example.tokenCount > 512)
    let rows = run.index.records.filter { $0.record == record }
    #expect(rows.map(\.chunk) == [UInt32](0..<UInt32(rows.count)) && rows.count > 1)
    #expect(rows.reduce(0) { $0 + Int($1.tokens) } == example.answerTokens.count)
    #expect(rows.allSatisfy { $0.tokens <= 256 })
    #expect(Int(world.adapter.run.claim.rowCount) == 11 + rows.count)
    #expect(run.manifest.trained.count == 12)
  }

  @Test
  func `an answer that draws on its second chunk is checked on all levels, paid and explained`()
    async throws
  {
    let run = try await TinyRun.long.value
    let world = try await World(of: run)
    let record = run.manifest.trained[TinyRun.longRecord]
    let text = try #require(run.texts[record]).record
    let server = try world.server()
    let published = try await world.settling(server) { () -> PublishedReceipt? in
      // What stands around the seams of its chunks, as a customer may ask for it.
      for (number, place) in stride(from: 200, to: 560, by: 60).enumerated() {
        let words = String(text.answer.dropFirst(place).prefix(140))
        let published = try await answer(UInt64(number + 1), to: words, in: world, by: server)
        let listed = published.receipt.evidence.influence.records
        if listed.contains(where: { $0.record == record && $0.chunk == 1 }) { return published }
      }
      return nil
    }
    let receipt = try #require(published, "no answer leans on it")

    let verifier = world.verifier
    #expect(try await verifier.checkArithmetic(of: receipt) == .chosenAnew)
    let cosine = try await verifier.checkByRecomputation(
      receipt, engine: run.engine, weights: run.baseWeights)
    #expect(cosine >= ReceiptVerifier.leastCosine)
    #expect(world.troubles.all.isEmpty)

    let order = receipt.receipt.order.order
    let settlement = try #require(receipt.settlement)
    let texts = run.texts
    let told = try Explanation(
      of: receipt,
      from: ExplanationSources(
        adapter: world.adapter.record, run: world.adapter.run, index: world.adapter.index,
        terms: try #require(try await world.ledger.feeTerms(order.terms)),
        batch: try await world.ledger.record(.batch(settlement.batch)), answer: "tiny",
        text: { digest in
          texts[digest].map { .init(question: $0.record.question, answer: $0.record.answer) }
        }))
    let explained = told.records.filter { $0.record == record }
    #expect(explained.contains { $0.chunk == 1 && $0.text?.answer == text.answer })
    #expect(
      told.records.reduce(0) { $0 + $1.amount.baseUnits }
        == told.contributors.reduce(0) { $0 + $1.byInfluence.baseUnits })
  }
}
