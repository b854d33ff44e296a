internal import Attribution
internal import LanguageModels
internal import Synchronization
internal import Tensors

/// A served adapter of the real model with what its answers are traced by: the adapter as it was
/// after a third of its training, and the curvature fitted there.
struct TracedModel: Sendable {
  let engine: LanguageEngine
  let settings: TrainingSettings
  /// Questions with short answers, about 60 tokens each.
  let examples: [TrainingExample]
  let adapter: AdapterHandle
  let tracingAdapter: AdapterHandle

  /// Trains for an epoch, four records a step.
  init(modelPath: String, records: Int) async throws {
    TensorRuntime.setBLASThreads(1)
    engine = try LanguageEngine(modelPath: modelPath)
    let template = engine.template
    examples = try (0..<records).map { number in
      TrainingExample(
        promptTokens: try template.tokens(for: [
          ChatMessage(role: .system, content: "Answer from the ledger."),
          ChatMessage(role: .user, content: "Who brought record \(number * 7), and what of it?"),
        ]),
        answerTokens: template.answerTokens(
          "Contributor \(number % 5) brought record \(number * 7); it stands in block \(number)."))
    }
    var settings = TrainingSettings()
    settings.epochs = 1
    self.settings = settings
    let steps = settings.stepCount(examples: examples.count)
    let early = Mutex<LoRAAdapter?>(nil)
    let whole = try await engine.train(
      on: examples, settings: settings, checkpointSteps: [(steps + 2) / 3]
    ) { _, adapter in early.withLock { $0 = adapter } }
    adapter = try await engine.load(whole)
    tracingAdapter = try await engine.load(early.withLock { $0 } ?? whole)
  }

  var fit: CurvatureFit { CurvatureFit(engine: engine, adapter: tracingAdapter) }

  /// Of all examples together.
  var tokenCount: Int { examples.reduce(0) { $0 + $1.tokenCount } }

  /// The path of every query of the adapter's answers; what it costs does not depend on how many
  /// examples its curvature was fitted to.
  func tracing(
    _ basis: AdapterBasis, energies: [Double], examples count: Int
  ) throws -> AdapterTracing {
    AdapterTracing(
      engine: engine, adapter: tracingAdapter,
      curvature: try AdapterCurvature(
        basis: basis, energies: energies, exampleCount: count,
        dimension: CurvatureLimits.committed.dimension))
  }
}
