public import Attribution
public import AttributionRules
public import ClientAPI
public import LanguageModels

/// The attribution half of a run: gradients of every record, and what is made of them.
///
/// Gradients are taken where ``AnswerTracing`` takes them: at the base model.
public struct RunIndexing: Sendable {
  public let engine: LanguageEngine
  public let recipe: TrainingRecipe

  public init(engine: LanguageEngine, recipe: TrainingRecipe) {
    self.engine = engine
    self.recipe = recipe
  }

  /// The gradients of texts, in their order.
  /// - Parameter progress: told how many are done, after each batch.
  public func gradients(
    of texts: [QuestionAnswer], progress: (Int) -> Void = { _ in }
  ) async throws -> [[Float]] {
    let examples = texts.map {
      recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
    }
    var gradients: [[Float]] = []
    for start in stride(from: 0, to: examples.count, by: 8) {
      gradients += try await engine.exampleGradients(
        of: Array(examples[start..<min(start + 8, examples.count)]), projection: .standard)
      progress(gradients.count)
    }
    return gradients
  }

  /// Fits the curvature and commits every record and decoy to a row.
  public func index(
    trained: [TrainingRecord], trainedGradients: [[Float]],
    decoys: [TrainingRecord], decoyGradients: [[Float]]
  ) throws -> (curvature: Curvature, index: InfluenceIndex) {
    let projection = GradientProjection.standard
    let curvature = try Curvature(
      fitting: trainedGradients, layerCount: engine.configuration.linearCount,
      layerWidth: projection.inputRank * projection.outputRank)
    func rows(_ records: [TrainingRecord], _ gradients: [[Float]]) throws -> [IndexedRecord] {
      try zip(records, gradients).map { record, gradient in
        let example = recipe.example(
          question: record.text.question, answer: record.text.answer, template: engine.template)
        return IndexedRecord(
          record: record.digest, tokens: UInt32(example.answerTokens.count), origin: record.origin,
          row: SignRow(quantising: try curvature.apply(to: gradient)))
      }
    }
    return (
      curvature,
      InfluenceIndex(
        dimension: curvature.dimension, records: try rows(trained, trainedGradients),
        decoys: try rows(decoys, decoyGradients))
    )
  }
}
