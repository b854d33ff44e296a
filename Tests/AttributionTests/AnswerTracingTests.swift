import Attribution
import AttributionRules
import LanguageModels
import TestKit
import Testing

@Suite struct AnswerTracingTests {
  private let engine: LanguageEngine
  private let examples: [TrainingExample]

  init() throws {
    engine = try TinyModel.engine()
    let template = engine.template
    examples = (0..<9).map { number in
      TrainingExample(
        promptTokens: template.tokenizer.encode("q\(number * number)?"),
        answerTokens: template.answerTokens("a\(number) and \(number * 13)"))
    }
  }

  @Test func `an answer traced alone has the query that its record has in a batch`() async throws {
    let gradients = try await engine.exampleGradients(of: examples, projection: .standard)
    let curvature = try Curvature(
      fitting: gradients, layerCount: engine.configuration.linearCount, layerWidth: 36)
    let tracing = AnswerTracing(engine: engine, curvature: curvature)
    for (example, gradient) in zip(examples, gradients) {
      let query = try await tracing.query(
        prompt: example.promptTokens, answer: example.answerTokens.dropLast())
      let batched = QueryVector(quantising: try curvature.apply(to: gradient))
      #expect(query.cosine(with: batched) > 0.9999)
      #expect(query.values.contains { abs($0) == 32_767 })
    }
  }

  @Test func `an empty answer has a query too: that of ending at once`() async throws {
    let gradients = try await engine.exampleGradients(of: examples, projection: .standard)
    let curvature = try Curvature(
      fitting: gradients, layerCount: engine.configuration.linearCount, layerWidth: 36)
    let query = try await AnswerTracing(engine: engine, curvature: curvature)
      .query(prompt: examples[0].promptTokens, answer: [])
    #expect(query.values.contains { $0 != 0 })
  }

  @Test func `a curvature of another model is refused`() async throws {
    let curvature = try Curvature(
      fitting: [[Float](repeating: 1, count: 128)], layerCount: 2, layerWidth: 64)
    await #expect(throws: AttributionFailure(.wrongDimension)) {
      try await AnswerTracing(engine: engine, curvature: curvature)
        .query(prompt: examples[0].promptTokens, answer: [5])
    }
  }
}
