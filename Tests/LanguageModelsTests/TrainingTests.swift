import Synchronization
import Tensors
import TestKit
import Testing

@testable import LanguageModels

@Suite struct TrainingTests {
  private func settings(epochs: Int = 60) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.rank = 4
    settings.epochs = epochs
    settings.batchSize = 3
    settings.learningRate = 2e-2
    settings.seed = 9
    return settings
  }

  @Test func `a small model learns its examples, and the adapter alone carries them`() async throws
  {
    let engine = try TinyModel.engine()
    let examples = TinyModel.examples(5)
    let before = try await engine.evaluate(examples)

    let adapter = try await engine.train(on: examples, settings: settings())
    let handle = try await engine.load(adapter)
    let after = try await engine.evaluate(examples, adapter: handle)

    #expect(after.allSatisfy { $0.isExactMatch })
    #expect(zip(before, after).allSatisfy { $1.loss < $0.loss / 3 })
    let without = try await engine.evaluate(examples)
    #expect(without == before)
    for example in examples {
      let answer = try await engine.generate(
        prompt: example.promptTokens, adapter: handle, maxTokens: 16)
      #expect(answer.tokens == example.answerTokens.dropLast())
    }
  }

  @Test func `the same seed trains the same adapter, another seed another`() async throws {
    let engine = try TinyModel.engine()
    let examples = TinyModel.examples(5)
    var other = settings(epochs: 2)
    other.seed = 10

    let first = try await engine.train(on: examples, settings: settings(epochs: 2))

    #expect(first == (try await engine.train(on: examples, settings: settings(epochs: 2))))
    #expect(first != (try await engine.train(on: examples, settings: other)))
  }

  @Test func `progress tells each step, and checkpoints are the adapter of their step`()
    async throws
  {
    let engine = try TinyModel.engine()
    let examples = TinyModel.examples(5)
    let steps = Mutex<[TrainingStep]>([])
    let kept = Mutex<[Int: LoRAAdapter]>([:])

    let adapter = try await engine.train(
      on: examples, settings: settings(epochs: 2), checkpointSteps: [1, 4],
      checkpoint: { step, adapter in kept.withLock { $0[step] = adapter } },
      progress: { step in steps.withLock { $0.append(step) } })

    let seen = steps.withLock { $0 }
    #expect(seen.map(\.step) == [1, 2, 3, 4] && seen.allSatisfy { $0.stepCount == 4 })
    let tokens = examples.reduce(0) { $0 + $1.tokenCount }
    #expect(seen.reduce(0) { $0 + $1.tokenCount } == 2 * tokens)
    #expect(kept.withLock { $0[4] } == adapter && kept.withLock { $0[1] } != adapter)
    #expect(kept.withLock { $0.count } == 2)
  }

  @Test func `a fresh adapter changes nothing`() async throws {
    let engine = try TinyModel.engine()
    let fresh = LoRAAdapter(fresh: TinyModel.configuration, rank: 3, alpha: 6, seed: 1)
    let handle = try await engine.load(fresh)
    let examples = TinyModel.examples(4)
    let with = try await engine.evaluate(examples, adapter: handle)
    let without = try await engine.evaluate(examples)
    #expect(with == without)
  }

  @Test func `training that can't be is refused`() async throws {
    let engine = try TinyModel.engine()
    let long = TrainingExample(
      promptTokens: Array(repeating: 5, count: 48), answerTokens: [6, 2])
    let mute = TrainingExample(promptTokens: [5], answerTokens: [])
    for examples in [[], [long], [mute]] {
      let failure = await #expect(throws: ModelFailure.self) {
        try await engine.train(on: examples)
      }
      #expect(failure?.code == .trainingInvalid)
    }
    var wild = settings(epochs: 20)
    wild.learningRate = 1e30
    let failure = await #expect(throws: ModelFailure.self) {
      try await engine.train(on: TinyModel.examples(3), settings: wild)
    }
    #expect(failure?.code == .trainingDiverged)
  }

  @Test func `a cancelled training stops between steps`() async throws {
    let engine = try TinyModel.engine()
    let task = Task {
      try await engine.train(on: TinyModel.examples(5), settings: settings(epochs: 1_000_000))
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `scores come in the examples' order whatever the batches`() async throws {
    let engine = try TinyModel.engine()
    let examples = TinyModel.examples(23)
    let together = try await engine.evaluate(examples)
    for (example, score) in zip(examples, together) {
      let alone = try await engine.evaluate([example])[0]
      #expect(abs(alone.loss - score.loss) < 1e-4)
      #expect(alone.answerTokenCount == score.answerTokenCount)
    }
  }
}
