internal import Attribution
internal import AttributionRules
internal import LanguageModels

/// Every method's scores on one task and adapter.
struct TaskScores {
  /// Full precision, all eigenvectors, all coordinates; nil of a model so large that these would take
  /// hours.
  let exact: InfluenceScores?
  /// The committed form before rounding: truncated, in floating point.
  let truncated: InfluenceScores
  /// The committed form: signs, scales and a query of 16 bits.
  let stored: InfluenceScores
  /// The same by what a record weighs in pay, √tokens · score; nil where all have as many tokens.
  let paid: InfluenceScores?
  let dataInf: InfluenceScores
  let gradientProducts: InfluenceScores
  let termFrequencies: InfluenceScores
  /// Bytes of one committed row.
  let rowBytes: Int

  init(_ content: TaskFolder.Content) async throws {
    let task = content.task
    let examples = content.examples
    let engine = content.engine
    let adapter = try await engine.load(content.adapter)
    let training = examples.training
    let queries = examples.queries

    func vectors(_ limits: CurvatureLimits) async throws -> (
      curvature: AdapterCurvature, training: [[Float]], queries: [[Float]]
    ) {
      let curvature = try await CurvatureFit(engine: engine, adapter: adapter, limits: limits)
        .curvature(of: ExampleSource(training))
      let tracing = AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
      return (
        curvature, try await tracing.vectors(of: training),
        try await tracing.vectors(of: queries, batched: false)
      )
    }

    if examples.plan.isOfBytes {
      let whole = try await vectors(.whole)
      exact = InfluenceScores(values: try BaselineScores.products(whole.queries, whole.training))
    } else {
      exact = nil
    }

    let committed = try await vectors(.committed)
    truncated = InfluenceScores(
      values: try BaselineScores.products(committed.queries, committed.training))
    let rows = committed.training.map { SignRow(rounding: $0) }
    stored = InfluenceScores(
      values: committed.queries.map { vector in
        let query = QueryVector(quantising: vector)
        return rows.map { Double($0.score(query)) }
      })
    let weights = training.map { Double($0.answerTokens.count).squareRoot() }
    paid =
      examples.plan.isOfBytes
      ? nil : InfluenceScores(values: stored.values.map { row in zip(row, weights).map(*) })
    rowBytes = committed.curvature.dimension / 8 + 4

    let plain = AdapterBasis.plain(engine.configuration, rank: content.adapter.rank)
    let gradients = try await engine.adapterGradients(of: training, adapter: adapter, along: plain)
    let queryGradients = try await engine.adapterGradients(
      of: queries, adapter: adapter, along: plain)
    let widths = plain.pairs.map(\.coordinateCount)
    gradientProducts = try BaselineScores.gradientProducts(
      gradients, queryGradients, widths: widths)
    dataInf = try BaselineScores.dataInf(gradients, queryGradients, widths: widths)
    termFrequencies = BaselineScores.termFrequencies(
      task.documents, task.queries)
    await engine.unload(adapter)
  }
}
