import Attribution
import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Datanets
import Foundation
import LanguageModels
import Ledger
import ModelFactory
import OpenLoRA
import Primitives
import Storage

/// The story, told once from the first contribution to the stranger's check.
struct DemoStory {
  let plan: DemoPlan
  let data: DataFolder
  let chain: DemoChain
  let engine: LanguageEngine
  let weights: Digest
  let terminal: Terminal
  let retraining: RetrainProcess

  private var client: any LedgerClient { chain.client }

  /// What the first half leaves for the second.
  struct Published {
    let datanet: Identifier<Datanet>
    let adapter: Identifier<Adapter>
    let training: DemoTraining.Result
    let names: [Digest: String]
    let reworded: [HeldOutItem]
    let heldOutSalt: Digest
    let heldOutBlob: Digest
  }

  // MARK: - Data and model

  /// Gathers the Datanet, trains on it, and puts run and adapter on the ledger.
  func publish(_ story: StoryFiles) async throws -> Published {
    print(terminal.title("A Datanet of seven contributors"), terminator: "")
    let datanet = try await chain.send(
      .createDatanet(
        CreateDatanet(
          name: "short-answers", type: .instruction, licence: .spdx("LicenseRef-Mixed"),
          floorRateIn: .milliTokens(100),
          floorRateOut: .milliTokens(1000),
          contributionDeposit: .tokens(1), bond: .tokens(100))),
      as: DemoChain.operatorName, making: Datanet.self)
    let heldOut = try HeldOutSet(items: story.unseen)
    let heldOutBlob = try data.blobs.put(heldOut.blob)
    let heldOutSalt = Entropy.digest()
    try await chain.send(
      .commitHeldOut(
        CommitHeldOut(
          datanet: datanet, epoch: 1,
          commitment: CommitHeldOut.commitment(
            datanet: datanet, curator: try chain.account(DemoChain.operatorName),
            salt: heldOutSalt, blob: heldOutBlob))),
      as: DemoChain.operatorName)

    let contributed = try await contribute(story, to: datanet)
    let snapshot = try await snapshot(of: contributed)
    let withoutCopier = try await self.snapshot(of: contributed.filter { $0.name != "copier" })
    tell(snapshot, contributed: contributed, sameWithoutCopier: snapshot.root == withoutCopier.root)
    let published = try await chain.publish(
      DraftVersion(
        datanet: datanet, contributions: contributed.map(\.id).sorted(),
        snapshotRoot: snapshot.root, recordCount: UInt32(snapshot.heads.count), heldOutEpoch: 1))
    return try await train(
      story, snapshot: snapshot, published: published, contributed: contributed,
      datanet: datanet, heldOutSalt: heldOutSalt, heldOutBlob: heldOutBlob)
  }

  /// The snapshot of contributions, after whatever else the chain has.
  private func snapshot(of contributed: [DemoChain.Contributed]) async throws -> Snapshot {
    let gathered = try await ContributionGathering(ledger: client, blobs: data.blobs)
      .snapshot(of: contributed.map(\.id))
    for unread in gathered.unread {
      print("  \(unread.reason.rawValue): contribution \(unread.contribution) gives no priority.")
    }
    return gathered.snapshot
  }

  /// Everybody commits before anybody reveals, but the copier: it sees the others' records first.
  private func contribute(
    _ story: StoryFiles, to datanet: Identifier<Datanet>
  ) async throws -> [DemoChain.Contributed] {
    var contributed: [DemoChain.Contributed] = []
    for contributor in story.contributors where contributor.kind != .copier {
      contributed.append(try await chain.commit(contributor, to: datanet))
    }
    for contribution in contributed {
      _ = try data.blobs.put(contribution.bundle.blob)
      try await chain.reveal(contribution)
    }
    for contributor in story.contributors where contributor.kind == .copier {
      let copies = try await chain.commit(contributor, to: datanet)
      _ = try data.blobs.put(copies.bundle.blob)
      try await chain.reveal(copies)
      contributed.append(copies)
    }
    return contributed
  }

  private func tell(
    _ snapshot: Snapshot, contributed: [DemoChain.Contributed], sameWithoutCopier: Bool
  ) {
    let rows = contributed.map { contribution in
      let own = snapshot.entries.filter { $0.origin.group == contribution.id.digest }
      return [
        contribution.name, "\(own.count)", "\(own.count { !$0.isHead })",
        own.first.map { "\($0.record.question) → \($0.record.answer)" } ?? "",
      ].map { String($0.prefix(70)) }
    }
    print(
      terminal.table(["contributor", "records", "copies", "for example"], rows), terminator: "")
    print(
      "  \(snapshot.heads.count) records are first of their kind"
        + (sameWithoutCopier
          ? "; without the copier the snapshot is the same, root and all."
          : "; without the copier the snapshot would differ."))
  }

