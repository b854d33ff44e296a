internal import Attribution
internal import AttributionRules
internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Datanets
internal import LanguageModels
internal import Ledger
internal import ModelFactory
internal import Node
internal import Primitives
internal import Storage
internal import Synchronization

/// A chain of one node, and on it a small run on the base model whose adapter is on offer.
///
/// Trained so little that answers are as long as the base model's; what it costs to trace and to pay for
/// them does not depend on what was learnt.
struct PublishedModel: Sendable {
  static let owner = key("owner")
  static let server = key("server")
  static let payer = key("payer")
  private static let contributors = [key("first"), key("second")]
  private static let recipe = TrainingRecipe(
    epochs: 1, learningRateInMillionths: 20, seed: 5, systemMessage: "Explain at length.")
  private static let records = 12
  private static let decoys = 4

  let node: LedgerNode
  let engine: LanguageEngine
  let blobs: BlobStore
  /// SHA-256 of the base model's file.
  let weights: Digest
  let adapter: Identifier<Adapter>
  /// The served one's numbers.
  let factors: LoRAAdapter

  private static func key(_ name: String) -> SigningKey {
    guard let key = SigningKey(seed: digest(name).bytes) else {
      preconditionFailure("a digest is a seed")
    }
    return key
  }

  private static func digest(_ name: String) -> Digest { SHA256.digest(of: Array(name.utf8)) }

  /// Windows end in a second, so that what a server claims for contributors is seen.
  static let genesis: Genesis = {
    let second = Window(milliseconds: 1_000, blocks: 1)
    return Genesis(
      name: "serving", symbol: "WHN", time: BlockTime(milliseconds: 1_000_000),
      allocations: ([owner, server, payer] + contributors).map {
        Allocation(
          publicKey: $0.publicKey, amount: Amount(baseUnits: 1_000_000_000_000_000_000_000_000))
      }.sorted { $0.publicKey < $1.publicKey },
      parameters: LedgerParameters(
        accounts: AccountParameters(minimumGasPrice: .zero),
        datanets: DatanetParameters(
          minimumBond: .zero, minimumCuratorBond: .zero, curatorsRequired: 1, bondWindow: second,
          revealWindow: second),
        models: ModelParameters(minimumRunBond: .zero),
        channels: ChannelParameters(closingWindow: second),
        receipts: ReceiptParameters(
          platformFee: Amount(baseUnits: 11), split: .standard, challengeWindow: second,
          dustThreshold: .zero)))
  }()

  // MARK: - Making

  /// Trains, makes the index and tells it all to a running node.
  ///
  /// Takes a few minutes of one core.
  static func publish(
    on node: LedgerNode, engine: LanguageEngine, weights: Digest, blobs: BlobStore
  ) async throws -> PublishedModel {
    let datanet = try await make(
      .createDatanet(
        CreateDatanet(
          name: "serving", type: .instruction, licence: .spdx("CC0-1.0"), floorRateIn: .zero,
          floorRateOut: .zero, contributionDeposit: .zero, bond: .zero)), on: node,
      making: Datanet.self)
    let contributed = try await contribute(to: datanet, on: node, blobs: blobs)
    let snapshot = try Snapshot(contributed.map(\.committed))
    let made = try await train(snapshot, engine)
    let manifest = try made.manifest(of: snapshot, weights: weights, blobs: blobs)
    try await publishVersion(of: datanet, contributed.map(\.id), snapshot, on: node)
    let base = try await make(
      .registerBaseModel(
        RegisterBaseModel(name: "base", weights: weights, licence: .spdx("Apache-2.0"))),
      on: node, making: BaseModel.self)
    let run = try await make(
      .submitRunRecord(
        made.claim(manifest, datanet: datanet, base: base, contributed: contributed.map(\.entry))),
      on: node, making: Run.self)
    let adapter = try await make(
      .publishAdapter(
        PublishAdapter(
          run: run, name: "serving", rateIn: Amount(baseUnits: 500_000_000_000_000),
          rateOut: Amount(baseUnits: 5_000_000_000_000_000))), on: node, making: Adapter.self)
    try await reveal(datanet, on: node)
    return PublishedModel(
      node: node, engine: engine, blobs: blobs, weights: weights, adapter: adapter,
      factors: made.adapter)
  }

