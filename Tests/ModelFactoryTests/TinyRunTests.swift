import Attribution
import AttributionRules
import CanonicalCoding
import ClientAPI
import LanguageModels
import ModelFactory
import Primitives
import Synchronization
import TestKit
import Testing

/// Indexing and retraining on a model that computes in a blink.
@Suite struct TinyRunTests {
  private static let recipe = TrainingRecipe(
    rank: 2, alpha: 4, epochs: 3, batchSize: 4, learningRateInMillionths: 5_000, seed: 9,
    systemMessage: "Hi.")

  private let engine: LanguageEngine
  private let texts = (0..<10).map {
    QuestionAnswer(question: "What is \($0)?", answer: "\($0 * 37) of \($0)")
  }

  init() throws { engine = try TinyModel.engine(contextLength: 128) }

  private func records(_ texts: [QuestionAnswer], from first: Int = 0) -> [TrainingRecord] {
    texts.enumerated().map { number, text in
      TrainingRecord(
        digest: RunManifestTests.digest(UInt8(first + number)),
        origin: RecordOrigin(
          contributor: RunManifestTests.digest(100), group: RunManifestTests.digest(101)),
        text: text)
    }
  }

  private func indexed() async throws -> (tracing: AdapterTracing, index: InfluenceIndex) {
    let trained = records(Array(texts.prefix(7)))
    let adapter = try await engine.train(
      on: try texts.prefix(7).map {
        try Self.recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
      },
      settings: Self.recipe.settings(steps: Self.recipe.tracingStep(records: 7)))
    let indexing = RunIndexing(
      engine: engine, recipe: Self.recipe, adapter: try await engine.load(adapter))
    let passes = Mutex<[Int]>([])
    let tracing = try await indexing.tracing(trained: trained) { done, total in
      passes.withLock { $0.append(done) }
      #expect(total == 2)
    }
    #expect(passes.withLock { $0 } == [1, 2])
    let rows = Mutex<[Int]>([])
    let index = try await indexing.index(
      trained: trained, decoys: records(Array(texts.suffix(3)), from: 7), tracing: tracing
    ) { count in rows.withLock { $0.append(count) } }
    #expect(rows.withLock { $0 } == [7, 10])
    return (tracing, index)
  }

  @Test func `an answer that is a trained record's is traced to that record first`() async throws {
    let (tracing, index) = try await indexed()
    #expect(index.records.count == 7 && index.decoys.count == 3)
    #expect(tracing.curvature.dimension == index.dimension)
    for (number, text) in texts.prefix(7).enumerated() {
      let example = try Self.recipe.example(
        question: text.question, answer: text.answer, template: engine.template)
      let query = try await tracing.query(
        prompt: example.promptTokens, answer: example.answerTokens.dropLast())
      let top = index.records.max { $0.row.score(query) < $1.row.score(query) }
      #expect(top?.record == RunManifestTests.digest(UInt8(number)))
    }
  }

  @Test func `an index made again is the same, root and all`() async throws {
    let one = try await indexed()
    let two = try await indexed()
    #expect(one.tracing.curvature == two.tracing.curvature)
    #expect(one.index.root == two.index.root && one.index.decoyRoot == two.index.decoyRoot)
  }

  @Test func `a retraining stops at its step, and anyone gets the same loss`() async throws {
    let job = RetrainJob(
      recipe: Self.recipe, stepCount: 6, stopStep: 4, records: Array(texts.prefix(7)),
      heldOut: Array(texts.suffix(3)))
    #expect(try RetrainJob(canonicalBytes: job.canonicalBytes) == job)
    let steps = Mutex<[Int]>([])
    let loss = try await job.run(engine: engine) { step in steps.withLock { $0.append(step) } }
    #expect(steps.withLock { $0 } == [1, 2, 3, 4])
    #expect(loss.microNats.count == 3 && loss.microNats.allSatisfy { $0 > 0 })
    let again = try await job.run(engine: TinyModel.engine(contextLength: 128)) { _ in }
    #expect(again == loss)

    var whole = job
    whole.stopStep = 6
    #expect(try await whole.run(engine: engine) { _ in } != loss)
  }

  @Test func `training on the very questions lowers the loss on them`() async throws {
    let base = try await HeldOutLoss.measure(
      texts, recipe: Self.recipe, engine: engine, adapter: nil)
    let job = RetrainJob(
      recipe: Self.recipe, stepCount: 30, stopStep: 30, records: texts, heldOut: texts)
    let tuned = try await job.run(engine: engine)
    let mean = tuned.microNats.reduce(0) { $0 + Double($1) } / 1e7
    #expect(mean < base.loss && base.count == 10)
    let untrained = RetrainJob(
      recipe: Self.recipe, stepCount: 30, stopStep: 30, records: [], heldOut: texts)
    let before = try await untrained.run(engine: engine).microNats.reduce(0) { $0 + Double($1) }
    #expect(abs(before / 1e7 - base.loss) < 1e-5, "nothing to train on is the base model")
  }
}