  private func train(
    _ story: StoryFiles, snapshot: Snapshot, published: Height,
    contributed: [DemoChain.Contributed], datanet: Identifier<Datanet>, heldOutSalt: Digest,
    heldOutBlob: Digest
  ) async throws -> Published {
    let baseModel = try await chain.send(
      .registerBaseModel(
        RegisterBaseModel(
          name: LocalModel.name, weights: weights, licence: .spdx(LocalModel.licence))),
      as: DemoChain.operatorName, making: BaseModel.self)
    // At least the base model's block came after the publication.
    let draw = try await chain.headerDigest(at: Height(published.number + 1))
    let records = snapshot.heads.map {
      TrainingRecord($0.text, origin: $0.origin, neighbours: $0.neighbours)
    }
    let (trained, decoys) = DecoyDraw(block: draw).divide(records, decoys: plan.decoys)
    let names = Dictionary(
      uniqueKeysWithValues: contributed.map { ($0.id.digest, $0.name) })
    let trainedDigests = Set(trained.map(\.digest))
    let terms = Set(
      snapshot.heads.filter { trainedDigests.contains($0.digest) }.map(\.record.term))
    let reworded = StoryFiles.domains.flatMap { domain in
      Self.firstWordings(of: story.reworded.filter { $0.domain == domain })
        .filter { terms.contains($0.record.term) }.prefix(plan.reworded)
    }

    print(terminal.title("A run: \(trained.count) records, \(decoys.count) decoys"), terminator: "")
    let training = try await DemoTraining(
      plan: plan, engine: engine, terminal: terminal, retraining: retraining,
      retrainings: RetrainFolder(at: data.retrainFolder, baseWeights: weights)
    ).run(
      trained: trained, decoys: decoys, draw: draw, unseen: story.unseen,
      alike: HeldOutSet(items: story.unseen).heads(of: snapshot), reworded: reworded)
    tell(training, names: names)
    let adapter = try await submit(
      training, trained: trained, decoys: decoys, draw: draw, snapshot: snapshot,
      baseModel: baseModel, datanet: datanet)
    return Published(
      datanet: datanet, adapter: adapter, training: training, names: names, reworded: reworded,
      heldOutSalt: heldOutSalt, heldOutBlob: heldOutBlob)
  }

  /// One wording of each term: the first.
  private static func firstWordings(of items: [HeldOutItem]) -> [HeldOutItem] {
    var seen: Set<String> = []
    return items.filter { seen.insert($0.record.term).inserted }
  }

  private func tell(_ training: DemoTraining.Result, names: [Digest: String]) {
    print(
      terminal.table(
        ["held-out", "base loss", "tuned loss", "base exact", "tuned exact"],
        [
          [
            "unseen terms", training.base.loss.rounded(places: 3),
            training.tuned.loss.rounded(places: 3), "\(training.base.exactMatches)",
            "\(training.tuned.exactMatches) of \(training.tuned.count)",
          ],
          [
            "re-worded questions", training.baseReworded.loss.rounded(places: 3),
            training.tunedReworded.loss.rounded(places: 3), "\(training.baseReworded.exactMatches)",
            "\(training.tunedReworded.exactMatches) of \(training.tunedReworded.count)",
          ],
        ]), terminator: "")
    print(terminal.title("Uplift on unseen terms, in nats"), terminator: "")
    func nats(_ micro: Int64) -> String { (Double(micro) / 1_000_000).rounded(places: 3) }
    var rows = training.uplift.groups.map { group in
      let name = names[group.origin.group] ?? "?"
      return [
        name, nats(group.microNats), nats(group.certainMicroNats),
        group.certainMicroNats > 0 ? "open" : "closed",
      ]
    }
    rows.append(["copier", "0.000", "0.000", "closed"])
    print(
      terminal.table(["contributor", "estimate", "certain", "gate"], rows),
      terminator: "")
  }

  private func submit(
    _ training: DemoTraining.Result, trained: [TrainingRecord], decoys: [TrainingRecord],
    draw: Digest, snapshot: Snapshot, baseModel: Identifier<BaseModel>,
    datanet: Identifier<Datanet>
  ) async throws -> Identifier<Adapter> {
    let files = try training.adapter.files(baseModel: LocalModel.name)
    let tracing = try training.tracingAdapter.files(baseModel: LocalModel.name)
    let publication = try snapshot.publication
    for text in publication.texts { try data.blobs.put(text.canonicalBytes) }
    let manifest = RunManifest(
      baseWeights: weights, snapshotRoot: snapshot.root, trained: trained.map(\.digest),
      decoys: decoys.map(\.digest).sorted(), decoyDraw: draw, recipe: plan.recipe,
      adapter: try data.blobs.put(files.weights),
      adapterSettings: try data.blobs.put(files.settings),
      tracingAdapter: try data.blobs.put(tracing.weights),
      curvature: try data.blobs.put(training.curvature.bytes),
      index: try data.blobs.put(training.index.canonicalBytes),
      texts: try data.blobs.put(publication.list.canonicalBytes),
      codeVersion: Whence.version)
    let uplift = training.uplift.groups.map {
      UpliftEntry(
        contribution: Identifier($0.origin.group), contributor: Identifier($0.origin.contributor),
        uplift: $0.certainMicroNats)
    }.sorted { $0.contribution < $1.contribution }
    let run = try await chain.send(
      .submitRunRecord(
        SubmitRunRecord(
          version: VersionName(datanet: datanet, number: 1), baseModel: baseModel,
          manifest: try data.blobs.put(manifest.canonicalBytes), adapterWeights: manifest.adapter,
          indexRoot: training.index.root, decoyRoot: training.index.decoyRoot,
          rowCount: UInt32(training.index.records.count),
          decoyCount: UInt32(training.index.decoys.count),
          codeVersion: Whence.version, uplift: uplift, bond: .tokens(100))),
      as: DemoChain.builderName, making: Run.self)
    return try await chain.send(
      .publishAdapter(
        PublishAdapter(
          run: run, name: "short-answers", rateIn: .milliTokens(500),
          rateOut: .milliTokens(5000))),
      as: DemoChain.builderName, making: Adapter.self)
  }
}
