import Primitives
import Synchronization
import TestKit
import Testing

@testable import LanguageModels

@Suite struct GenerationTests {
  private let prompt: [Int32] = [1, 40, 50, 60, 70]

  @Test func `decoding with a cache equals reading everything again`() async throws {
    let engine = try TinyModel.engine()
    let adapter = try await engine.load(Fixture.patternAdapter(engine.configuration))

    let tokens = try await engine.generate(prompt: prompt, adapter: adapter, maxTokens: 12).tokens

    var read = prompt
    for token in tokens {
      let logits = try await engine.logits(
        tokens: read, positions: [read.count - 1], adapter: adapter)[0]
      #expect(logits.indices.max { logits[$0] < logits[$1] } == Int(token))
      read.append(token)
    }
    #expect(!tokens.isEmpty)
  }

  @Test func `each token is told as it is chosen`() async throws {
    let engine = try TinyModel.engine()
    let told = Mutex<[Int32]>([])
    let generation = try await engine.generate(prompt: prompt, maxTokens: 7) { token in
      told.withLock { $0.append(token) }
    }
    #expect(told.withLock { $0 } == generation.tokens)
  }

  @Test func `a full context ends the answer`() async throws {
    let engine = try TinyModel.engine()
    let sampling = Sampling(temperature: 1, seed: 3)
    let generation = try await engine.generate(
      prompt: [Int32](repeating: 40, count: 48), sampling: sampling, maxTokens: 50)
    #expect(generation.end == .length && generation.tokens.count == 1)
  }

  @Test func `the same seed samples the same answer`() async throws {
    let engine = try TinyModel.engine()
    func answer(_ seed: UInt64) async throws -> [Int32] {
      let sampling = Sampling(temperature: 1.2, topP: 0.95, seed: seed)
      return try await engine.generate(prompt: prompt, sampling: sampling, maxTokens: 12).tokens
    }
    let first = try await answer(1)
    #expect(first == (try await answer(1)))
    #expect(first != (try await answer(2)))
  }

  @Test func `prompts that can't be read are refused`() async throws {
    let engine = try TinyModel.engine()
    for prompt: [Int32] in [[], [-1], [262], Array(repeating: 3, count: 49)] {
      let failure = await #expect(throws: ModelFailure.self) {
        try await engine.generate(prompt: prompt, maxTokens: 1)
      }
      #expect(failure?.code == .inputInvalid)
    }
  }

  @Test func `an unloaded adapter is unknown, a foreign one mismatched`() async throws {
    let engine = try TinyModel.engine()
    let handle = try await engine.load(Fixture.patternAdapter(engine.configuration))
    await engine.unload(handle)
    let unknown = await #expect(throws: ModelFailure.self) {
      try await engine.generate(prompt: prompt, adapter: handle, maxTokens: 1)
    }
    #expect(unknown?.code == .adapterUnknown)

    let foreign = LlamaConfiguration(
      layerCount: 1, width: 8, innerWidth: 8, headCount: 2, keyHeadCount: 2, vocabularySize: 8,
      contextLength: 8, rotationBase: 1, normEpsilon: 1)
    let adapter = LoRAAdapter(fresh: foreign, rank: 1, alpha: 1, seed: 0)
    let mismatched = await #expect(throws: ModelFailure.self) { try await engine.load(adapter) }
    #expect(mismatched?.code == .adapterMismatch)
  }

  @Test func `a cancelled answer stops`() async throws {
    let engine = try TinyModel.engine()
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      return try await engine.generate(prompt: prompt, maxTokens: 40)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `a sampler keeps to the nucleus and follows the odds`() {
    let logits: [Float] = [0, 2, 1, -1]  // e⁰ : e² : e¹ : e⁻¹
    var greedy = Sampler(Sampling())
    #expect(greedy.next(logits) == 1)
    #expect(greedy.next([1, 1]) == 0)

    var nucleus = Sampler(Sampling(temperature: 1, topP: 0.6, seed: 1))
    #expect((0..<100).allSatisfy { _ in nucleus.next(logits) == 1 })

    var free = Sampler(Sampling(temperature: 1, seed: 1))
    var counts = [0, 0, 0, 0]
    for _ in 0..<4000 { counts[Int(free.next(logits))] += 1 }
    // Probabilities 0.087, 0.644, 0.237, 0.032.
    #expect((2450...2700).contains(counts[1]) && (850...1050).contains(counts[2]))
    #expect(counts.allSatisfy { $0 > 50 })
  }
}
