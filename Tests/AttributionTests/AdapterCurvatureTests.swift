import AttributionRules
import LanguageModels
import Primitives
import TestKit
import Testing

@testable import Attribution

/// Numbers between −1 and 1 that a seed brings back.
func noise(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
  (0..<count).map { _ in Float(Int64(generator.next(below: 2_000_001)) - 1_000_000) / 1_000_000 }
}

@Suite struct AdapterCurvatureTests {
  /// Two matrices of 8 × 12 coordinates each.
  private let basis = AdapterBasis(
    pairs: (0..<2).map { _ in .init(input: .whole(12), output: .whole(8)) })

  private func gradients(seed: UInt64, count: Int) -> [[Float]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in noise(192, &generator) }
  }

  private func curvature(
    _ gradients: [[Float]], dimension: Int = 8_192
  ) throws -> AdapterCurvature {
    let energies = (0..<192).map { index in
      gradients.reduce(0.0) { $0 + Double($1[index]) * Double($1[index]) }
    }
    return try AdapterCurvature(
      basis: basis, energies: energies, exampleCount: gradients.count, dimension: dimension)
  }

  @Test func `damping is relative: the loudness of a matrix changes no vector`() throws {
    let quiet = gradients(seed: 1, count: 10)
    let loud = quiet.map { $0.enumerated().map { $0.offset < 96 ? $0.element * 1000 : $0.element } }
    let curvatures = (try curvature(quiet), try curvature(loud))
    for (one, other) in zip(quiet, loud) {
      for (a, b) in zip(try curvatures.0.vector(of: one), try curvatures.1.vector(of: other)) {
        #expect(abs(a - b) <= 1e-5 * max(1, abs(a)))
      }
    }
  }

  @Test func `the coordinates with the most energy are kept, a multiple of 64`() throws {
    // Later coordinates are louder.
    let gradients = gradients(seed: 2, count: 40).map { row in
      row.enumerated().map { Float($0.offset % 96 + 1) * $0.element }
    }
    let curvature = try curvature(gradients, dimension: 100)
    #expect(curvature.dimension == 64)
    #expect(curvature.keptCoordinates.allSatisfy { $0 % 96 >= 40 })
    #expect(try self.curvature(gradients).dimension == 192)
  }

  @Test func `directions that no kept coordinate needs are left out, and no vector changes`() throws
  {
    // Only the first directions of both sides are loud, so that these alone are kept.
    let gradients = gradients(seed: 7, count: 20).map { row in
      row.enumerated().map { place, value in
        let (output, input) = (place % 96).quotientAndRemainder(dividingBy: 12)
        return output < 4 && input < 8 ? value : value * 1e-3
      }
    }
    let shared = Directions.whole(12)
    let curvature = try curvature(gradients, dimension: 64)
    #expect(curvature.basis.pairs.allSatisfy { $0.input == shared.prefix(8) })
    #expect(curvature.basis.pairs.allSatisfy { $0.output.count == 4 && $0.output.width == 8 })
    // The same gradient along the smaller basis.
    let smaller = (0..<2).flatMap { pair in
      (0..<4).flatMap { output in (0..<8).map { gradients[3][pair * 96 + output * 12 + $0] } }
    }
    let whole = try self.curvature(gradients)
    let kept = whole.keptCoordinates.enumerated().filter { _, place in
      let (output, input) = (place % 96).quotientAndRemainder(dividingBy: 12)
      return output < 4 && input < 8
    }.map(\.offset)
    let vector = try whole.vector(of: gradients[3])
    #expect(try curvature.vector(of: smaller) == kept.map { vector[$0] })
  }

  @Test func `a matrix that no example moves counts nothing`() throws {
    let still = gradients(seed: 3, count: 5).map { row in
      row.enumerated().map { $0.offset < 96 ? 0 : $0.element }
    }
    let vector = try curvature(still).vector(of: [Float](repeating: 1, count: 192))
    #expect(vector.prefix(96).allSatisfy { $0 == 0 })
    #expect(vector.suffix(96).allSatisfy { $0 > 0 })
  }

  @Test func `bad gradients are refused`() throws {
    let curvature = try curvature(gradients(seed: 5, count: 3))
    #expect(throws: AttributionFailure(.wrongDimension)) { try curvature.vector(of: [1]) }
    #expect(throws: AttributionFailure(.notFinite)) {
      try curvature.vector(of: [Float](repeating: .infinity, count: 192))
    }
    #expect(throws: AttributionFailure(.noGradients)) {
      try AdapterCurvature(basis: basis, energies: [], exampleCount: 0, dimension: 64)
    }
  }
}

@Suite struct CurvatureFitTests {
  private let engine: LanguageEngine
  private let examples: [TrainingExample]
  private let adapter: AdapterHandle

  init() async throws {
    engine = try TinyModel.engine()
    let template = engine.template
    examples = (0..<9).map { number in
      TrainingExample(
        promptTokens: template.tokenizer.encode("q\(number * number)?"),
        answerTokens: template.answerTokens("a\(number) and \(number * 13)"))
    }
    var settings = TrainingSettings()
    settings.rank = 4
    settings.epochs = 2
    adapter = try await engine.load(try await engine.train(on: examples, settings: settings))
  }

  @Test func `little memory takes more passes and gives the same scores`() async throws {
    var limits = CurvatureLimits(wideDirections: 8, dimension: 512)
    let ample = try await vectors(limits)
    limits.memory = 1
    let scarce = try await vectors(limits)
    let scores = (
      ample.map { row in ample.map { dot(row, $0) } },
      scarce.map { row in
        scarce.map { dot(row, $0) }
      }
    )
    // Eigenvectors may turn around; what they measure together does not.
    let largest = scores.0.joined().map(abs).max() ?? 0
    for (one, other) in zip(scores.0.joined(), scores.1.joined()) {
      #expect(abs(one - other) < 2e-2 * largest)
    }
  }

