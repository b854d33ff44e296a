internal import Attribution
internal import LanguageModels

/// How fast the passes that build an index read records, beside training on the same.
struct IndexPassBenchmark {
  let figures: [AttributionBenchmark.Figure]
  /// The curvature that was fitted on the way.
  let tracing: AdapterTracing

  /// Each round trains for an epoch, then makes each kind of pass once; the curvature makes three of
  /// the first kind, each over a third of the matrices.
  ///
  /// What an index costs once, whatever its size, is apart: the directions of all matrices.
  static func run(_ model: TracedModel, rounds: Int) async throws -> IndexPassBenchmark {
    let (engine, fit) = (model.engine, model.fit)
    let source = ExampleSource(model.examples)
    let third = 0..<AdapterMatrix.all(engine.configuration).count / 3

    var basis = AdapterBasis(pairs: [])
    var passCount = 0
    let fitting = try await Cost.processorSeconds {
      (basis, passCount) = try await fit.basis(of: source)
    }
    let energies = try await fit.energies(of: source, along: basis)
    let tracing = try model.tracing(basis, energies: energies, examples: source.count)
    try await tracing.rows(of: ExampleSource([model.examples[0]])) { _, _ in }

    var training: [Double] = []
    var moments: [Double] = []
    var squares: [Double] = []
    var rows: [Double] = []
    for _ in 0..<rounds {
      training.append(
        try await Cost.processorSeconds {
          _ = try await engine.train(on: model.examples, settings: model.settings)
        })
      moments.append(
        try await Cost.processorSeconds {
          _ = try await engine.moments(
            of: model.examples, adapter: model.tracingAdapter, matrices: third)
        })
      squares.append(
        try await Cost.processorSeconds { _ = try await fit.energies(of: source, along: basis) })
      rows.append(
        try await Cost.processorSeconds { try await tracing.rows(of: source) { _, _ in } })
    }
    func ratios(_ seconds: [Double]) -> [Double] { zip(training, seconds).map { $0 / $1 } }
    let passes = [ratios(moments), ratios(squares), ratios(rows)]
    let slowest = passes.min { $0.median < $1.median } ?? []
    return IndexPassBenchmark(
      figures: [
        .rounds(
          "index_pass_ratio", slowest,
          "the slowest pass's tokens a second to those of training, same records"),
        .rounds("index_pass_ratio_moments", passes[0], "second moments of a third of the matrices"),
        .rounds("index_pass_ratio_energies", passes[1], "squares along the directions"),
        .rounds("index_pass_ratio_rows", passes[2], "rows, rounded"),
        .rounds(
          "training_tokens_per_second", training.map { Double(model.tokenCount) / $0 },
          "an epoch of 16 records of about 60 tokens, processor time"),
        .init(
          name: "directions_seconds", value: fitting - Double(passCount) * moments.median,
          interval: nil, meaning: "leading directions of every matrix, once a run"),
      ], tracing: tracing)
  }
}

extension Cost {
  /// What a body takes of the processor, all threads together.
  static func processorSeconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = ProcessorClock.processorSeconds()
    try await body()
    return ProcessorClock.processorSeconds() - start
  }
}

extension [Double] {
  /// The upper one of an even count; 0 of none.
  var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}

extension AttributionBenchmark.Figure {
  /// The median of some rounds, and their extremes.
  static func rounds(_ name: String, _ rounds: [Double], _ meaning: String) -> Self {
    .init(
      name: name, value: rounds.median, interval: (rounds.min() ?? 0, rounds.max() ?? 0),
      meaning: meaning)
  }
}
