internal import Attribution
internal import LanguageModels

/// What the estimator behind the uplift gate predicts of leaving each contributor out.
///
/// It looks at the checkpoint where runs take their gradients, half of an epoch, which is trained
/// for it.
struct ContributorPrediction {
  /// By how much a query's loss rises without a contributor, in units of a trained document's own
  /// drop: by query, then by contributor.
  let rises: [[Double]]

  init(_ content: TaskFolder.Content) async throws {
    let examples = content.examples
    let engine = content.engine
    var settings = content.table.plan.settings(of: Retraining(kind: .full, number: 0, seed: 0))
    settings.stopStep = content.table.plan.tracingStep
    let adapter = try await engine.load(
      try await engine.train(on: examples.training, settings: settings))
    let curvature = try await CurvatureFit(engine: engine, adapter: adapter)
      .curvature(of: ExampleSource(examples.training))
    let tracing = AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
    let regression = try UpliftRegression(
      training: try await tracing.vectors(of: examples.training),
      heldOut: try await tracing.vectors(of: examples.queries, batched: false))
    await engine.unload(adapter)

    let owners = examples.owners
    let everything = regression.drops(trainedOn: Array(owners.indices))
    let without = content.task.contributors.indices.map { contributor in
      regression.drops(trainedOn: owners.indices.filter { owners[$0] != contributor })
    }
    rises = everything.indices.map { query in
      without.map { everything[query] - $0[query] }
    }
  }
}
