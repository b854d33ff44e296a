internal import Attribution
package import AttributionRules
internal import CanonicalCoding
package import ClientAPI
package import Cryptography
package import Datanets
package import LanguageModels
package import Ledger
internal import ModelFactory
package import Primitives
package import Storage
internal import TestKit

/// A whole run on the tiny model, with its artifacts: twelve records of three contributors.
package struct TinyRun: Sendable {
  package static let shared = Task { try await TinyRun(contextLength: contextLength) }
  package static let weights = SHA256.digest(of: TinyModel.file(contextLength: contextLength))
  /// A short conversation fits.
  package static let contextLength = 256

  /// A run of which ``longRecord`` has several rows.
  package static let long = Task { try await TinyRun(contextLength: 1024, longRecord: longRecord) }
  /// The number of the long run's long record, the first contributor's.
  package static let longRecord = 2

  package static let recipe = TrainingRecipe(
    rank: 4, alpha: 8, epochs: 20, batchSize: 4, learningRateInMillionths: 10_000, seed: 3,
    systemMessage: "Hi.")

  package let engine: LanguageEngine
  /// SHA-256 of the engine's file.
  package let baseWeights: Digest
  package let blobs: BlobStore
  package let index: InfluenceIndex
  /// What the run claims of its index; a test may have it lie.
  package var indexRoot: Digest
  /// A test may put artifacts of its own in it.
  package var manifest: RunManifest
  package let texts: SnapshotTexts
  /// What each contributor commits to.
  package let bundles: [ContributionBundle]
  private let folder: TemporaryFolder

  private init(contextLength: Int, longRecord: Int? = nil) async throws {
    folder = TemporaryFolder()
    blobs = try BlobStore(at: folder.path)
    engine = try TinyModel.engine(contextLength: contextLength)
    baseWeights = SHA256.digest(of: TinyModel.file(contextLength: contextLength))
    bundles = try contributors.indices.map { contributor in
      try ContributionBundle(
        records: Self.numbers(of: contributor).map {
          try Self.record($0, isLong: $0 == longRecord)
        },
        secret: Self.secret(of: contributor))
    }
    let snapshot = try Snapshot(
      zip(contributors, bundles).enumerated().map { number, contribution in
        CommittedContribution(
          bundle: contribution.1, origin: Self.origin(of: contribution.0),
          // Behind the datanet's block, each commits in one block and reveals in the next.
          height: Height(UInt64(2 + 2 * number)), indexInBlock: 0)
      })
    let records = snapshot.heads.map {
      TrainingRecord($0.text, origin: $0.origin, neighbours: $0.neighbours)
    }
    let drawn = Set(bundles[0].recordDigests.dropFirst(4))
    let (trained, decoys) = (
      records.filter { !drawn.contains($0.digest) }, records.filter { drawn.contains($0.digest) }
    )
    texts = SnapshotTexts(snapshot.heads.map(\.text))
    let (engine, recipe) = (engine, TinyRun.recipe)
    func adapter(after step: Int) async throws -> LoRAAdapter {
      var settings = recipe.settings(steps: recipe.stepCount(records: trained.count))
      settings.stopStep = step
      return try await engine.train(
        on: try trained.map {
          try recipe.example(
            question: $0.text.question, answer: $0.text.answer, template: engine.template)
        }, settings: settings)
    }
    let whole = try await adapter(after: .max)
    let early = try await adapter(after: recipe.tracingStep(records: trained.count))
    let indexing = RunIndexing(
      engine: engine, recipe: recipe, adapter: try await engine.load(early))
    let tracing = try await indexing.tracing(trained: trained)
    index = try await indexing.index(trained: trained, decoys: decoys, tracing: tracing)
    indexRoot = index.root
    let files = try whole.files(baseModel: "tiny")
    manifest = RunManifest(
      baseWeights: baseWeights, snapshotRoot: snapshot.root,
      trained: trained.map(\.digest), decoys: decoys.map(\.digest).sorted(),
      decoyDraw: digest("draw"), recipe: recipe, adapter: try blobs.put(files.weights),
      adapterSettings: try blobs.put(files.settings),
      tracingAdapter: try blobs.put(early.files(baseModel: "tiny").weights),
      curvature: try blobs.put(tracing.curvature.bytes),
      index: try blobs.put(index.canonicalBytes),
      texts: try blobs.put(snapshot.publication.list.canonicalBytes),
      codeVersion: "1")
    for text in try snapshot.publication.texts { try blobs.put(text.canonicalBytes) }
    for bundle in bundles { try blobs.put(bundle.blob) }
    try blobs.put(manifest.canonicalBytes)
  }

  package static func secret(of contributor: Int) -> Digest { digest("secret of \(contributor)") }

  /// Everybody has four records; the first has four decoys more.
  private static func numbers(of contributor: Int) -> [Int] {
    Array(4 * contributor..<4 * contributor + 4) + (contributor == 0 ? Array(12..<16) : [])
  }

  private static func record(_ number: Int, isLong: Bool) throws -> InstructionRecord {
    let answer =
      isLong
      ? (0..<130).map { "w\($0 * 37 % 101)x" }.joined(separator: " ")
      : "a\(number * 7 % 10)\(number)"
    return try InstructionRecord(term: "t\(number)", question: "q\(number)?", answer: answer)
  }

  package static func origin(of contributor: SigningKey) -> RecordOrigin {
    RecordOrigin(
      contributor: contributor.account.digest, group: contribution(of: contributor).digest)
  }

  /// Everybody's first transaction commits to a contribution.
  package static func contribution(of contributor: SigningKey) -> Identifier<Contribution> {
    Identifier(creator: contributor.account, sequence: 0)
  }

  /// The contribution of a record.
  package func group(of text: SnapshotText) -> Digest? { index.origin(of: text.digest)?.group }

  /// All that the run publishes, in another store.
  package func blobs(at path: String) throws -> BlobStore {
    let store = try BlobStore(at: path)
    for digest in [manifest.digest] + manifest.artifacts + texts.texts.map(\.text.blob) {
      guard let bytes = try blobs.bytes(of: digest) else { throw Absent(what: "blob \(digest)") }
      try store.put(bytes)
    }
    return store
  }

  // MARK: - On the ledger

  /// Tells the run's whole story to a fresh ledger, and offers its adapter.
  package func publish(on ledger: some LedgerClient) async throws -> Identifier<Adapter> {
    let datanet: Identifier<Datanet> = try await ledger.make(
      .createDatanet(
        CreateDatanet(
          name: "tiny", type: .instruction, licence: .spdx("CC0-1.0"), floorRateIn: .zero,
          floorRateOut: .zero, contributionDeposit: .zero, bond: .zero)), by: builder)
    for (contributor, bundle) in zip(contributors, bundles) {
      try await Self.contribute(bundle, by: contributor, to: datanet, on: ledger)
    }
    let commitment = CommitHeldOut.commitment(
      datanet: datanet, curator: builder.account, salt: digest("salt"), blob: digest("held out"))
    try await ledger.succeed(
      .commitHeldOut(CommitHeldOut(datanet: datanet, epoch: 1, commitment: commitment)),
      by: builder)
    try await Self.publishVersion(
      of: datanet, root: manifest.snapshotRoot, records: 16, on: ledger)
    let base: Identifier<BaseModel> = try await ledger.make(
      .registerBaseModel(
        RegisterBaseModel(name: "tiny", weights: baseWeights, licence: .spdx("CC0-1.0"))),
      by: builder)
    let run: Identifier<Run> = try await ledger.make(
      .submitRunRecord(claim(of: datanet, base: base)), by: builder)
    return try await ledger.make(
      .publishAdapter(
        PublishAdapter(
          run: run, name: "tiny", rateIn: Amount(baseUnits: 7_000),
          rateOut: Amount(baseUnits: 90_000))), by: builder)
  }

  /// The operator of the datanet accepts what was contributed and publishes a version of it.
  package static func publishVersion(
    of datanet: Identifier<Datanet>, root: Digest, records: UInt32, on ledger: some LedgerClient
  ) async throws {
    let contributions = contributors.map(TinyRun.contribution).sorted()
    let version = VersionName(datanet: datanet, number: 1)
    let messages: [Message] = [
      .judgeContributions(
        JudgeContributions(datanet: datanet, accepted: contributions, rejected: [])),
      .draftVersion(
        DraftVersion(
          datanet: datanet, contributions: contributions, snapshotRoot: root,
          recordCount: records, heldOutEpoch: 1)),
      .acceptVersion(AcceptVersion(version: version)),
      .publishVersion(PublishVersion(version: version)),
    ]
    for message in messages { try await ledger.succeed(message, by: builder) }
  }

  /// Commits to what is the contributor's first contribution, and reveals it.
  package static func contribute(
    _ bundle: ContributionBundle, by contributor: SigningKey, to datanet: Identifier<Datanet>,
    on ledger: some LedgerClient
  ) async throws {
    let commitment = CommitContribution.commitment(
      contributor: contributor.account, salt: bundle.commitmentSalt,
      recordsRoot: bundle.recordsRoot)
    try await ledger.succeed(
      .commitContribution(CommitContribution(datanet: datanet, commitment: commitment)),
      by: contributor)
    try await ledger.succeed(
      .revealContribution(
        RevealContribution(
          contribution: contribution(of: contributor), salt: bundle.commitmentSalt,
          recordsRoot: bundle.recordsRoot, recordCount: UInt32(bundle.records.count),
          blob: bundle.blobDigest)), by: contributor)
  }

  package func claim(
    of datanet: Identifier<Datanet>, base: Identifier<BaseModel>
  ) -> SubmitRunRecord {
    SubmitRunRecord(
      version: VersionName(datanet: datanet, number: 1), baseModel: base,
      manifest: manifest.digest, adapterWeights: manifest.adapter, indexRoot: indexRoot,
      decoyRoot: index.decoyRoot, rowCount: UInt32(index.records.count),
      decoyCount: UInt32(index.decoys.count), codeVersion: "1",
      uplift: zip(contributors, [Int64(9_000), 4_000, -3]).map {
        UpliftEntry(
          contribution: TinyRun.contribution(of: $0), contributor: $0.account, uplift: $1)
      }.sorted { $0.contribution < $1.contribution }, bond: .zero)
  }
}

extension Genesis {
  /// A chain of everybody in these tests, whose windows end soon.
  package static let test = testing([builder, payer, host] + contributors)

  package static func testing(_ people: [SigningKey]) -> Genesis {
    Genesis(
      name: "serving", symbol: "WHN", time: BlockTime(milliseconds: 1_000_000),
      allocations: people.map {
        Allocation(publicKey: $0.publicKey, amount: Amount(baseUnits: 100_000_000))
      }.sorted { $0.publicKey < $1.publicKey },
      parameters: LedgerParameters(
        accounts: AccountParameters(minimumGasPrice: .zero),
        datanets: DatanetParameters(
          minimumBond: .zero, minimumCuratorBond: .zero, curatorsRequired: 1,
          bondWindow: Window(milliseconds: 1000, blocks: 2),
          revealWindow: Window(milliseconds: 1000, blocks: 2)),
        models: ModelParameters(minimumRunBond: .zero),
        channels: ChannelParameters(closingWindow: Window(milliseconds: 1000, blocks: 2)),
        receipts: ReceiptParameters(
          platformFee: Amount(baseUnits: 11), split: .standard,
          challengeWindow: Window(milliseconds: 1000, blocks: 2), dustThreshold: .zero)))
  }
}
