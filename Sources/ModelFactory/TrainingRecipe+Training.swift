public import ClientAPI
public import LanguageModels

extension TrainingRecipe {
  /// The trainer's settings for a run of `steps` steps.
  public func settings(steps: Int) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.rank = Int(rank)
    settings.alpha = Float(alpha)
    settings.stepCount = steps
    settings.batchSize = Int(batchSize)
    settings.learningRate = Float(learningRateInMillionths) / 1_000_000
    settings.seed = seed
    return settings
  }

  /// A question and its answer as the model is trained on them, and asked.
  /// - Throws: `ModelFailure` with `inputInvalid` if the model's template refuses them.
  public func example(
    question: String, answer: String, template: ChatTemplate
  ) throws(ModelFailure) -> TrainingExample {
    TrainingExample(
      promptTokens: try template.tokens(for: [
        ChatMessage(role: .system, content: systemMessage),
        ChatMessage(role: .user, content: question),
      ]),
      answerTokens: template.answerTokens(answer))
  }
}
