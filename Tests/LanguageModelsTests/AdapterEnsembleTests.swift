import Primitives
import TestKit
import Testing

@testable import LanguageModels
import Tensors

/// Several adapters that answer together.
@Suite struct AdapterEnsembleTests {
  private static let configuration = TinyModel.configuration

  private static func parts() throws -> [(adapter: LoRAAdapter, weight: UInt32)] {
    [
      (try DrawnAdapters.adapter(1, rank: 2), 1), (try DrawnAdapters.adapter(2, rank: 5), 3),
      (try DrawnAdapters.adapter(3, rank: 4), 2),
    ]
  }

  @Test func `an ensemble adds what its adapters add, each by its weight`() throws {
    let parts = try Self.parts()
    let whole = try AdapterTensors(LoRAAdapter(ensemble: parts))
    let each = try parts.map { try AdapterTensors($0.adapter) }
    var generator = SeededGenerator(seed: 4)
    for position in LinearPosition.all(Self.configuration) {
      let width = position.kind.inputWidth(Self.configuration)
      let input = try Tensor(
        (0..<3 * width).map { _ in Float(generator.next(below: 2000)) / 1000 - 1 },
        shape: [3, width])
      let sums = try zip(parts, each).map { part, tensors in
        try tensors.output(of: input, at: position.index).floats().map {
          $0 * Float(part.weight) / 6
        }
      }
      let slow = sums[0].indices.map { sums[0][$0] + sums[1][$0] + sums[2][$0] }
      expectClose(try whole.output(of: input, at: position.index).floats(), slow, within: 1e-5)
    }
  }

  @Test func `an ensemble answers with the logits of the slow sum, alone or beside others`()
    async throws
  {
    let engine = try TinyModel.engine()
    let first = try await engine.load(Self.parts()[0].adapter)
    let weighted = try Self.parts().enumerated().map { place, part in
      (
        name: DrawnAdapters.name(place), original: { part.adapter } as AdapterStore.Original,
        weight: part.weight
      )
    }
    let ensemble = try await engine.load(ensemble: weighted)
    let tokens: [Int32] = [5, 9, 200, 31, 7]
    // In single precision, through tensors; and in halves, as answers are made.
    let expected = try await engine.logits(
      tokens: tokens, positions: [2, 4], adapter: ensemble)
    let model = engine.serving.model
    let adapters = try [LoRAAdapter(ensemble: Self.parts()), Self.parts()[0].adapter]
    let fixture = try DecoderFixture(model, adapters: adapters)
    let decoded = try fixture.logits(tokens, adapter: 0)
    for (row, reference) in zip([decoded[2], decoded[4]], expected) {
      expectClose(row, reference, within: 2e-3)
    }

    func answer(_ adapter: AdapterHandle?, _ first: Int32) async throws -> [Int32] {
      try await engine.serving.answer(
        GenerationRequest(prompt: [first, 3], adapter: adapter, maximumTokens: 20)
      ).tokens
    }
    let alone = try await answer(ensemble, 8)
    async let one = answer(first, 8)
    async let two = answer(nil, 8)
    async let same = answer(ensemble, 8)
    #expect(try await same == alone)
    #expect(try await Set([one, two, alone]).count == 3)
    // However it is listed.
    let again = try await engine.load(ensemble: weighted.reversed())
    #expect(again.digest == ensemble.digest)
    #expect(try await answer(again, 8) == alone)
    #expect(
      try await engine.logits(tokens: tokens, positions: [2, 4], adapter: again) == expected)
    await #expect(throws: ModelFailure.self) {
      try await engine.load(ensemble: [weighted[0], weighted[0]])
    }
  }

  @Test func `an ensemble of one is its adapter, whatever the weight`() throws {
    let adapter = try DrawnAdapters.adapter(1, rank: 3)
    let alone = try LoRAAdapter(ensemble: [(adapter, 7)])
    #expect(alone.down == adapter.down && alone.up == adapter.up && alone.alpha == adapter.alpha)
  }

  @Test func `what can be no ensemble is refused`() throws {
    let (a, b) = (DrawnAdapters.name(1), DrawnAdapters.name(2))
    #expect(
      try AdapterEnsemble([.init(adapter: a, weight: 1), .init(adapter: b, weight: 2)]).name
        != AdapterEnsemble([.init(adapter: a, weight: 2), .init(adapter: b, weight: 1)]).name)
    for parts: [AdapterEnsemble.Part] in [
      [], [.init(adapter: a, weight: 0)],
      [.init(adapter: a, weight: 1), .init(adapter: a, weight: 1)],
      (0..<9).map { .init(adapter: DrawnAdapters.name($0), weight: 1) },
    ] { #expect(throws: ModelFailure.self) { try AdapterEnsemble(parts) } }
    let large = try DrawnAdapters.adapter(1, rank: 600)
    #expect(throws: ModelFailure.self) { try LoRAAdapter(ensemble: [(large, 1), (large, 1)]) }
  }
}
