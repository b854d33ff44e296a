import Attribution
import AttributionRules
import CanonicalCoding
import ClientAPI
import Datanets
import LanguageModels
import Ledger
import ModelFactory
import OpenLoRA
import Primitives
import Storage

extension VerificationSource {
  /// All that computing a run again takes, from what is published.
  ///
  /// - Throws: ``ServingFailure`` with `artifactMissing` or `artifactCorrupt` for what the owner has
  ///   to publish, `recordsErased`, `wrongBaseModel` if `weights` are not the run's; `CommandFailure`
  ///   with `artifact_missing`.
  func judge(
    of id: Identifier<Run>, _ record: RunRecord, engine: LanguageEngine, weights: Digest
  ) async throws -> RunJudge {
    try await fetchArtifacts(of: record)
    let artifacts = Artifacts(blobs: blobs)
    let manifest = try artifacts.manifest(of: record)
    guard manifest.baseWeights == weights else {
      throw ServingFailure(.wrongBaseModel, "run \(id) was trained on another base model")
    }
    let index = try artifacts.index(of: manifest, run: record)
    let texts = try await PublishedTexts.load(
      of: manifest, index: index, artifacts: artifacts, ledger: ledger)
    if let erased = texts.erased.keys.min() {
      try await checkErasure(of: erased, in: index)
      _ = try texts.text(of: erased)
    }
    let elsewhere = try await elsewhere(of: manifest)
    let settings = try artifacts.bytes(manifest.adapterSettings)
    func adapter(_ digest: Digest) throws -> LoRAAdapter {
      try LoRAAdapter(
        .init(weights: artifacts.bytes(digest), settings: settings), for: engine.configuration)
    }
    let (curvature, traced) = (
      try artifacts.curvature(of: manifest), try adapter(manifest.tracingAdapter)
    )
    guard curvature.basis.fits(engine.configuration, rank: traced.rank),
      curvature.dimension == index.dimension
    else {
      throw ServingFailure(.artifactCorrupt, "the run's curvature is not its tracing adapter's")
    }
    let run = PublishedRun(
      manifest: manifest, texts: texts.texts, elsewhere: elsewhere.texts,
      lacksNeighbours: elsewhere.areErased, index: index, curvature: curvature,
      adapter: try adapter(manifest.adapter), tracingAdapter: traced)
    return RunJudge(
      ledger: ledger, record: record, recomputation: RunRecomputation(of: run, engine: engine),
      questions: try await questions(of: record), answers: try await answers(of: id))
  }

  /// A record's text is kept until every window on its contribution is over, whoever wants it erased.
  private func checkErasure(of record: Digest, in index: InfluenceIndex) async throws {
    guard let group = index.origin(of: record)?.group,
      try await ledger.record(.contribution(Identifier(group)))?.use != .erased
    else { return }
    throw ServingFailure(
      .artifactMissing, "the text of record \(record) is not here, and not yet to be erased")
  }

  /// The texts of neighbours besides the run's records, and whether some are erased.
  private func elsewhere(
    of manifest: RunManifest
  ) async throws -> (texts: SnapshotTexts, areErased: Bool) {
    let artifacts = Artifacts(blobs: blobs)
    do {
      return (
        try await PublishedTexts.elsewhere(of: manifest, artifacts: artifacts, ledger: ledger),
        false
      )
    } catch let failure as ServingFailure where failure.code == .recordsErased {
      let names = try artifacts.texts(of: manifest).elsewhere
      return (SnapshotTexts(try names.compactMap { try artifacts.text($0.text) }), true)
    }
  }

  /// The questions that measure a run; nil until all parts are revealed, and if one is not here.
  private func questions(of run: RunRecord) async throws -> [HeldOutQuestion]? {
    guard let heldOut = try await ledger.record(.heldOut(run.epoch)) else { return nil }
    var questions: [HeldOutQuestion] = []
    for part in heldOut.parts {
      guard let blob = part.blob, try await isHere(afterAsking: blob),
        let bytes = try blobs.bytes(of: blob)
      else { return nil }
      questions += try HeldOutSet(blob: bytes).items.map {
        HeldOutQuestion(domain: $0.domain, record: $0.record)
      }
    }
    return questions
  }

  /// What a run's answers brought its contributors, by every batch that stands; of public ones, what
  /// their receipts say.
  private func answers(of run: Identifier<Run>) async throws -> [RightShares.Answer] {
    var isOfRun: [Identifier<Adapter>: Bool] = [:]
    var answers: [RightShares.Answer] = []
    let batches = try await ledger.records(
      in: .batches, named: Identifier<Batch>.self, as: BatchRecord.self)
    for (_, batch) in batches where batch.status != .voided {
      guard try await isHere(afterAsking: batch.blob), let bytes = try blobs.bytes(of: batch.blob),
        let contents = try? BatchContents(canonicalBytes: bytes)
      else { continue }
      for (leaf, order) in zip(contents.receipts, contents.orders) {
        if isOfRun[leaf.adapter] == nil {
          isOfRun[leaf.adapter] =
            try await ledger.record(.adapter(leaf.adapter))?.offer.run == run
        }
        guard isOfRun[leaf.adapter] == true, let pool = try? leaf.payouts.adding(leaf.refund)
        else { continue }
        let isPublic = order.order.isPublic
        let published =
          isPublic ? try? await receipt(named: order.order.signedDigest.description) : nil
        answers.append(
          RightShares.Answer(
            settledAt: batch.settledAt, pool: pool,
            evidence: published?.receipt.digest == leaf.receipt ? published?.receipt.evidence : nil)
        )
      }
    }
    return answers
  }
}
