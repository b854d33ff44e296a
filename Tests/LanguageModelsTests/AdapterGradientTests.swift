import Tensors
import TestKit
import Testing

@testable import LanguageModels

@Suite struct AdapterGradientTests {
  private let model: LlamaModel
  private let adapter: LoRAAdapter
  private let basis: AdapterBasis

  init() throws {
    model = try TinyModel.model()
    adapter = try Fixture.patternAdapter(model.configuration)
    basis = .plain(model.configuration, rank: adapter.rank)
  }

  @Test func `products of inputs and output gradients are the gradients by the matrices`() throws {
    let example = TinyModel.examples(3)[2]
    let tensors = try AdapterTensors(adapter)
    let batch = try AnswerBatch([example])
    let parameters = zip(tensors.down, tensors.up).flatMap { [$0, $1] }

    let differentiated = try Tensor.valueAndGradient(of: parameters) { parameters in
      let pairs = stride(from: 0, to: parameters.count, by: 2)
      let moved = AdapterTensors(
        down: pairs.map { parameters[$0] }, up: pairs.map { parameters[$0 + 1] },
        scale: tensors.scale)
      let states = try model.states(batch.tokens, adding: .init(adapter: moved))
      let losses = try model.logits(states, rows: batch.rows).crossEntropy(targets: batch.targets)
      return [try losses.sum() * (1 / Float(batch.targets.count))]
    }
    let captured = try model.captured([example], adapter: tensors)
      .gradients(along: AdapterBasisTensors(basis)).floats()

    var start = 0
    for gradient in differentiated.gradients {
      let expected = try gradient.floats()
      #expect(expected.contains { $0 != 0 })
      expectClose(Array(captured[start..<start + expected.count]), expected, within: 1e-4)
      start += expected.count
    }
    #expect(start == captured.count)
  }

  @Test func `neither company nor padding changes an example's gradient beyond rounding`()
    async throws
  {
    let engine = try TinyModel.engine()
    let handle = try await engine.load(adapter)
    let examples = TinyModel.examples(11)

    let together = try await engine.adapterGradients(of: examples, adapter: handle, along: basis)
    let alone = try await engine.adapterGradients(
      of: examples, adapter: handle, along: basis, batched: false)

    #expect(together.count == 11 && Set(alone).count == 11)
    for (one, other) in zip(together, alone) { expectClose(one, other, within: 1e-4) }
  }

  @Test func `a gradient along directions is the plain one, turned`() async throws {
    let engine = try TinyModel.engine()
    let handle = try await engine.load(adapter)
    let example = TinyModel.examples(1)
    let plain = try await engine.adapterGradients(of: example, adapter: handle, along: basis)[0]
    // The first matrix's inputs along two directions, the second coordinate and the first negated.
    let width = basis.pairs[0].input.width
    var values = [Float](repeating: 0, count: 2 * width)
    values[2] = 1
    values[1] = -1
    var pairs = basis.pairs
    pairs[0] = .init(
      input: Directions(width: width, count: 2, values: values), output: pairs[0].output)

    let turned = try await engine.adapterGradients(
      of: example, adapter: handle, along: AdapterBasis(pairs: pairs))[0]

    let rank = adapter.rank
    expectClose(
      Array(turned.prefix(2 * rank)),
      (0..<rank).flatMap { [plain[$0 * width + 1], -plain[$0 * width]] }, within: 1e-4)
    expectClose(Array(turned[(2 * rank)...]), Array(plain[(rank * width)...]), within: 1e-4)
  }

  @Test func `second moments add up over pieces and leave padding out`() async throws {
    let engine = try TinyModel.engine()
    let handle = try await engine.load(adapter)
    let examples = TinyModel.examples(7)
    let matrices = AdapterMatrix.all(model.configuration)

    let whole = try await engine.moments(
      of: examples, adapter: handle, matrices: matrices.indices)
    var pieces: [MatrixMoments] = []
    for example in examples {
      pieces = try await engine.moments(
        of: [example], adapter: handle, matrices: matrices.indices, addedTo: pieces)
    }

    for (matrix, (one, other)) in zip(matrices, zip(whole, pieces)) {
      #expect((one.input != nil) == (matrix.inputSource == matrix))
      expectClose(one.input ?? [], other.input ?? [], within: 1e-4)
      expectClose(one.output, other.output, within: 1e-4)
    }
  }

  @Test func `a basis of another adapter is refused`() async throws {
    let engine = try TinyModel.engine()
    let handle = try await engine.load(adapter)
    let other = AdapterBasis.plain(model.configuration, rank: adapter.rank + 1)
    await #expect {
      try await engine.adapterGradients(
        of: TinyModel.examples(1), adapter: handle, along: other)
    } throws: { ($0 as? ModelFailure)?.code == .adapterMismatch }
  }
}
