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
    if let erased = texts.erased.keys.min() { _ = try texts.text(of: erased) }
    let settings = try artifacts.bytes(manifest.adapterSettings)
    func adapter(_ digest: Digest) throws -> LoRAAdapter {
      try LoRAAdapter(
        .init(weights: artifacts.bytes(digest), settings: settings), for: engine.configuration)
    }
    let run = PublishedRun(
      manifest: manifest, texts: texts.texts,
      elsewhere: try await PublishedTexts.elsewhere(
        of: manifest, artifacts: artifacts, ledger: ledger), index: index,
      curvature: try artifacts.curvature(of: manifest), adapter: try adapter(manifest.adapter),
      tracingAdapter: try adapter(manifest.tracingAdapter))
    return RunJudge(
      ledger: ledger, record: record, recomputation: RunRecomputation(of: run, engine: engine),
      questions: try await questions(of: record), answers: try await answers(of: id))
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
            evidence: published?.receipt.digest == leaf.receipt ? published?.receipt.evidence : nil))
      }
    }
    return answers
  }
}
