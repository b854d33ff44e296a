import JSONCoding
import Synchronization
import TestKit
import Testing

@testable import LanguageModels

@Suite struct AnswerFormTests {
  private static let schema = #"""
    {"type":"object","properties":{"kind":{"enum":["fruit","tree"]},"count":{"type":"integer",
    "minimum":0,"maximum":9}},"required":["kind","count"]}
    """#
  private static let tool = FunctionTool(
    name: "look_up", description: "",
    parameters: #"{"type":"object","properties":{"n":{"enum":[1,2]}},"required":["n"]}"#)

  private func answer(
    _ wish: AnswerForms.Wish, prompt: String = "<|im_start|>", seed: UInt64 = 1,
    tokens: Int = 120
  ) async throws -> (text: String, generation: Generation) {
    let engine = try Fixture.engine()
    var request = GenerationRequest(
      prompt: engine.tokenizer.encode(prompt), sampling: Sampling(temperature: 1.5, seed: seed),
      maximumTokens: tokens)
    request.form = try engine.forms.form(wish)
    let generation = try await engine.serving.answer(request)
    return (engine.tokenizer.decode(generation.tokens), generation)
  }

  @Test func `an answer held to a schema is JSON of that schema, and ends`() async throws {
    for seed in UInt64(1)...5 {
      let (text, generation) = try await answer(
        .init(format: .schema(Self.schema)), seed: seed)
      #expect(generation.end == .endOfTurn)
      let json = try JSON(parsing: text)
      #expect(["fruit", "tree"].contains(json["kind"]?.string ?? ""))
      #expect((0...9).contains(json["count"]?.integer() ?? -1))
      // Whoever repeats it gets the same.
      #expect(
        try await answer(.init(format: .schema(Self.schema)), seed: seed).generation == generation)
    }
  }

  @Test func `an answer held to an expression matches it as a whole`() async throws {
    let (text, generation) = try await answer(.init(format: .expression("[a-f]{3}-[0-9]{2}")))
    #expect(generation.end == .endOfTurn)
    #expect(text.wholeMatch(of: /[a-f]{3}-[0-9]{2}/) != nil)
  }

  @Test func `an answer that has to call calls, with arguments of the schema`() async throws {
    for seed in UInt64(1)...4 {
      let (text, generation) = try await answer(
        .init(tools: [Self.tool], mustCall: true, callsSeveral: false), seed: seed)
      #expect(generation.end == .endOfTurn)
      var reader = FunctionCallReader(names: ["look_up"])
      let pieces = reader.append(text) + reader.finish(isCut: false)
      guard case .call(let call)? = pieces.first, pieces.count == 1 else {
        Issue.record("\(text)")
        continue
      }
      #expect([1, 2].contains(try JSON(parsing: call.arguments)["n"]?.integer() ?? 0))
    }
  }

  @Test func `an answer that may call is free until it begins to`() async throws {
    let engine = try Fixture.engine()
    let wish = AnswerForms.Wish(tools: [Self.tool])
    let free = try await answer(.init(), prompt: "Once upon a time", tokens: 20)
    #expect(
      try await answer(wish, prompt: "Once upon a time", tokens: 20).generation == free.generation)
    // Led to begin a call, it has to go on with one that can be made.
    var request = GenerationRequest(
      prompt: engine.tokenizer.encode(
        String(repeating: "<tool_call>nothing</tool_call>\n", count: 6)), maximumTokens: 60)
    let led = engine.tokenizer.decode(try await engine.serving.answer(request).tokens)
    try #require(led.hasPrefix("<tool_call>nothing"))
    request.form = try engine.forms.form(wish)
    let held = engine.tokenizer.decode(try await engine.serving.answer(request).tokens)
    #expect(held.hasPrefix("<tool_call>\n{\"name\": \"look_up\", \"arguments\": {"))
  }

  @Test func `answers under masks and free ones have the same tokens together as alone`()
    async throws
  {
    let engine = try Fixture.engine()
    let held = try engine.forms.form(.init(format: .schema(Self.schema)))
    let requests = (0..<6).map { index in
      var request = GenerationRequest(
        prompt: engine.tokenizer.encode("Number \(index):"),
        sampling: Sampling(temperature: 1, seed: UInt64(index)), maximumTokens: 24)
      request.form = index % 2 == 0 ? held : nil
      return request
    }
    var alone: [Generation] = []
    for request in requests { alone.append(try await engine.serving.answer(request)) }
    let together = try await withThrowingTaskGroup(of: (Int, Generation).self) { group in
      for (index, request) in requests.enumerated() {
        group.addTask { (index, try await engine.serving.answer(request)) }
      }
      var answers = alone
      for try await (index, answer) in group { answers[index] = answer }
      return answers
    }
    #expect(together == alone)
  }

  @Test func `likelihoods are told beside each token`() async throws {
    let engine = try Fixture.engine()
    var request = GenerationRequest(
      prompt: engine.tokenizer.encode("One, two, three,"), maximumTokens: 5)
    request.likelihoods = 2
    let told = Mutex<[AnsweredToken]>([])
    let answer = try await engine.serving.answer(request) { token in
      told.withLock { $0.append(token) }
    }
    let tokens = told.withLock { $0 }
    #expect(tokens.map(\.token) == answer.tokens)
    for token in tokens {
      // The likeliest is taken.
      #expect(token.likelihoods.count == 3 && token.likelihoods[0] == token.likelihoods[1])
      #expect(token.likelihoods[0].token == token.token)
      #expect(token.likelihoods[0].logProbability > token.likelihoods[2].logProbability)
    }
  }
}
