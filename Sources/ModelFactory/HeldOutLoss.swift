public import ClientAPI
public import LanguageModels

/// How a model does on questions that it was not trained on.
public struct HeldOutLoss: Hashable, Sendable {
  /// Mean over questions of the mean loss of the answer's tokens, in nats.
  public let loss: Double
  /// How many answers greedy decoding gives token for token.
  public let exactMatches: Int
  public let count: Int

  public init(loss: Double, exactMatches: Int, count: Int) {
    self.loss = loss
    self.exactMatches = exactMatches
    self.count = count
  }

  /// Measures a model, with or without an adapter.
  ///
  /// An answer is matched if every token of it is the likeliest one after those before it, which
  /// is what greedy decoding follows.
  public static func measure(
    _ texts: [QuestionAnswer], recipe: TrainingRecipe, engine: LanguageEngine,
    adapter: AdapterHandle?
  ) async throws -> HeldOutLoss {
    let scores = try await engine.evaluate(
      try texts.map {
        try recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
      }, adapter: adapter)
    return HeldOutLoss(
      loss: scores.reduce(0) { $0 + Double($1.loss) } / Double(max(scores.count, 1)),
      exactMatches: scores.count(where: \.isExactMatch), count: scores.count)
  }
}
