import Attribution
import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import LanguageModels
import Ledger
import ModelFactory
import OpenLoRA
import Primitives
import RunKit
import Storage
import TestKit
import Testing

/// A run on the tiny model whose records, draw and uplift are what a ledger's version, header and
/// questions make of them; and what its owner claims of it, which may be a lie.
struct ClaimedRun: Sendable {
  static let honest = Task { try await ClaimedRun() }

  static let recipe = TrainingRecipe(
    rank: 4, alpha: 8, epochs: 6, batchSize: 4, learningRateInMillionths: 10_000, seed: 3,
    systemMessage: "Hi.")
  private static let decoyCount = 4

  let engine: LanguageEngine
  /// In commit order.
  let heads: [TrainingRecord]
  let texts: SnapshotTexts
  let questions: [HeldOutQuestion]
  let folder = TemporaryFolder()

  // What the owner claims.
  var manifest: RunManifest
  var index: InfluenceIndex
  var curvature: AdapterCurvature
  var adapter: LoRAAdapter
  var tracingAdapter: LoRAAdapter
  var uplift: [GroupUplift]

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

  private static func record(_ kind: String, _ name: String) throws -> InstructionRecord {
    try InstructionRecord(term: name, question: "\(name)?", answer: answer(kind, name))
  }

  private init() async throws {
    engine = try TinyModel.engine(contextLength: 256)
    let chain = try await LedgerOfRun()
    var texts: [SnapshotText] = []
    var heads: [TrainingRecord] = []
    for (number, (kind, names)) in Self.kinds.enumerated() {
      for (place, name) in names.enumerated() {
        let text = SnapshotText(
          record: try Self.record(kind, name), salt: digest("salt of \(name)"),
          place: CommitPlace(
            height: chain.priorities[number].height, indexInBlock: chain.priorities[number].index,
            indexInContribution: UInt32(place)))
        heads.append(
          TrainingRecord(
            text, origin: LedgerOfRun.origins[number],
            // Its question names the apple's.
            neighbours: name == "apple pie" ? [texts[0]] : []))
        texts.append(text)
      }
    }
    self.heads = heads
    self.texts = SnapshotTexts(texts)
    questions = try [
      ("red", ["fire", "lips", "wine", "poppy", "mars"]),
      ("blue", ["lake", "denim", "cobalt", "jay", "iris"]),
    ].flatMap { kind, names in
      try names.map {
        HeldOutQuestion(domain: kind, record: try Self.record(kind, $0))
      }
    }
    let drawing = try await chain.published(root: Self.root(of: heads))
    let (trained, decoys) = DecoyDraw(block: drawing).divide(heads, decoys: Self.decoyCount)
    let made = try await Self.trained(on: trained, by: engine)
    (adapter, tracingAdapter) = made
    (curvature, index) = try await Self.traced(
      trained, decoys, at: made.early, by: engine, curvatureOf: trained)
    manifest = RunManifest(
      baseWeights: TinyRun.weights, snapshotRoot: Self.root(of: heads),
      trained: trained.map(\.digest), decoys: decoys.map(\.digest).sorted(), decoyDraw: drawing,
      recipe: Self.recipe, adapter: .zero, adapterSettings: .zero, tracingAdapter: .zero,
      curvature: .zero, index: .zero, texts: .zero, codeVersion: "1")
    uplift = []
    uplift = try await recomputation.uplift(on: questions).paid
  }

  var trained: [TrainingRecord] {
    heads.filter { manifest.trained.contains($0.digest) }
  }

  var decoys: [TrainingRecord] { heads.filter { manifest.decoys.contains($0.digest) } }

  /// As whoever has nothing but what is published computes it again.
  var recomputation: RunRecomputation {
    RunRecomputation(
      of: PublishedRun(
        manifest: manifest, texts: texts, elsewhere: SnapshotTexts([]), index: index,
        curvature: curvature, adapter: adapter, tracingAdapter: tracingAdapter), engine: engine)
  }

  // MARK: - Making

