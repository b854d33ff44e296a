internal import Primitives
internal import Tensors

/// How an adapter is trained; with the data and the model file it determines the result on one
/// kind of machine.
public struct TrainingSettings: Hashable, Sendable {
  public var rank = 8
  public var alpha: Float = 16
  public var epochs = 3
  /// The steps of the schedule; nil for `epochs` times over the examples.
  public var stepCount: Int?
  /// The step after which training stops, short of the schedule; nil to finish it.
  public var stopStep: Int?
  /// Examples a step.
  public var batchSize = 4
  /// At the first step; falls linearly to zero after the last.
  public var learningRate: Float = 1e-3
  public var weightDecay: Float = 0
  /// Draws the first weights and the order of examples.
  public var seed: UInt64 = 0

  public init() {}

  /// The steps of the schedule for so many examples.
  public func stepCount(examples: Int) -> Int {
    stepCount ?? epochs * ((examples + batchSize - 1) / batchSize)
  }
}

/// What one step did.
public struct TrainingStep: Hashable, Sendable {
  /// Counts from 1.
  public let step: Int
  public let stepCount: Int
  /// Mean over the batch's answer tokens before the step, in nats.
  public let loss: Float
  /// Tokens read, prompts and answers, without padding.
  public let tokenCount: Int
}

/// Trains one adapter step by step: AdamW, linear decay, loss on answers only.
///
/// Each epoch reads every example once in an order drawn from the seed.
final class LoRATrainer {
  let settings: TrainingSettings
  let stepCount: Int
  private let model: LlamaModel
  private let examples: [TrainingExample]
  private var generator: SeededGenerator
  private var queue: [Int] = []
  private var states: [AdamWState]  // all A, then all B
  private(set) var step = 0

  /// - Throws: ``ModelFailure`` with `trainingInvalid`.
  init(model: LlamaModel, examples: [TrainingExample], settings: TrainingSettings) throws {
    guard !examples.isEmpty else {
      throw ModelFailure(.trainingInvalid, "there is nothing to train on; give at least one record")
    }
    guard settings.epochs > 0, settings.batchSize > 0, settings.rank > 0,
      settings.learningRate > 0, settings.learningRate.isFinite, settings.alpha.isFinite
    else { throw ModelFailure(.trainingInvalid, "the settings make no step") }
    guard
      examples.allSatisfy({
        !$0.promptTokens.isEmpty && !$0.answerTokens.isEmpty
          && $0.tokenCount <= model.configuration.contextLength
      })
    else { throw ModelFailure(.trainingInvalid, "an example is empty or exceeds the context") }
    self.model = model
    self.examples = examples
    self.settings = settings
    stepCount = settings.stepCount(examples: examples.count)
    generator = SeededGenerator(seed: settings.seed)
    let fresh = try AdapterTensors(
      LoRAAdapter(
        fresh: model.configuration, rank: settings.rank, alpha: settings.alpha,
        seed: generator.next()))
    states = try (fresh.down + fresh.up).map { try AdamWState(parameter: $0) }
  }

  /// Runs the next step, or returns nil after the last.
  /// - Throws: ``ModelFailure`` with `trainingDiverged` once the loss isn't a number.
  func next() throws -> TrainingStep? {
    guard step < min(stepCount, settings.stopStep ?? stepCount) else { return nil }
    let chosen = nextExamples()
    let batch = try AnswerBatch(chosen)
    let result = try Tensor.valueAndGradient(of: states.map(\.parameter)) { parameters in
      let states = try self.model.states(
        batch.tokens, adding: .init(adapter: self.tensors(parameters)))
      let losses = try self.model.logits(states, rows: batch.rows)
        .crossEntropy(targets: batch.targets)
      return [try losses.sum() * (1 / Float(batch.targets.count))]
    }
    let rate = settings.learningRate * Float(stepCount - step) / Float(stepCount)
    step += 1
    var optimiser = AdamWSettings()
    optimiser.weightDecay = settings.weightDecay
    let updated = try zip(states, result.gradients).map { state, gradient in
      try state.updated(gradient: gradient, step: step, learningRate: rate, settings: optimiser)
    }
    try Tensor.evaluate(updated.flatMap(\.tensors) + result.values)
    states = updated
    let loss = try result.values[0].floats()[0]
    guard loss.isFinite else {
      throw ModelFailure(.trainingDiverged, "the loss of step \(step) is \(loss)")
    }
    return TrainingStep(
      step: step, stepCount: stepCount, loss: loss,
      tokenCount: chosen.reduce(0) { $0 + $1.tokenCount })
  }

  /// The adapter as it is after the steps so far.
  func adapter() throws -> LoRAAdapter {
    let tensors = tensors(states.map(\.parameter))
    return try LoRAAdapter(
      configuration: model.configuration, rank: settings.rank, alpha: settings.alpha,
      down: tensors.down.map { try $0.floats() }, up: tensors.up.map { try $0.floats() })
  }

  private func tensors(_ parameters: [Tensor]) -> AdapterTensors {
    let half = parameters.count / 2
    return AdapterTensors(
      down: Array(parameters[..<half]), up: Array(parameters[half...]),
      scale: settings.alpha / Float(settings.rank))
  }

  private func nextExamples() -> [TrainingExample] {
    if queue.isEmpty { queue = generator.shuffled(Array(examples.indices)) }
    let chosen = queue.prefix(settings.batchSize).map { examples[$0] }
    queue.removeFirst(chosen.count)
    return chosen
  }
}
