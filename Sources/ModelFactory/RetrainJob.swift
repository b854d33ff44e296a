public import CanonicalCoding
public import ClientAPI
public import LanguageModels

/// A retraining on a part of a run's records, and the questions that it is measured on.
///
/// On its own, so that another process or another day can do it. The schedule may stop early, at the
/// step whose checkpoint it is compared with.
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

  /// Trains and measures; without records, the base model.
  /// - Parameter progress: told each step.
  public func run(
    engine: LanguageEngine, progress: @Sendable (Int) -> Void = { _ in }
  ) async throws -> HeldOutLosses {
    var handle: AdapterHandle?
    if !records.isEmpty {
      var settings = recipe.settings(steps: Int(stepCount))
      settings.stopStep = Int(stopStep)
      let adapter = try await engine.train(
        on: try examples(records, engine), settings: settings, progress: { progress($0.step) })
      handle = try await engine.load(adapter)
    }
    let scores = try await engine.evaluate(try examples(heldOut, engine), adapter: handle)
    if let handle { await engine.unload(handle) }
    return HeldOutLosses(microNats: scores.map { UInt32(microNats: $0.loss) })
  }

  private func examples(_ texts: [QuestionAnswer], _ engine: LanguageEngine) throws
    -> [TrainingExample]
  {
    try texts.map {
      try recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
    }
  }
}

extension UInt32 {
  /// Nats in millionths; what is no number, or too much, is the most there is.
  fileprivate init(microNats nats: Float) {
    let rounded = (Double(nats) * 1_000_000).rounded()
    self = rounded < Double(UInt32.max) ? UInt32(Swift.max(0, rounded)) : .max
  }
}
