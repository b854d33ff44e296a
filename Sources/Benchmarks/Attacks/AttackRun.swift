internal import Attribution
internal import AttributionRules
internal import ClientAPI
internal import Cryptography
internal import Datanets
internal import LanguageModels
internal import ModelFactory
internal import Primitives

/// Takes scenes through everything that stands between a commitment and pay: copies, decoys,
/// training, uplift, index, and the division of each answer's pool.
///
/// A training is done once for all scenes that train on the same records.
final class AttackRuns {
  private let engine: LanguageEngine
  private var trainings: [TrainingKey: Trained] = [:]
  /// How many trainings were run.
  var trainingCount: Int { trainings.count }

  init(engine: LanguageEngine) { self.engine = engine }

  private struct InstructionText: Hashable {
    let question: String
    let answer: String
  }

  /// All that a row follows from.
  private struct TracedText: Hashable {
    let text: InstructionText
    let neighbours: [InstructionText]

    init(_ record: TrainingRecord) {
      text = AttackRuns.text(record.text)
      neighbours = record.neighbours.map { AttackRuns.text($0.text) }
    }
  }

  private struct TrainingKey: Hashable {
    let trained: [InstructionText]
    let seed: UInt64
  }

  private struct Trained {
    let tracing: AdapterTracing
    let early: AdapterHandle
    var vectors: [InstructionText: [Float]] = [:]
    var rows: [TracedText: SignRow] = [:]
    var queries: [InstructionText: QueryVector] = [:]
  }

  /// Runs a scene whose offers were committed one a block: one training, unless another scene had
  /// the same records to train on.
  func income(of scene: AttackScene) async throws -> AttackIncome {
    let committed = try scene.committed()
    let accounts = Dictionary(
      zip(committed.map(\.origin.contributor), scene.offers.map(\.account)),
      uniquingKeysWith: { first, _ in first })
    return try await answered(committed, in: scene).income(accounts)
  }

  /// A run on what was committed, and its answers to the scene's questions.
  func answered(
    _ committed: [CommittedContribution], in scene: AttackScene
  ) async throws -> AnsweredRun {
    let snapshot = try Snapshot(committed, after: scene.committedElsewhere())
    let records = snapshot.heads.map {
      TrainingRecord($0.text, origin: $0.origin, neighbours: $0.neighbours)
    }
    let (trained, decoys) = DecoyDraw(block: scene.block).divide(records, decoys: scene.decoyCount)
    let alike = try HeldOutSet(items: scene.heldOut).heads(of: snapshot)

    let key = TrainingKey(trained: trained.map { Self.text($0.text) }, seed: scene.trainingSeed)
    var run: Trained
    if let known = trainings[key] { run = known } else { run = try await train(key) }
    let uplift = try await uplift(of: trained, heldOut: scene.heldOut, alike: alike, &run)
    let rows = try await rows(of: trained + decoys, &run)
    let queries = try await queries(of: scene.questions, &run)
    trainings[key] = run

    let index = InfluenceIndex(
      dimension: run.tracing.curvature.dimension, records: Array(rows[..<trained.count]),
      decoys: Array(rows[trained.count...]))
    return AnsweredRun(
      snapshotRoot: snapshot.root, index: index,
      uplift: uplift.groups.map {
        GroupUplift(
          group: $0.origin.group, contributor: $0.origin.contributor,
          microNats: $0.certainMicroNats)
      },
      answers: queries.map { index.evidence(for: $0) })
  }

  // MARK: - What an attacker tries at home

  /// The loss of each document at the base model.
  func baseLosses(of documents: [String]) async throws -> [Double] {
    try await engine.evaluate(
      documents.map { Self.example(try Self.text(AttackText.record($0))) }
    ).map { Double($0.loss) }
  }

  /// The sum of each candidate's scores for all questions, in a run on other documents.
  func totalScores(
    of candidates: [String], trainedOn documents: [String], questions: [String], seed: UInt64
  ) async throws -> [Double] {
    func texts(_ documents: [String]) throws -> [InstructionText] {
      try documents.map { Self.text(try AttackText.record($0)) }
    }
    let run = try await train(TrainingKey(trained: texts(documents), seed: seed))
    let tracing = run.tracing
    let queries = try await tracing.vectors(of: try texts(questions).map(Self.example))
      .map { QueryVector(quantising: $0) }
    let examples = try texts(candidates).map(Self.example)
    return try await tracing.vectors(of: examples).map { vector in
      let row = SignRow(rounding: vector)
      return queries.reduce(0) { $0 + Double(row.score($1)) }
    }
  }

  // MARK: - Before training