  /// The adapters that the recipe makes of records.
  static func trained(
    on records: [TrainingRecord], recipe: TrainingRecipe = recipe, by engine: LanguageEngine
  ) async throws -> (whole: LoRAAdapter, early: LoRAAdapter) {
    func adapter(after step: Int) async throws -> LoRAAdapter {
      var settings = recipe.settings(steps: recipe.stepCount(records: records.count))
      settings.stopStep = step
      return try await engine.train(
        on: records.map {
          recipe.example(
            question: $0.text.question, answer: $0.text.answer, template: engine.template)
        }, settings: settings)
    }
    return (
      try await adapter(after: .max),
      try await adapter(after: recipe.tracingStep(records: records.count))
    )
  }

  /// Curvature and rows at an adapter, in padded batches as an owner makes them.
  static func traced(
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

  private static func root(of heads: [TrainingRecord]) -> Digest {
    MerkleTree(leaves: heads.map { $0.digest.bytes + $0.origin.canonicalBytes }).root
  }
}

/// The chain of a run up to the header that draws its decoys: the same each time.
struct LedgerOfRun: Sendable {
  let ledger: MemoryLedger
  let datanet: Identifier<Datanet>
  /// Of the contributions.
  let priorities: [Priority]

  static let origins = contributors.map {
    RecordOrigin(
      contributor: $0.account.digest, group: TinyRun.contribution(of: $0).digest)
  }

  /// Windows that no test outlasts unless it lets time pass, and bonds that everybody can pay.
  private static var genesis: Genesis {
    var genesis = Genesis.test
    genesis.parameters.receipts.challengeWindow = Window(milliseconds: 600_000, blocks: 100)
    genesis.parameters.disputes.disputeBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.verifierBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.commitWindow = Window(milliseconds: 60_000, blocks: 4)
    genesis.parameters.disputes.revealWindow = Window(milliseconds: 60_000, blocks: 4)
    return genesis
  }

  /// Up to the contributions.
  init() async throws {
    ledger = try MemoryLedger(Self.genesis)
    datanet = try await ledger.make(
      .createDatanet(
        CreateDatanet(
          name: "tiny", type: .instruction, licence: .spdx("CC0-1.0"), floorRateIn: .zero,
          floorRateOut: .zero, contributionDeposit: .zero, bond: .zero)), by: builder)
    var priorities: [Priority] = []
    for (number, contributor) in contributors.enumerated() {
      try await TinyRun.contribute(number, by: contributor, to: datanet, on: ledger)
      let id = TinyRun.contribution(of: contributor)
      let contribution = try #require(try await ledger.record(.contribution(id)))
      priorities.append(contribution.priority)
    }
    self.priorities = priorities
  }

  /// Publishes a version, and returns the digest of the header that draws decoys.
  func published(root: Digest) async throws -> Digest {
    let commitment = CommitHeldOut.commitment(
      datanet: datanet, curator: builder.account, salt: digest("salt"), blob: digest("held out"))
    try await ledger.succeed(
      .commitHeldOut(CommitHeldOut(datanet: datanet, epoch: 1, commitment: commitment)),
      by: builder)
    try await TinyRun.publishVersion(of: datanet, root: root, records: 20, on: ledger)
    // The next block, whatever is in it.
    try await ledger.succeed(
      .registerVerifier(RegisterVerifier(bond: Amount(baseUnits: 10))), by: contributors[2])
    return try await ledger.status().header.digest
  }

  /// Submits a run, and returns it.
  func submit(_ run: ClaimedRun) async throws -> Identifier<Run> {
    _ = try await published(root: run.manifest.snapshotRoot)
    let base: Identifier<BaseModel> = try await ledger.make(
      .registerBaseModel(
        RegisterBaseModel(name: "tiny", weights: TinyRun.weights, licence: .spdx("CC0-1.0"))),
      by: builder)
    return try await ledger.make(
      .submitRunRecord(
        SubmitRunRecord(
          version: VersionName(datanet: datanet, number: 1), baseModel: base,
          manifest: run.manifest.digest, adapterWeights: run.manifest.adapter,
          indexRoot: run.index.root, decoyRoot: run.index.decoyRoot,
          rowCount: UInt32(run.index.records.count), decoyCount: UInt32(run.index.decoys.count),
          codeVersion: "1",
          uplift: run.uplift.map {
            UpliftEntry(
              contribution: Identifier($0.group), contributor: Identifier($0.contributor),
              uplift: $0.microNats)
          }.sorted { $0.contribution < $1.contribution }, bond: .zero)), by: builder)
  }
}
