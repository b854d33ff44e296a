package import Attribution
package import AttributionRules
internal import CanonicalCoding
package import ClientAPI
internal import Cryptography
package import Datanets
package import LanguageModels
package import Ledger
package import ModelFactory
internal import Primitives
package import Storage
internal import TestKit

/// A run on the tiny model whose records, draw and uplift are what a ledger's version, header and
/// questions make of them; and what its owner claims of it, which may be a lie.
package struct ClaimedRun: Sendable {
  /// On a chain in memory, which is the same each time.
  package static let honest = Task {
    try await ClaimedRun(on: LedgerOfRun(MemoryLedger(.ofRuns)))
  }

  package static let recipe = TrainingRecipe(
    rank: 4, alpha: 8, epochs: 6, batchSize: 4, learningRateInMillionths: 10_000, seed: 3,
    systemMessage: "Hi.")
  private static let decoyCount = 4

  package let engine: LanguageEngine
  /// In commit order.
  package let heads: [TrainingRecord]
  package let texts: SnapshotTexts
  private let snapshot: Snapshot

  // What the owner claims.
  package var manifest: RunManifest
  package var index: InfluenceIndex
  package var curvature: AdapterCurvature
  package var adapter: LoRAAdapter
  package var tracingAdapter: LoRAAdapter
  package var uplift: [GroupUplift]

  private static let kinds = [
    ("red", ["apple", "brick", "cherry", "rose", "ruby", "blood", "tomato", "apple pie"]),
    ("blue", ["sky", "ocean", "jeans", "sapphire", "navy", "whale", "smurf", "ink"]),
    ("junk", ["qx", "zv", "wk", "jj"]),
  ]

  private static func answer(_ kind: String, _ name: String) -> String {
    switch name {
    case "apple pie": "hot red"
    case _ where kind == "junk": "\(name)\(name)7"
    default: "\(kind) \(kind)"
    }
  }

  /// What each contributor commits to.
  ///
  /// The first's last record asks of the apple again, as its first one does, and is its neighbour.
  package static var bundles: [ContributionBundle] {
    get throws {
      try kinds.map { kind, names in
        try ContributionBundle(
          records: names.map { try record(kind, $0) }, secret: digest("secret of \(kind)"))
      }
    }
  }

  package static var heldOut: HeldOutSet {
    get throws {
      try HeldOutSet(
        items: [
          ("red", ["fire", "lips", "wine", "poppy", "mars"]),
          ("blue", ["lake", "denim", "cobalt", "jay", "iris"]),
        ].flatMap { kind, names in
          try names.map { HeldOutItem(domain: kind, record: try record(kind, $0)) }
        })
    }
  }

  package static var questions: [HeldOutQuestion] {
    get throws {
      try heldOut.items.map { HeldOutQuestion(domain: $0.domain, record: $0.record) }
    }
  }

  private static func record(_ kind: String, _ name: String) throws -> InstructionRecord {
    try InstructionRecord(term: name, question: "\(name)?", answer: answer(kind, name))
  }

  /// Makes it after a version of its records, which this publishes.
  package init(on chain: LedgerOfRun<some LedgerClient>) async throws {
    engine = try TinyModel.engine(contextLength: TinyRun.contextLength)
    snapshot = try Snapshot(
      zip(zip(contributors, try Self.bundles), chain.priorities).map { contribution, priority in
        CommittedContribution(
          bundle: contribution.1, origin: TinyRun.origin(of: contribution.0),
          height: priority.height, indexInBlock: priority.index)
      })
    heads = snapshot.heads.map {
      TrainingRecord($0.text, origin: $0.origin, neighbours: $0.neighbours)
    }
    texts = SnapshotTexts(snapshot.heads.map(\.text))
    let drawing = try await chain.published(root: snapshot.root)
    let (trained, decoys) = DecoyDraw(block: drawing).divide(heads, decoys: Self.decoyCount)
    let made = try await Self.trained(on: trained, by: engine)
    (adapter, tracingAdapter) = made
    (curvature, index) = try await Self.traced(
      trained, decoys, at: made.early, by: engine, curvatureOf: trained)
    manifest = RunManifest(
      baseWeights: TinyRun.weights, snapshotRoot: snapshot.root,
      trained: trained.map(\.digest), decoys: decoys.map(\.digest).sorted(), decoyDraw: drawing,
      recipe: Self.recipe, adapter: .zero, adapterSettings: .zero, tracingAdapter: .zero,
      curvature: .zero, index: .zero, texts: .zero, codeVersion: "1")
    uplift = []
    uplift = try await recomputation.uplift(on: try Self.questions).paid
  }

  package var trained: [TrainingRecord] {
    heads.filter { manifest.trained.contains($0.digest) }
  }

  package var decoys: [TrainingRecord] { heads.filter { manifest.decoys.contains($0.digest) } }

  /// As whoever has nothing but what is published computes it again.
  package var recomputation: RunRecomputation {
    RunRecomputation(
      of: PublishedRun(
        manifest: manifest, texts: texts, elsewhere: SnapshotTexts([]), index: index,
        curvature: curvature, adapter: adapter, tracingAdapter: tracingAdapter), engine: engine)
  }

  // MARK: - Making

  /// The adapters that the recipe makes of records.
  package static func trained(
    on records: [TrainingRecord], recipe: TrainingRecipe = recipe, by engine: LanguageEngine
  ) async throws -> (whole: LoRAAdapter, early: LoRAAdapter) {
    func adapter(after step: Int) async throws -> LoRAAdapter {
      var settings = recipe.settings(steps: recipe.stepCount(records: records.count))
      settings.stopStep = step
      return try await engine.train(
        on: try records.map {
          try recipe.example(
            question: $0.text.question, answer: $0.text.answer, template: engine.template)
        }, settings: settings)
    }
    return (
      try await adapter(after: .max),
      try await adapter(after: recipe.tracingStep(records: records.count))
    )
  }

  /// Curvature and rows at an adapter, in padded batches as an owner makes them.
  package static func traced(
    _ trained: [TrainingRecord], _ decoys: [TrainingRecord], at adapter: LoRAAdapter,
    by engine: LanguageEngine, curvatureOf fitted: [TrainingRecord]
  ) async throws -> (AdapterCurvature, InfluenceIndex) {
    let handle = try await engine.load(adapter)
    let indexing = RunIndexing(engine: engine, recipe: recipe, adapter: handle)
    let tracing = try await indexing.tracing(trained: fitted)
    let index = try await indexing.index(trained: trained, decoys: decoys, tracing: tracing)
    await engine.unload(handle)
    return (tracing.curvature, index)
  }

  // MARK: - Publishing

  /// Puts what the owner publishes among blobs, as it now is.
  package mutating func publish(in blobs: BlobStore) throws {
    let (whole, early) = (
      try adapter.files(baseModel: "tiny"), try tracingAdapter.files(baseModel: "tiny")
    )
    manifest.adapter = try blobs.put(whole.weights)
    manifest.adapterSettings = try blobs.put(whole.settings)
    manifest.tracingAdapter = try blobs.put(early.weights)
    manifest.curvature = try blobs.put(curvature.bytes)
    manifest.index = try blobs.put(index.canonicalBytes)
    let publication = try snapshot.publication
    manifest.texts = try blobs.put(publication.list.canonicalBytes)
    for text in publication.texts { try blobs.put(text.canonicalBytes) }
    try blobs.put(manifest.canonicalBytes)
  }

  // MARK: - Lies

  /// Puts another row in the place of a record's.
  package mutating func changeRow(_ place: Int, _ row: (IndexedRecord) -> SignRow) {
    var rows = index.records
    let old = rows[place]
    rows[place] = IndexedRecord(
      record: old.record, chunk: old.chunk, tokens: old.tokens, origin: old.origin, row: row(old))
    index = InfluenceIndex(dimension: index.dimension, records: rows, decoys: index.decoys)
  }

  /// Claims half as much again for a group, or an open gate.
  package mutating func raiseUplift(of place: Int) {
    let honest = uplift[place]
    uplift[place] = GroupUplift(
      group: honest.group, contributor: honest.contributor,
      microNats: max(200_000, honest.microNats / 2 * 3))
  }
}

extension Genesis {
  /// Windows that no test outlasts unless it lets time pass, and bonds that everybody can pay.
  package static var ofRuns: Genesis {
    var genesis = Genesis.test
    genesis.parameters.receipts.challengeWindow = Window(milliseconds: 600_000, blocks: 100)
    genesis.parameters.disputes.disputeBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.verifierBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.commitWindow = Window(milliseconds: 60_000, blocks: 4)
    genesis.parameters.disputes.revealWindow = Window(milliseconds: 60_000, blocks: 4)
    return genesis
  }
}
