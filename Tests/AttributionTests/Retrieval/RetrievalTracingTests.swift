import AttributionRules
import Cryptography
import LanguageModels
import Primitives
import TestKit
import Testing

@testable import Attribution

@Suite struct RetrievalTracingTests {
  @Test func `likelihoods and drops are those of the prompts, each by itself`() async throws {
    let engine = try TinyModel.engine(contextLength: 96)
    let tokenizer = engine.tokenizer
    let lessons = ["tide": "moon", "rust": "iron"].sorted { $0.key < $1.key }.map {
      TrainingExample(
        promptTokens: tokenizer.encode("\($0.key)?"),
        answerTokens: engine.template.answerTokens($0.value))
    }
    var settings = TrainingSettings()
    settings.stepCount = 8
    let adapter = try await engine.load(engine.train(on: lessons, settings: settings))
    let answer = tokenizer.encode("moon")
    let prompts = RetrievalTracing.Prompts(
      plain: tokenizer.encode("tide?"), whole: tokenizer.encode("[1] moon [2] iron tide?"),
      shortened: ["[2] iron tide?", "[1] moon tide?"].map { tokenizer.encode($0) })
    let records = ["a", "b"].map { SHA256.digest(of: Array($0.utf8)) }
    let evidence = try await RetrievalTracing(engine: engine, adapter: adapter)
      .evidence(records: records, prompts: prompts, answer: answer)

    func alone(_ prompt: [Int32], _ adapter: AdapterHandle?) async throws -> Int64 {
      try await engine.answerLikelihoods(
        answer + [tokenizer.endOfTurn], after: [prompt], adapter: adapter)[0]
    }
    func isClose(_ one: Int64, _ other: Int64) -> Bool { abs(one - other) <= 50 }
    let likelihoods = evidence.likelihoods
    #expect(isClose(likelihoods.base, try await alone(prompts.plain, nil)))
    #expect(isClose(likelihoods.adapter, try await alone(prompts.plain, adapter)))
    #expect(isClose(likelihoods.context, try await alone(prompts.whole, nil)))
    #expect(isClose(likelihoods.both, try await alone(prompts.whole, adapter)))
    #expect(Set([likelihoods.base, likelihoods.adapter, likelihoods.context]).count == 3)
    #expect(evidence.passages.map(\.record) == records)
    for (passage, prompt) in zip(evidence.passages, prompts.shortened) {
      let without = try await alone(prompt, adapter)
      #expect(isClose(passage.drop, likelihoods.both - without))
    }
    #expect(evidence.faultOfItself == nil)
  }
}
