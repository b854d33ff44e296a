import AttributionRules
import Attribution
import ClientAPI
import Datanets
import Foundation
import LanguageModels
import Ledger
import ModelFactory
import OpenLoRA
import Primitives

/// A run with all that a card of it is made from, or judged by.
struct CardSource {
  let id: Identifier<Run>
  let run: RunRecord
  let manifest: RunManifest
  let index: InfluenceIndex
  let heldOut: HeldOutRecord?
  private let source: VerificationSource

  /// - Throws: `name_invalid`, `record_missing`; what fetching and reading artifacts throw.
  init(_ word: String, from source: VerificationSource) async throws {
    guard let digest = Digest(hex: word) else {
      throw CommandFailure(
        .nameInvalid, "\(word) is no run's identifier: 64 hexadecimal digits in lower case")
    }
    try await self.init(Identifier(digest), from: source)
  }

  init(_ id: Identifier<Run>, from source: VerificationSource) async throws {
    guard let run = try await source.ledger.record(.run(id)) else {
      throw CommandFailure(.recordMissing, "the ledger has no run \(id)")
    }
    try await source.fetchArtifacts(of: run)
    let artifacts = Artifacts(blobs: source.blobs)
    self.id = id
    self.run = run
    manifest = try artifacts.manifest(of: run)
    index = try artifacts.index(of: manifest, run: run)
    heldOut = try await source.ledger.record(.heldOut(run.epoch))
    self.source = source
  }

  /// The card that a server offers of the run; nil if it offers none.
  func offered() async throws -> SignedRunCard? { try await source.inference?.card(of: id) }

  /// Checks a card, and works out what follows from it.
  /// - Throws: ``CardFault``.
  func figures(of signed: SignedRunCard) throws(CardFault) -> RunCardFigures {
    try signed.check(run: id, heldOut: heldOut)
    return try RunCardFigures(of: signed.card, manifest: manifest, index: index, run: run)
  }

  // MARK: - For measuring

  /// The blobs of the epoch's held-out set.
  /// - Throws: `work_unfinished` while a part of it is hidden: its questions are used once, for the
  ///   uplift that pays, and nobody may learn of them before.
  func revealedBlobs() throws -> [Digest] {
    guard let heldOut, heldOut.release != nil else {
      throw CommandFailure(
        .workUnfinished, "the run's held-out questions are not revealed yet; make its card later")
    }
    let blobs = heldOut.parts.compactMap(\.blob)
    guard !blobs.isEmpty else {
      throw CommandFailure(.workUnfinished, "nobody revealed the run's held-out questions")
    }
    return blobs
  }

  /// All held-out questions, part after part.
  func questions() async throws -> [QuestionAnswer] {
    var questions: [QuestionAnswer] = []
    for blob in try revealedBlobs() {
      try await source.fetch(blob)
      let set = try HeldOutSet(blob: Artifacts(blobs: source.blobs).bytes(blob))
      questions += set.items.map { QuestionAnswer($0.record) }
    }
    return questions
  }

  /// The records trained on, with their texts.
  /// - Throws: ``ServingFailure`` with `recordsErased` if one's text is gone.
  func trained() async throws -> [TrainingRecord] {
    let texts = try await PublishedTexts.load(
      of: manifest, index: index, artifacts: Artifacts(blobs: source.blobs), ledger: source.ledger)
    return try manifest.trained.map { digest in
      guard let origin = index.origin(of: digest) else {
        throw CommandFailure(.artifactMissing, "record \(digest) is in the run, not in its index")
      }
      return TrainingRecord(
        digest: digest, origin: origin, text: QuestionAnswer(try texts.text(of: digest).record))
    }
  }

  /// The base model, if it is the run's.
  func engine() throws -> LanguageEngine {
    guard try LocalModel.weightsDigest() == manifest.baseWeights else {
      throw ServingFailure(.wrongBaseModel, "the run was trained on another base model")
    }
    return try LocalModel.open()
  }

  /// The queries of some questions, at the run's tracing adapter.
  func queries(
    of questions: [QuestionAnswer], engine: LanguageEngine
  ) async throws -> [QueryVector] {
    let artifacts = Artifacts(blobs: source.blobs)
    let adapter = try LoRAAdapter(
      .init(
        weights: artifacts.bytes(manifest.tracingAdapter),
        settings: artifacts.bytes(manifest.adapterSettings)), for: engine.configuration)
    let handle = try await engine.load(adapter)
    let tracing = AdapterTracing(
      engine: engine, adapter: handle, curvature: try artifacts.curvature(of: manifest))
    var queries: [QueryVector] = []
    for question in questions {
      let example = try manifest.recipe.example(
        question: question.question, answer: question.answer, template: engine.template)
      queries.append(
        try await tracing.query(
          prompt: example.promptTokens, answer: example.answerTokens.dropLast()))
    }
    await engine.unload(handle)
    return queries
  }
}
