internal import LanguageModels

/// What a task is made of, which model it trains and how: fixed, so that its name says it all.
public struct TaskPlan: Sendable {
  public let name: String
  let contributorCount: Int
  /// Of each contributor.
  let documentCount: Int
  let heldOutCount: Int
  /// Random halves that are retrained, each with every seed.
  let halfCount: Int
  let seedCount: Int
  /// Whether each contributor is left out too, once a seed.
  let leavesOut: Bool
  /// Whether trainings of a seed begin with the same weights: less noise between halves where one
  /// seed is all that time allows.
  let sharesFirstWeights: Bool
  /// Of every training but for the seed.
  let settings: TrainingSettings

  /// A Llama of bytes that is part of the task (research protocol E1): LoRA of rank 4 on all linear
  /// maps, documents of one read byte and 64 predicted ones.
  public static let bytes = {
    var settings = TrainingSettings()
    settings.rank = 4
    settings.alpha = 16
    settings.epochs = 3
    settings.batchSize = 50
    settings.learningRate = 5e-3
    return TaskPlan(
      name: "bytes", contributorCount: 12, documentCount: 50, heldOutCount: 4, halfCount: 50,
      seedCount: 3, leavesOut: true, sharesFirstWeights: false, settings: settings)
  }()

  /// SmolLM2-135M-Instruct with a Datanet of short questions and answers, trained as runs are.
  public static let smollm2 = {
    var settings = TrainingSettings()
    settings.rank = 8
    settings.alpha = 16
    settings.epochs = 2
    settings.batchSize = 10
    settings.learningRate = 3e-3
    return TaskPlan(
      name: "smollm2", contributorCount: 12, documentCount: 25, heldOutCount: 4, halfCount: 24,
      seedCount: 1, leavesOut: false, sharesFirstWeights: true, settings: settings)
  }()

  public static let all = [bytes, smollm2]

  var queryCount: Int { contributorCount * heldOutCount }

  /// What a whole loss table holds: the first seed's before the next one's.
  var wanted: [Retraining] {
    (0..<seedCount).flatMap { seed in
      [Retraining(kind: .full, number: 0, seed: seed)]
        + (0..<halfCount).map { Retraining(kind: .half, number: $0, seed: seed) }
        + (0..<(leavesOut ? contributorCount : 0)).map {
          Retraining(kind: .without, number: $0, seed: seed)
        }
    }
  }

  /// How one training is run.
  func settings(of training: Retraining) -> TrainingSettings {
    var settings = settings
    let kindNumber: UInt64 =
      switch training.kind {
      case .full: 0
      case .half: 1
      case .without: 2
      }
    settings.seed = UInt64(training.seed)
    if !sharesFirstWeights {
      settings.seed |= kindNumber << 32 | UInt64(training.number) << 8
    }
    if training.kind == .without {
      // As many steps as with everybody.
      settings.stepCount = settings.epochs * contributorCount * documentCount / settings.batchSize
    }
    return settings
  }

  /// The step of the training on everything at whose adapter scores are taken.
  ///
  /// The task of bytes has the trained one, which its peers score too; others that at which runs take
  /// their gradients, early: see ``TrainingRecipe/tracingStep(records:)``.
  var scoringStep: Int {
    isOfBytes ? stepCount : tracingStep
  }

  /// The step at whose adapter a run of this size would take its gradients.
  var tracingStep: Int { min((stepCount + 2) / 3, (stepCount / settings.epochs + 1) / 2) }

  private var stepCount: Int {
    settings.stepCount(examples: contributorCount * documentCount)
  }

  /// Whether its model is one of bytes, made with the task, or one that set-up brings.
  var isOfBytes: Bool { name == TaskPlan.bytes.name }

  /// Whether a document is of the task's form.
  func admits(_ document: String) -> Bool {
    isOfBytes
      ? document.utf8.count == AttributionTask.documentLength
      : document.split(separator: "\t").count == 2
  }

  /// A document as the model is trained on it.
  ///
  /// Of the byte model, byte b is token b, and the first is only read. Others hold a question and
  /// its answer, a tab between them.
  func example(_ document: String, _ engine: LanguageEngine) throws -> TrainingExample {
    if isOfBytes {
      let tokens = document.utf8.map(Int32.init)
      return TrainingExample(
        promptTokens: Array(tokens.prefix(1)), answerTokens: Array(tokens.dropFirst()))
    }
    let parts = document.split(separator: "\t", maxSplits: 1).map(String.init)
    return TrainingExample(
      promptTokens: try engine.template.tokens(for: [ChatMessage(role: .user, content: parts[0])]),
      answerTokens: engine.template.answerTokens(parts.last ?? ""))
  }
}

/// A task's documents as its model reads them.
struct TaskExamples {
  let plan: TaskPlan
  let training: [TrainingExample]
  let queries: [TrainingExample]
  /// The contributor of each document.
  let owners: [Int]

  init(_ task: AttributionTask, plan: TaskPlan, engine: LanguageEngine) throws {
    self.plan = plan
    training = try task.documents.map { try plan.example($0, engine) }
    queries = try task.queries.map { try plan.example($0, engine) }
    owners = task.owners
  }
}