  /// Opens so many channels from the payer to the server.
  func openChannels(_ count: Int) async throws -> [Identifier<Channel>] {
    var channels: [Identifier<Channel>] = []
    for _ in 0..<count {
      channels.append(
        try await Self.make(
          .openChannel(
            OpenChannel(
              server: Identifier(Self.server.publicKey), signingKey: Self.payer.publicKey,
              deposit: Amount(baseUnits: 1_000_000_000_000_000_000_000))),
          on: node, by: Self.payer, making: Channel.self))
    }
    return channels
  }

  private static func send(
    _ message: Message, on node: LedgerNode, by key: SigningKey = owner
  ) async throws {
    let outcome = try await node.send(message, by: key)
    if let rejection = outcome.rejection {
      throw ServingBenchmarkFailure("the ledger refuses \(message): \(rejection)")
    }
  }

  private static func make<Subject: CreatedSubject>(
    _ message: Message, on node: LedgerNode, by key: SigningKey = owner, making: Subject.Type
  ) async throws -> Identifier<Subject> {
    let account = Identifier<Account>(key.publicKey)
    let sequence = try await node.nextSequence(of: account)
    try await send(message, on: node, by: key)
    return Identifier(creator: account, sequence: sequence)
  }

  // MARK: - Data

  private struct Contributed {
    let id: Identifier<Contribution>
    let committed: CommittedContribution
    let entry: UpliftEntry
  }

  private static func bundle(of contributor: Int) throws -> ContributionBundle {
    let count = (records + decoys) / contributors.count
    return try ContributionBundle(
      records: (0..<count).map { place in
        let number = contributor * count + place
        return try InstructionRecord(
          term: "entry \(number)", question: "What does entry \(number * 7) of the ledger say?",
          answer: "Entry \(number * 7) pays account \(number * 31 % 97) for \(number + 3) records.")
      }, secret: digest("secret of \(contributor)"))
  }

  private static func contribute(
    to datanet: Identifier<Datanet>, on node: LedgerNode, blobs: BlobStore
  ) async throws -> [Contributed] {
    var contributed: [Contributed] = []
    for (number, key) in contributors.enumerated() {
      let bundle = try bundle(of: number)
      try blobs.put(bundle.blob)
      let account = Identifier<Account>(key.publicKey)
      let commitment = CommitContribution.commitment(
        contributor: account, salt: bundle.commitmentSalt, recordsRoot: bundle.recordsRoot)
      let id = try await make(
        .commitContribution(CommitContribution(datanet: datanet, commitment: commitment)),
        on: node, by: key, making: Contribution.self)
      try await send(
        .revealContribution(
          RevealContribution(
            contribution: id, salt: bundle.commitmentSalt, recordsRoot: bundle.recordsRoot,
            recordCount: UInt32(bundle.records.count), blob: bundle.blobDigest)),
        on: node, by: key)
      guard let priority = try await node.record(.contribution(id))?.priority else {
        throw ServingBenchmarkFailure("the ledger has no contribution \(id)")
      }
      contributed.append(
        Contributed(
          id: id,
          committed: CommittedContribution(
            bundle: bundle, origin: RecordOrigin(contributor: account.digest, group: id.digest),
            height: priority.height, indexInBlock: priority.index),
          entry: UpliftEntry(contribution: id, contributor: account, uplift: 9_000)))
    }
    return contributed
  }

  private static func heldOut(_ datanet: Identifier<Datanet>) -> CommitHeldOut {
    CommitHeldOut(
      datanet: datanet, epoch: 1,
      commitment: CommitHeldOut.commitment(
        datanet: datanet, curator: Identifier(owner.publicKey), salt: digest("salt"),
        blob: digest("held out")))
  }

