import Tensors
import TestKit
import Testing

@testable import LanguageModels

@Suite struct ExampleGradientTests {
  private let projection = GradientProjection(inputRank: 3, outputRank: 2, seed: 4)

  @Test func `a batch gives each example its own gradient`() async throws {
    let engine = try TinyModel.engine()
    let adapter = try await engine.load(Fixture.patternAdapter(engine.configuration))
    let examples = TinyModel.examples(11)

    let together = try await engine.exampleGradients(
      of: examples, adapter: adapter, projection: projection)
    let alone = try await engine.exampleGradients(
      of: examples, adapter: adapter, projection: projection, batched: false)

    #expect(together.count == 11)
    #expect(together.allSatisfy { $0.count == projection.dimension(for: engine.configuration) })
    for (a, b) in zip(together, alone) { expectClose(a, b, within: 1e-4) }
    #expect(Set(alone).count == 11)
  }

  @Test func `moving a bottleneck changes the loss by the gradient`() throws {
    let model = try TinyModel.model()
    let adapter = try AdapterTensors(Fixture.patternAdapter(model.configuration))
    let tensors = try ProjectionTensors(projection, model.configuration)
    let example = TinyModel.examples(3)[2]
    let batch = try AnswerBatch([example])
    let gradient = try model.projectedGradients(
      of: [example], adapter: adapter, projection: tensors)[0]

    func loss(moving coordinate: Int, by distance: Float) throws -> Float {
      let bottlenecks = try (0..<model.configuration.linearCount).map { index in
        var values = [Float](repeating: 0, count: 6)
        if coordinate / 6 == index { values[coordinate % 6] = distance }
        return try Tensor(values, shape: [1, 3, 2])
      }
      let states = try model.states(
        batch.tokens,
        adding: .init(
          adapter: adapter, probe: .init(projection: tensors, bottlenecks: bottlenecks)))
      let losses = try model.logits(states, rows: batch.rows).crossEntropy(targets: batch.targets)
      return try losses.floats().reduce(0, +) / Float(batch.targets.count)
    }

    let scale = gradient.map(abs).max() ?? 0
    for coordinate in stride(from: 0, to: gradient.count, by: 5) {
      let rise = try loss(moving: coordinate, by: 0.02) - loss(moving: coordinate, by: -0.02)
      #expect(abs(rise / 0.04 - gradient[coordinate]) < 0.02 * scale, "coordinate \(coordinate)")
    }
  }

  @Test func `a projection is its seed's`() async throws {
    let engine = try TinyModel.engine()
    let examples = TinyModel.examples(2)
    let other = GradientProjection(inputRank: 3, outputRank: 2, seed: 5)

    let first = try await engine.exampleGradients(of: examples, projection: projection)

    #expect(first != (try await engine.exampleGradients(of: examples, projection: other)))
    #expect(first == (try await engine.exampleGradients(of: examples, projection: projection)))
  }
}
