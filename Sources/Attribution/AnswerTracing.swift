public import AttributionRules
public import LanguageModels

extension GradientProjection {
  /// The projection of every run: six by six numbers a linear map.
  public static let standard = GradientProjection(inputRank: 6, outputRank: 6, seed: 0)
}

/// Turns an answer into the query that scores it, along the one path that everybody repeats.
///
/// Gradients are taken at the base model, before the adapter: there the loss of every record is
/// still large and its gradient says what the record teaches; at the trained adapter both have
/// shrunk to noise (docs/decisions/0003-gradients-at-the-base.md). One example alone, no padding,
/// single precision.
public struct AnswerTracing: Sendable {
  public let engine: LanguageEngine
  public let curvature: Curvature

  public init(engine: LanguageEngine, curvature: Curvature) {
    self.engine = engine
    self.curvature = curvature
  }

  /// The query of an answer.
  ///
  /// - Parameters:
  ///   - prompt: the conversation's tokens, up to where the answer begins.
  ///   - answer: the generated tokens; the token that ends the turn is added, so that an empty
  ///     answer has a gradient too.
  /// - Throws: ``AttributionFailure`` or `ModelFailure`.
  /// - Complexity: one forward and backward pass over prompt and answer.
  public func query(prompt: [Int32], answer: [Int32]) async throws -> QueryVector {
    let example = TrainingExample(
      promptTokens: prompt, answerTokens: answer + [engine.tokenizer.endOfTurn])
    let gradients = try await engine.exampleGradients(
      of: [example], projection: .standard, batched: false)
    return QueryVector(quantising: try curvature.apply(to: gradients[0]))
  }
}
