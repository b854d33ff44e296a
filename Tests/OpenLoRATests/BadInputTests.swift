import Attribution
import AttributionRules
import CanonicalCoding
import ClientAPI
import Foundation
import LanguageModels
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing
import TestKit

/// An artifact that a run's manifest names, and that is not what the rest of the run needs.
struct UnfitArtifact: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// What the failure begins with.
  let code: String
  /// Whether a check without an engine reads it too.
  let isOfArithmetic: Bool
  let change: @Sendable (TinyRun, inout RunManifest) async throws -> Void

  init(
    _ description: String, _ code: String, ofArithmetic: Bool = false,
    change: @escaping @Sendable (TinyRun, inout RunManifest) async throws -> Void
  ) {
    testDescription = description
    self.code = code
    isOfArithmetic = ofArithmetic
    self.change = change
  }

  /// Artifacts whose last bytes are away, under the digests of what is left.
  private static func cut(
    _ name: String, _ code: String, _ path: any WritableKeyPath<RunManifest, Digest> & Sendable,
    ofArithmetic: Bool = false
  ) -> UnfitArtifact {
    UnfitArtifact("\(name) cut short", code, ofArithmetic: ofArithmetic) { run, manifest in
      let bytes = try #require(try run.blobs.bytes(of: manifest[keyPath: path]))
      manifest[keyPath: path] = try run.blobs.put(bytes.dropLast(7))
    }
  }

  static let all = [
    cut("an index", "artifact_corrupt", \.index, ofArithmetic: true),
    cut("texts", "artifact_corrupt", \.texts, ofArithmetic: true),
    cut("a curvature", "attribution_curvature_corrupt", \.curvature),
    cut("an adapter", "adapter_corrupt", \.tracingAdapter),
    UnfitArtifact("another run's index", "artifact_corrupt", ofArithmetic: true) { run, manifest in
      let other = InfluenceIndex(
        dimension: run.index.dimension, records: Array(run.index.records.dropLast()),
        decoys: run.index.decoys)
      manifest.index = try run.blobs.put(other.canonicalBytes)
    },
    UnfitArtifact("a curvature of other dimensions than the index", "artifact_corrupt") {
      try await fitCurvature(of: $0, rank: 4, into: &$1)
    },
    UnfitArtifact("the curvature of an adapter of another rank", "artifact_corrupt") {
      try await fitCurvature(of: $0, rank: 2, into: &$1)
    },
    UnfitArtifact("a tracing adapter of another rank", "adapter_mismatch") { run, manifest in
      let other = LoRAAdapter(fresh: run.engine.configuration, rank: 2, alpha: 8, seed: 1)
      // Zeros are not written down: what is up is as wide as the rank says.
      let moved = try LoRAAdapter(
        configuration: other.configuration, rank: 2, alpha: 8, down: other.down,
        up: other.up.map { $0.map { _ in 0.5 } })
      manifest.tracingAdapter = try run.blobs.put(moved.files(baseModel: "tiny").weights)
    },
  ]

  private static func fitCurvature(
    of run: TinyRun, rank: Int, into manifest: inout RunManifest
  ) async throws {
    let adapter = try await run.engine.load(
      LoRAAdapter(fresh: run.engine.configuration, rank: rank, alpha: 8, seed: 1))
    let examples = [
      TrainingExample(promptTokens: [5, 6], answerTokens: [7, 8, 2]),
      TrainingExample(promptTokens: [9, 6], answerTokens: [17, 2]),
    ]
    let fit = CurvatureFit(
      engine: run.engine, adapter: adapter,
      limits: CurvatureLimits(wideDirections: 2, dimension: 64))
    manifest.curvature = try run.blobs.put(
      try await fit.curvature(of: ExampleSource(examples)).bytes)
    await run.engine.unload(adapter)
  }
}

/// Artifacts, weights and receipts that do not belong together: each way that a user meets them ends
/// with a code.
@Suite struct BadInputTests {
  /// The code that a failure begins with, as a terminal or a log shows it.
  private func code(_ body: () async throws -> Void) async -> String {
    do {
      try await body()
      return "none"
    } catch { return String("\(error)".prefix { $0 != ":" }) }
  }

