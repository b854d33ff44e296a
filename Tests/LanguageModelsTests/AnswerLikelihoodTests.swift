import TestKit
import Testing

@testable import LanguageModels

@Suite struct AnswerLikelihoodTests {
  private let engine: LanguageEngine
  private let handle: AdapterHandle
  private let prompts: [[Int32]]
  private let answer: [Int32] = [70, 71, 72, 2]

  init() async throws {
    engine = try TinyModel.engine()
    handle = try await engine.load(Fixture.patternAdapter(engine.configuration))
    let first: [Int32] = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
    // Another end, nothing alike, the beginning only, the same again, and something cut out.
    prompts = [
      first, first.dropLast(3) + [30, 31], [40, 41, 42], Array(first.prefix(2)), first,
      [10, 11, 12, 18, 19],
    ]
  }

  private func alone(_ prompt: [Int32], _ adapter: AdapterHandle?) async throws -> Double {
    let example = TrainingExample(promptTokens: prompt, answerTokens: answer)
    let score = try await engine.evaluate([example], adapter: adapter)[0]
    return -Double(score.loss) * Double(answer.count)
  }

  @Test(arguments: [false, true])
  func `what prompts begin with alike is read once, and the likelihoods are theirs alone`(
    isTuned: Bool
  ) async throws {
    let adapter = isTuned ? handle : nil
    let likelihoods = try await engine.answerLikelihoods(answer, after: prompts, adapter: adapter)
    #expect(likelihoods.count == prompts.count)
    for (prompt, likelihood) in zip(prompts, likelihoods) {
      let expected = try await alone(prompt, adapter)
      #expect(abs(Double(likelihood) / 1_000_000 - expected) < 5e-5)
    }
    #expect(likelihoods[0] != likelihoods[1])
    #expect(likelihoods.allSatisfy { $0 < 0 })
  }

  @Test func `the same question has the same answer, to the micro-nat`() async throws {
    let first = try await engine.answerLikelihoods(answer, after: prompts, adapter: handle)
    #expect(try await engine.answerLikelihoods(answer, after: prompts, adapter: handle) == first)
  }

  @Test func `what has no likelihood is refused`() async throws {
    #expect(try await engine.answerLikelihoods(answer, after: []) == [])
    for (answer, prompt) in [([], [1, 2]), ([2], [1]), ([2, 1000, 2], [1, 2])]
      as [([Int32], [Int32])]
    {
      await #expect(throws: ModelFailure.self) {
        try await engine.answerLikelihoods(answer, after: [prompt])
      }
    }
    let long = [Int32](repeating: 5, count: 46)
    await #expect(throws: ModelFailure.self) {
      try await engine.answerLikelihoods(answer, after: [[1, 2], long])
    }
    await engine.unload(handle)
    await #expect(throws: ModelFailure.self) {
      try await engine.answerLikelihoods(answer, after: prompts, adapter: handle)
    }
  }
}
