import Testing

@testable import LanguageModels

/// The real model against PyTorch and transformers; `scripts/golden` made the references.
@Suite struct GoldenModelTests {
  struct LogitCase: Decodable {
    struct Position: Decodable {
      let position: Int
      let argmax: Int
      let tokens: [Int]
      let logits: [Float]
    }
    let tokens: [Int32]
    let adapter: Bool
    let positions: [Position]
  }

  struct GradientCase: Decodable {
    struct Gradient: Decodable {
      let layer: Int
      let kind: String
      let values: [Float]
    }
    let prompt: [Int32]
    let answer: [Int32]
    let loss: Float
    let isExactMatch: Bool
    let gradients: [Gradient]
  }

  struct Greedy: Decodable {
    let prompt: [Int32]
    let answer: [Int32]
  }

  @Test func `logits lie within a thousandth of the reference, with an adapter and without`()
    async throws
  {
    let engine = try Fixture.engine()
    let adapter = try await engine.load(Fixture.patternAdapter(engine.configuration))
    for example in try Fixture.golden("logits.json", as: [LogitCase].self) {
      let rows = try await engine.logits(
        tokens: example.tokens, positions: example.positions.map(\.position),
        adapter: example.adapter ? adapter : nil)
      for (row, expected) in zip(rows, example.positions) {
        let worst = zip(expected.tokens, expected.logits).map { abs(row[$0] - $1) }.max() ?? 0
        #expect(worst <= 1e-3, "position \(expected.position)")
        #expect(row.indices.max { row[$0] < row[$1] } == expected.argmax)
      }
    }
    await engine.unload(adapter)
  }

  @Test func `greedy decoding writes the reference's answer`() async throws {
    let engine = try Fixture.engine()
    let golden = try Fixture.golden("greedy.json", as: Greedy.self)

    let generation = try await engine.generate(prompt: golden.prompt, maxTokens: 24)

    #expect(generation.tokens == golden.answer.dropLast())
    #expect(generation.end == .endOfTurn)
    #expect(engine.tokenizer.decode(generation.tokens) == "The capital of France is Paris.")
  }

  @Test func `losses and gradients by the adapter's matrices are the reference's`() async throws {
    let engine = try Fixture.engine()
    let adapter = try await engine.load(Fixture.patternAdapter(engine.configuration))
    let golden = try Fixture.golden("gradients.json", as: [GradientCase].self)
    let examples = golden.map { TrainingExample(promptTokens: $0.prompt, answerTokens: $0.answer) }

    let scores = try await engine.evaluate(examples, adapter: adapter)
    let basis = AdapterBasis.plain(engine.configuration, rank: 2)
    let gradients = try await engine.adapterGradients(of: examples, adapter: adapter, along: basis)
    let starts = basis.pairs.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.coordinateCount) }

    for (index, expected) in golden.enumerated() {
      #expect(abs(scores[index].loss - expected.loss) < 1e-3)
      #expect(scores[index].isExactMatch == expected.isExactMatch)
      for probed in expected.gradients {
        let kind = try #require(LinearKind.allCases.first { "\($0)" == probed.kind })
        let down = 2 * LinearPosition(layer: probed.layer, kind: kind).index
        for (matrix, expected) in [probed.values.prefix(18), probed.values.suffix(18)].enumerated()
        {
          let start = starts[down + matrix]
          expectClose(
            Array(gradients[index][start..<start + 18]), Array(expected), within: 2e-3)
        }
      }
    }
    await engine.unload(adapter)
  }
}