  private static func text(_ text: QuestionAnswer) -> InstructionText {
    InstructionText(question: text.question, answer: text.answer)
  }

  private static func text(_ record: InstructionRecord) -> InstructionText {
    InstructionText(question: record.question, answer: record.answer)
  }

  /// A byte is a token.
  private static func example(_ text: InstructionText) -> TrainingExample {
    TrainingExample(
      promptTokens: text.question.utf8.map(Int32.init),
      answerTokens: text.answer.utf8.map(Int32.init))
  }

  // MARK: - The run

  private static let recipe = TrainingRecipe(
    rank: 4, alpha: 16, epochs: 4, batchSize: 16, learningRateInMillionths: 5_000, seed: 0,
    systemMessage: "")

  private func train(_ key: TrainingKey) async throws -> Trained {
    let examples = key.trained.map(Self.example)
    var recipe = Self.recipe
    recipe.seed = key.seed
    let steps = recipe.stepCount(records: examples.count)
    // Nothing is asked of the adapter that the whole training would end with.
    var settings = recipe.settings(steps: steps)
    settings.stopStep = steps / 2
    let kept = EarlyAdapter()
    let early = try await engine.train(
      on: examples, settings: settings,
      checkpointSteps: [recipe.tracingStep(records: examples.count)],
      checkpoint: { _, adapter in kept.value = adapter })
    let handle = try await engine.load(kept.value ?? early)
    let curvature = try await CurvatureFit(engine: engine, adapter: handle)
      .curvature(of: ExampleSource(examples))
    return Trained(
      tracing: AdapterTracing(engine: engine, adapter: handle, curvature: curvature),
      early: try await engine.load(early))
  }

  private func uplift(
    of trained: [TrainingRecord], heldOut: [HeldOutItem], alike: [Set<Digest>],
    _ run: inout Trained
  ) async throws -> RunUplift {
    let texts = heldOut.map { Self.text($0.record) }
    let examples = texts.map(Self.example)
    func loss(_ adapter: AdapterHandle?) async throws -> Double {
      try await engine.evaluate(examples, adapter: adapter)
        .reduce(0) { $0 + Double($1.loss) } / Double(examples.count)
    }
    let domains = heldOut.map(\.domain)
    let named = Set(domains).sorted()
    return try RunUplift(
      trained: trained,
      trainedGradients: try await vectors(of: trained.map { Self.text($0.text) }, &run),
      earlierGradients: try await vectors(
        of: RunUplift.earlier(besides: trained).map { Self.text($0.text) }, &run),
      heldOutGradients: try await vectors(of: texts, &run),
      heldOutDomains: domains.map { named.firstIndex(of: $0) ?? named.count },
      heldOutAlike: alike,
      measuredDrop: try await loss(nil) - loss(run.early))
  }

  private func vectors(
    of texts: [InstructionText], _ run: inout Trained
  ) async throws -> [[Float]] {
    let missing = texts.filter { run.vectors[$0] == nil }
    let found = try await run.tracing.vectors(of: missing.map(Self.example))
    for (text, vector) in zip(missing, found) { run.vectors[text] = vector }
    return texts.compactMap { run.vectors[$0] }
  }

  // MARK: - Scores and pay

  private func rows(
    of records: [TrainingRecord], _ run: inout Trained
  ) async throws -> [IndexedRecord] {
    let missing = records.map(TracedText.init).filter { run.rows[$0] == nil }
    for (traced, vector) in zip(missing, try await vectors(of: missing.map(\.text), &run)) {
      run.rows[traced] = SignRow(
        rounding: vector, after: try await vectors(of: traced.neighbours, &run))
    }
    return records.compactMap { record in
      let traced = TracedText(record)
      return run.rows[traced].map {
        IndexedRecord(
          record: record.digest, tokens: UInt32(Self.example(traced.text).answerTokens.count),
          origin: record.origin, row: $0)
      }
    }
  }

  private func queries(
    of questions: [HeldOutItem], _ run: inout Trained
  ) async throws -> [QueryVector] {
    let texts = questions.map { Self.text($0.record) }
    let missing = texts.filter { run.queries[$0] == nil }
    let vectors = try await run.tracing.vectors(of: missing.map(Self.example), batched: false)
    for (text, vector) in zip(missing, vectors) {
      run.queries[text] = QueryVector(quantising: vector)
    }
    return texts.compactMap { run.queries[$0] }
  }
}

/// The adapter that a training leaves on its way.
///
/// `@unchecked Sendable`: the engine's thread writes it before the call that it belongs to returns.
private final class EarlyAdapter: @unchecked Sendable {
  var value: LoRAAdapter?
}
