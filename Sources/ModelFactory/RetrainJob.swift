public import CanonicalCoding
public import ClientAPI
public import LanguageModels

/// A retraining without one contributor, for a worker process: what it reads.
///
/// The schedule is the whole run's and stops early, at the step whose checkpoint it is compared
/// with: equal steps, so that fewer records do not mean less training.
public struct RetrainJob: Hashable, CanonicalCodable {
  public var recipe: TrainingRecipe
  /// The steps of the schedule.
  public var stepCount: UInt32
  /// The step after which the retraining stops and is measured.
  public var stopStep: UInt32
  public var records: [QuestionAnswer]
  public var heldOut: [QuestionAnswer]

  public init(
    recipe: TrainingRecipe, stepCount: UInt32, stopStep: UInt32, records: [QuestionAnswer],
    heldOut: [QuestionAnswer]
  ) {
    self.recipe = recipe
    self.stepCount = stepCount
    self.stopStep = stopStep
    self.records = records
    self.heldOut = heldOut
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(recipe)
    encoder.encode(stepCount)
    encoder.encode(stopStep)
    encoder.encode(list: records)
    encoder.encode(list: heldOut)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    recipe = try decoder.decode()
    stepCount = try decoder.decode()
    stopStep = try decoder.decode()
    records = try decoder.list(atMost: RunManifest.recordMaximum)
    heldOut = try decoder.list(atMost: RunManifest.recordMaximum)
  }

  /// Trains and measures.
  /// - Parameter progress: told each step.
  public func run(
    engine: LanguageEngine, progress: @Sendable (Int) -> Void
  ) async throws -> HeldOutLoss {
    var settings = recipe.settings(steps: Int(stepCount))
    settings.stopStep = Int(stopStep)
    let adapter = try await engine.train(
      on: records.map {
        recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
      }, settings: settings, progress: { progress($0.step) })
    let handle = try await engine.load(adapter)
    let loss = try await HeldOutLoss.measure(
      heldOut, recipe: recipe, engine: engine, adapter: handle)
    await engine.unload(handle)
    return loss
  }
}