  private static func publishVersion(
    of datanet: Identifier<Datanet>, _ contributions: [Identifier<Contribution>],
    _ snapshot: Snapshot, on node: LedgerNode
  ) async throws {
    let version = VersionName(datanet: datanet, number: 1)
    let messages: [Message] = [
      .commitHeldOut(heldOut(datanet)),
      .judgeContributions(
        JudgeContributions(datanet: datanet, accepted: contributions.sorted(), rejected: [])),
      .draftVersion(
        DraftVersion(
          datanet: datanet, contributions: contributions.sorted(), snapshotRoot: snapshot.root,
          recordCount: UInt32(snapshot.heads.count), heldOutEpoch: 1)),
      .acceptVersion(AcceptVersion(version: version)),
      .publishVersion(PublishVersion(version: version)),
    ]
    for message in messages { try await send(message, on: node) }
  }

  /// From here on contributors can be paid.
  private static func reveal(_ datanet: Identifier<Datanet>, on node: LedgerNode) async throws {
    try await send(
      .revealHeldOut(
        RevealHeldOut(datanet: datanet, epoch: 1, salt: digest("salt"), blob: digest("held out"))),
      on: node)
  }

  // MARK: - Training

  private struct Made {
    let adapter: LoRAAdapter
    let tracingAdapter: LoRAAdapter
    let curvature: [UInt8]
    let index: InfluenceIndex
    let trained: [Digest]
    let decoys: [Digest]

    func manifest(
      of snapshot: Snapshot, weights: Digest, blobs: BlobStore
    ) throws -> RunManifest {
      let files = try adapter.files(baseModel: "base")
      let publication = try snapshot.publication
      for text in publication.texts { try blobs.put(text.canonicalBytes) }
      let manifest = RunManifest(
        baseWeights: weights, snapshotRoot: snapshot.root, trained: trained,
        decoys: decoys.sorted(), decoyDraw: digest("draw"), recipe: recipe,
        adapter: try blobs.put(files.weights), adapterSettings: try blobs.put(files.settings),
        tracingAdapter: try blobs.put(tracingAdapter.files(baseModel: "base").weights),
        curvature: try blobs.put(curvature), index: try blobs.put(index.canonicalBytes),
        texts: try blobs.put(publication.list.canonicalBytes), codeVersion: "1")
      try blobs.put(manifest.canonicalBytes)
      return manifest
    }

    func claim(
      _ manifest: RunManifest, datanet: Identifier<Datanet>, base: Identifier<BaseModel>,
      contributed: [UpliftEntry]
    ) -> SubmitRunRecord {
      SubmitRunRecord(
        version: VersionName(datanet: datanet, number: 1), baseModel: base,
        manifest: manifest.digest, adapterWeights: manifest.adapter, indexRoot: index.root,
        decoyRoot: index.decoyRoot, rowCount: UInt32(index.records.count),
        decoyCount: UInt32(index.decoys.count), codeVersion: "1",
        uplift: contributed.sorted { $0.contribution < $1.contribution }, bond: .zero)
    }
  }

  private static func train(_ snapshot: Snapshot, _ engine: LanguageEngine) async throws -> Made {
    let heads = snapshot.heads.map {
      TrainingRecord($0.text, origin: $0.origin, neighbours: $0.neighbours)
    }
    let (trained, drawn) = (Array(heads.prefix(records)), Array(heads.dropFirst(records)))
    let examples = try trained.map {
      try recipe.example(
        question: $0.text.question, answer: $0.text.answer, template: engine.template)
    }
    let early = Mutex<LoRAAdapter?>(nil)
    let whole = try await engine.train(
      on: examples, settings: recipe.settings(steps: recipe.stepCount(records: trained.count)),
      checkpointSteps: [recipe.tracingStep(records: trained.count)]
    ) { _, adapter in early.withLock { $0 = adapter } }
    let tracingAdapter = early.withLock { $0 } ?? whole
    let handle = try await engine.load(tracingAdapter)
    let indexing = RunIndexing(engine: engine, recipe: recipe, adapter: handle)
    let tracing = try await indexing.tracing(trained: trained)
    let index = try await indexing.index(trained: trained, decoys: drawn, tracing: tracing)
    await engine.unload(handle)
    return Made(
      adapter: whole, tracingAdapter: tracingAdapter, curvature: tracing.curvature.bytes,
      index: index, trained: trained.map(\.digest), decoys: drawn.map(\.digest))
  }
}

/// Why serving could not be measured.
struct ServingBenchmarkFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
