internal import Attribution
internal import AttributionRules
public import ClientAPI
public import LanguageModels
internal import ModelFactory
internal import Synchronization
internal import Tensors

/// What rounding makes of a run that is computed twice, in other batches and with another number of
/// threads, beside what another record makes of it: a recomputation's tolerances lie in between.
public struct RecomputationBenchmark: Sendable {
  public let figures: [AttributionBenchmark.Figure]

  /// Trains on the records with one thread, with two, and with one record exchanged.
  /// - Parameter progress: told what is done.
  public static func run(
    _ engine: LanguageEngine, records: [InstructionRecord], recipe: TrainingRecipe,
    progress: (String) -> Void
  ) async throws -> RecomputationBenchmark {
    let examples = try records.map {
      try recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
    }
    let exchanged = [examples[1]] + examples.dropFirst()
    func computed(_ trained: [TrainingExample], threads: Int, like first: Computation?)
      async throws -> Computation
    {
      let computation = try await Computation(
        engine, trained: trained, traced: examples, recipe: recipe, threads: threads, like: first)
      progress("\(threads) threads, \(trained == examples ? "the same records" : "another record")")
      return computation
    }
    let one = try await computed(examples, threads: 1, like: nil)
    let two = try await computed(examples, threads: 2, like: one)
    let other = try await computed(exchanged, threads: 1, like: one)

    func rows(
      _ name: String, _ rows: [[Float]], _ vectors: [[Float]], shift: Int = 0,
      neighbours: Int = 0, _ meaning: String
    ) -> [AttributionBenchmark.Figure] {
      let differences = (max(shift, neighbours)..<vectors.count).compactMap { place in
        let before = place - neighbours..<place
        return RowDifference(
          of: SignRow(rounding: rows[place - shift], after: Array(rows[before])),
          from: vectors[place], after: Array(vectors[before]))
      }
      return [
        .rounds("row_sign_\(name)", differences.map(\.sign), "sign of a row, \(meaning)"),
        .rounds("row_scale_\(name)", differences.map(\.scale), "scale of a row, \(meaning)"),
      ]
    }
    func figures(_ name: String, _ again: Computation, _ meaning: String)
      -> [AttributionBenchmark.Figure]
    {
      [
        ("curvature", VectorGeometry.difference(one.fitted, again.fitted), "cosines, curvature"),
        ("adapter", again.last.distance(from: one.last), "weights, whole training"),
        ("tracing_adapter", again.early.distance(from: one.early), "weights, tracing adapter"),
        ("loss", again.lossDistance(from: one), "a record's loss in nats, whole training"),
      ].map { part, value, what in
        .init(
          name: "\(part)_\(name)", value: value, interval: nil, meaning: "\(what), \(meaning)")
      }
    }
    return RecomputationBenchmark(
      figures: rows("padding", one.batched, one.alone, "in padded batches and alone")
        + rows("threads", one.alone, two.alone, "with one thread and two")
        + rows("both", one.batched, two.alone, "both")
        + rows("residual", one.batched, two.alone, neighbours: 2, "both, beside two others")
        + rows("other", one.alone, one.alone, shift: 1, "of another record")
        + figures("threads", two, "with one thread and two")
        + figures("other", other, "with one record exchanged"))
  }
}

/// One training, and what its tracing adapter gives.
private struct Computation {
  let last: LoRAAdapter
  let early: LoRAAdapter
  let curvature: AdapterCurvature
  /// The traced examples at the first computation's adapter with its curvature, in batches and alone,
  /// and alone with a curvature that is fitted again.
  let batched: [[Float]]
  let alone: [[Float]]
  let fitted: [[Float]]
  private let losses: [Float]

  init(
    _ engine: LanguageEngine, trained: [TrainingExample], traced: [TrainingExample],
    recipe: TrainingRecipe, threads: Int, like first: Computation?
  ) async throws {
    TensorRuntime.setBLASThreads(threads)
    defer { TensorRuntime.setBLASThreads(1) }
    let kept = Mutex<LoRAAdapter?>(nil)
    last = try await engine.train(
      on: trained, settings: recipe.settings(steps: recipe.stepCount(records: trained.count)),
      checkpointSteps: [recipe.tracingStep(records: trained.count)],
      checkpoint: { _, adapter in kept.withLock { $0 = adapter } })
    early = kept.withLock { $0 } ?? last
    let handle = try await engine.load(first?.early ?? early)
    let fit = try await CurvatureFit(engine: engine, adapter: handle)
      .curvature(of: ExampleSource(trained))
    curvature = first?.curvature ?? fit
    let tracing = AdapterTracing(engine: engine, adapter: handle, curvature: curvature)
    batched = try await tracing.vectors(of: traced)
    alone = try await tracing.vectors(of: traced, batched: false)
    fitted = try await AdapterTracing(engine: engine, adapter: handle, curvature: fit)
      .vectors(of: traced, batched: false)
    await engine.unload(handle)
    let served = try await engine.load(last)
    losses = try await engine.evaluate(traced, adapter: served).map(\.loss)
    await engine.unload(served)
  }

  func lossDistance(from other: Computation) -> Double {
    Double(zip(losses, other.losses).map { abs($0 - $1) }.max() ?? 0)
  }
}