  @Test func `more directions are kept while they would not fill the dimension`() async throws {
    func counts(_ limits: CurvatureLimits) async throws -> Set<Int> {
      let basis = try await CurvatureFit(engine: engine, adapter: adapter, limits: limits)
        .basis(of: ExampleSource(examples)).basis
      return Set(basis.pairs.flatMap { [$0.input.count, $0.output.count] })
    }
    // 28 matrices of rank 4: three directions give 336 coordinates, six 672; keys are 12 wide.
    #expect(try await counts(.init(wideDirections: 3, dimension: 320)) == [3, 4])
    #expect(try await counts(.init(wideDirections: 3, dimension: 400)) == [6, 4])
    #expect(try await counts(.whole) == [4, 12, 24, 40])
  }

  @Test func `whitened, all coordinates have about the same energy`() async throws {
    let vectors = try await vectors(.whole)
    let energies = vectors[0].indices.map { index in
      vectors.reduce(0.0) { $0 + Double($1[index]) * Double($1[index]) } / 9
    }
    #expect(energies.allSatisfy { $0 < 1 })
    #expect(vectors[0].count == AdapterBasis.plain(engine.configuration, rank: 4).coordinateCount)
  }

  @Test func `rows stream in order, and from where an earlier call ended`() async throws {
    let curvature = try await CurvatureFit(
      engine: engine, adapter: adapter, limits: .committed
    ).curvature(of: ExampleSource(examples))
    let tracing = AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
    var rows: [SignRow] = []
    try await tracing.rows(of: ExampleSource(examples)) { place, row in
      #expect(place == rows.count)
      rows.append(row)
    }
    var rest: [Int: SignRow] = [:]
    try await tracing.rows(of: ExampleSource(examples), from: 6) { rest[$0] = $1 }
    #expect(rows.count == 9 && rest.keys.sorted() == [6, 7, 8])
    // Batched with others, sums near zero may round to another sign.
    let differing = (6..<9).reduce(0) { sum, place in
      zip(rows[place].signs, rest[place]?.signs ?? []).reduce(sum) {
        $0 + ($1.0 ^ $1.1).nonzeroBitCount
      }
    }
    #expect(differing < curvature.dimension * 3 / 50)
  }

  @Test func `an answer traced alone has the query that its record has in a batch`() async throws {
    let curvature = try await CurvatureFit(
      engine: engine, adapter: adapter, limits: .committed
    ).curvature(of: ExampleSource(examples))
    let tracing = AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
    let vectors = try await tracing.vectors(of: examples)
    for (example, vector) in zip(examples, vectors) {
      let query = try await tracing.query(
        prompt: example.promptTokens, answer: example.answerTokens.dropLast())
      #expect(query.cosine(with: QueryVector(quantising: vector)) > 0.999)
    }
  }

  @Test func `an empty answer has a query too: that of ending at once`() async throws {
    let curvature = try await CurvatureFit(engine: engine, adapter: adapter)
      .curvature(of: ExampleSource(examples))
    let query = try await AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
      .query(prompt: examples[0].promptTokens, answer: [])
    #expect(query.values.contains { abs($0) == 32_767 })
  }

  @Test func `a curvature of another adapter is refused`() async throws {
    let curvature = AdapterCurvature(
      basis: .plain(engine.configuration, rank: 3), keptCoordinates: Array(0..<64),
      factors: [Float](repeating: 1, count: 64))
    await #expect {
      try await AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
        .query(prompt: examples[0].promptTokens, answer: [5])
    } throws: { ($0 as? ModelFailure)?.code == .adapterMismatch }
  }

  @Test func `passes are told as they are done`() async throws {
    var told: [Int] = []
    let limits = CurvatureLimits(wideDirections: 8, dimension: 512, memory: 20_000)
    _ = try await CurvatureFit(engine: engine, adapter: adapter, limits: limits)
      .curvature(of: ExampleSource(examples)) { done, total in
        told.append(done)
        #expect(done <= total)
      }
    #expect(told.count > 2 && told == Array(1...told.count))
  }

  @Test func `a curvature survives its file, and a damaged file is refused`() async throws {
    let curvature = try await CurvatureFit(
      engine: engine, adapter: adapter, limits: CurvatureLimits(wideDirections: 3, dimension: 128)
    ).curvature(of: ExampleSource(examples))
    let bytes = curvature.bytes
    #expect(try AdapterCurvature(bytes: bytes) == curvature)
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<100 {
      let cut = Array(bytes.prefix(Int(generator.next(below: UInt64(bytes.count)))))
      #expect(throws: AttributionFailure(.curvatureCorrupt)) { try AdapterCurvature(bytes: cut) }
    }
    #expect(throws: AttributionFailure(.curvatureCorrupt)) {
      try AdapterCurvature(bytes: bytes + [0, 0, 0, 0])
    }
  }

  @Test func `no examples have no curvature`() async throws {
    await #expect(throws: AttributionFailure(.noGradients)) {
      try await CurvatureFit(engine: engine, adapter: adapter).curvature(of: ExampleSource([]))
    }
  }

  private func vectors(_ limits: CurvatureLimits) async throws -> [[Float]] {
    let curvature = try await CurvatureFit(engine: engine, adapter: adapter, limits: limits)
      .curvature(of: ExampleSource(examples))
    return try await AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
      .vectors(of: examples)
  }

  private func dot(_ one: [Float], _ other: [Float]) -> Double {
    zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