  @Test(arguments: UnfitArtifact.all)
  func `an artifact that does not fit the run is refused where an adapter is served or checked`(
    _ unfit: UnfitArtifact
  ) async throws {
    var run = try await TinyRun.shared.value
    try await unfit.change(run, &run.manifest)
    try run.blobs.put(run.manifest.canonicalBytes)
    let ledger = try MemoryLedger(.test)
    let id = try await run.publish(on: ledger)

    let serving = await code {
      _ = try await ServedAdapter.load(
        id, from: ledger, blobs: run.blobs, engine: run.engine, weights: TinyRun.weights)
    }
    #expect(serving == unfit.code)
    // The same names on this ledger as on the one that settled the receipt.
    let settled = try await SettledAnswer.shared.value
    let verifier = ReceiptVerifier(
      ledger: ledger, blobs: run.blobs, tokenizer: run.engine.tokenizer)
    let checking = await code { try await verifier.checkArithmetic(of: settled.published) }
    if unfit.isOfArithmetic { #expect(checking == unfit.code) }
    let recomputing = await code {
      _ = try await verifier.checkByRecomputation(
        settled.published, engine: run.engine, weights: TinyRun.weights)
    }
    #expect(recomputing == unfit.code)
  }

  @Test func `an index that is cut short on disk is named as damaged`() async throws {
    let settled = try await SettledAnswer.shared.value
    let run = settled.world.run
    let folder = TemporaryFolder()
    let blobs = try run.blobs(at: folder.path)
    let file = URL(filePath: blobs.file(of: run.manifest.index))
    try Data(contentsOf: file).dropLast(100).write(to: file)
    let verifier = ReceiptVerifier(
      ledger: settled.world.ledger, blobs: blobs, tokenizer: run.engine.tokenizer)

    let checking = await code { try await verifier.checkArithmetic(of: settled.published) }
    let serving = await code {
      _ = try await ServedAdapter.load(
        settled.world.adapter.id, from: settled.world.ledger, blobs: blobs, engine: run.engine,
        weights: TinyRun.weights)
    }
    #expect([checking, serving] == ["corrupt", "corrupt"])
  }

  @Test func `another model file than the run's is named before anything is computed`()
    async throws
  {
    let settled = try await SettledAnswer.shared.value
    let recomputing = await code {
      _ = try await settled.verifier.checkByRecomputation(
        settled.published, engine: settled.world.run.engine, weights: digest("another file"))
    }
    #expect(recomputing == "wrong_base_model")
  }

  @Test func `a receipt of another chain is told from a wrong one`() async throws {
    let settled = try await SettledAnswer.shared.value
    var genesis = Genesis.test
    genesis.name = "another"
    let ledger = try MemoryLedger(genesis)
    // Though the other chain has all that the receipt names, by the same names.
    _ = try await settled.world.run.publish(on: ledger)
    let verifier = ReceiptVerifier(
      ledger: ledger, blobs: settled.world.run.blobs, tokenizer: nil)
    let checking = await code { try await verifier.checkArithmetic(of: settled.published) }
    #expect(checking == "wrong_chain")
  }

  @Test func `what was withdrawn later leaves old receipts right; what was erased is said to be`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    let paid = world.paid()
    _ = try await server.complete(paid) { _ in }
    let order = try #require(paid.order)
    let published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    let contribution = TinyRun.contribution(of: contributors[0])
    func withdraw(to use: ContributionUse) async throws {
      try await world.ledger.succeed(
        .withdrawContribution(WithdrawContribution(contribution: contribution, use: use)),
        by: contributors[0])
    }
    for use in [ContributionUse.noNewTraining, .retrievalOff] {
      try await withdraw(to: use)
      try await world.verifier.checkArithmetic(of: published)
    }

    let folder = TemporaryFolder()
    let blobs = try world.run.blobs(at: folder.path)
    let lost = world.run.texts.texts.filter { world.run.group(of: $0) == contribution.digest }
    for text in lost { try blobs.remove(text.text.blob) }
    #expect(lost.count == 8)
    let verifier = ReceiptVerifier(
      ledger: world.ledger, blobs: blobs, tokenizer: world.run.engine.tokenizer)
    func serving() async -> String {
      await code {
        _ = try await ServedAdapter.load(
          world.adapter.id, from: world.ledger, blobs: blobs, engine: world.run.engine,
          weights: TinyRun.weights)
      }
    }
    #expect(
      await code { try await verifier.checkArithmetic(of: published) } == "artifact_missing")
    #expect(await serving() == "artifact_missing")
    // Nothing else of the run goes with them: what takes none of these texts is checked as ever.
    try await withdraw(to: .erased)
    #expect(try await verifier.checkArithmetic(of: published) == .chosenAnew)
    #expect(await serving() == "none")
    let cosine = try await verifier.checkByRecomputation(
      published, engine: world.run.engine, weights: TinyRun.weights)
    #expect(cosine >= ReceiptVerifier.leastCosine)
  }
}
