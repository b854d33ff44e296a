import Attribution
import AttributionRules
import ClientAPI
import Datanets
import Foundation
import LanguageModels
import ModelFactory
import Primitives
import Storage

/// The story's run: training, held-out losses, index and uplift.
struct DemoTraining {
  struct Result {
    let adapter: LoRAAdapter
    let base: HeldOutLoss
    let tuned: HeldOutLoss
    let baseReworded: HeldOutLoss
    let tunedReworded: HeldOutLoss
    let curvature: Curvature
    let index: InfluenceIndex
    let uplift: RunUplift
    /// Held-out loss without a contributor minus with everybody, by contributor; empty if no
    /// retraining was run.
    let retrained: [String: Double]
    let tokensPerSecond: Double
  }

  let plan: DemoPlan
  let engine: LanguageEngine
  let terminal: Terminal
  let workFolder: String

  /// Runs it all.
  /// - Parameter names: the contributor of each content group, for the retrainings.
  func run(
    trained: [TrainingRecord], decoys: [TrainingRecord], unseen: [HeldOutItem],
    reworded: [HeldOutItem], names: [Digest: String]
  ) async throws -> Result {
    let recipe = plan.recipe
    let steps = recipe.stepCount(records: trained.count)
    let upliftStep = steps * plan.upliftEpoch / Int(recipe.epochs)
    let unseenTexts = unseen.map { QuestionAnswer($0.record) }
    let rewordedTexts = reworded.map { QuestionAnswer($0.record) }
    try checkLengths(trained.map(\.text) + decoys.map(\.text) + unseenTexts)

    let retrains = RetrainProcesses(
      jobs: plan.hasRetrains ? jobs(trained, unseenTexts, steps, upliftStep, names) : [:],
      folder: workFolder)
    async let losses = retrains.run()

    let base = try await measure(unseenTexts, nil)
    let baseReworded = try await measure(rewordedTexts, nil)
    let (adapter, checkpoint, rate) = try await train(
      trained.map(\.text), steps: steps, checkpointStep: upliftStep)
    let early = try await measure(unseenTexts, checkpoint)
    let tunedReworded = try await measure(rewordedTexts, adapter)

    let indexing = RunIndexing(engine: engine, recipe: recipe)
    let gradients = try await self.gradients(
      [trained.map(\.text), decoys.map(\.text), unseenTexts], indexing: indexing)
    let (curvature, index) = try indexing.index(
      trained: trained, trainedGradients: gradients[0], decoys: decoys,
      decoyGradients: gradients[1])
    let domains = StoryFiles.domains
    let uplift = try RunUplift(
      trained: trained, trainedGradients: gradients[0], heldOutGradients: gradients[2],
      heldOutDomains: unseen.map { domains.firstIndex(of: $0.domain) ?? domains.count },
      measuredDrop: base.loss - early.loss)
    let retrained = try await losses.mapValues { $0.loss - early.loss }
    return Result(
      adapter: adapter, base: base, tuned: early, baseReworded: baseReworded,
      tunedReworded: tunedReworded, curvature: curvature, index: index, uplift: uplift,
      retrained: retrained, tokensPerSecond: rate)
  }

  private func train(
    _ texts: [QuestionAnswer], steps: Int, checkpointStep: Int
  ) async throws -> (adapter: LoRAAdapter, checkpoint: LoRAAdapter, tokensPerSecond: Double) {
    let meter = StepMeter(bar: ProgressBar("fine-tuning", on: terminal))
    let kept = Kept<LoRAAdapter>()
    let start = ContinuousClock.now
    let adapter = try await engine.train(
      on: texts.map {
        plan.recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
      },
      settings: plan.recipe.settings(steps: steps), checkpointSteps: [checkpointStep],
      checkpoint: { _, adapter in kept.value = adapter },
      progress: { meter.show($0) })
    meter.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return (adapter, kept.value ?? adapter, Double(meter.tokens) / seconds)
  }

  private func gradients(
    _ sets: [[QuestionAnswer]], indexing: RunIndexing
  ) async throws -> [[[Float]]] {
    var bar = ProgressBar("gradients", on: terminal)
    let total = sets.reduce(0) { $0 + $1.count }
    var done = 0
    var result: [[[Float]]] = []
    for set in sets {
      result.append(
        try await indexing.gradients(of: set) {
          bar.update(Double(done + $0) / Double(total), note: "\(done + $0) of \(total)")
        })
      done += set.count
    }
    bar.finish(note: "\(total) records, decoys and held-out questions")
    return result
  }

  private func measure(
    _ texts: [QuestionAnswer], _ adapter: LoRAAdapter?
  ) async throws -> HeldOutLoss {
    var handle: AdapterHandle?
    if let adapter { handle = try await engine.load(adapter) }
    let loss = try await HeldOutLoss.measure(
      texts, recipe: plan.recipe, engine: engine, adapter: handle)
    if let handle { await engine.unload(handle) }
    return loss
  }

  /// Retraining without the junk contributor and without one useful one.
  private func jobs(
    _ trained: [TrainingRecord], _ heldOut: [QuestionAnswer], _ steps: Int, _ upliftStep: Int,
    _ names: [Digest: String]
  ) -> [String: RetrainJob] {
    var jobs: [String: RetrainJob] = [:]
    for left in ["junk", StoryFiles.domains[1]] {
      jobs[left] = RetrainJob(
        recipe: plan.recipe, stepCount: UInt32(steps), stopStep: UInt32(upliftStep),
        records: trained.filter { names[$0.origin.group] != left }.map(\.text), heldOut: heldOut)
    }
    return jobs
  }

  /// Every record fits the token bound that the story promises.
  private func checkLengths(_ texts: [QuestionAnswer]) throws {
    for text in texts {
      let count = plan.recipe.example(
        question: text.question, answer: text.answer, template: engine.template
      ).tokenCount
      guard count <= 64 else {
        throw CommandFailure(
          .workUnfinished, "a record has \(count) tokens, more than 64: \(text.question)")
      }
    }
  }
}

extension QuestionAnswer {
  init(_ record: InstructionRecord) {
    self.init(question: record.question, answer: record.answer)
  }
}

/// Shows a training's steps.
///
/// `@unchecked Sendable`: the engine's thread calls it, one call at a time, and its owner reads it
/// after the training has returned.
final class StepMeter: @unchecked Sendable {
  private var bar: ProgressBar
  private(set) var tokens = 0
  private var loss: Float = 0

  init(bar: ProgressBar) { self.bar = bar }

  func show(_ step: TrainingStep) {
    tokens += step.tokenCount
    loss = step.step == 1 ? step.loss : 0.9 * loss + 0.1 * step.loss
    bar.update(
      Double(step.step) / Double(step.stepCount),
      note: "step \(step.step) of \(step.stepCount), loss \(loss.rounded(places: 2))")
  }

  func finish() { bar.finish(note: "loss \(loss.rounded(places: 2))") }
}

/// A value that a callback leaves for its caller.
///
/// `@unchecked Sendable`: the engine's thread writes it before the call that it belongs to returns.
final class Kept<Value>: @unchecked Sendable {
  var value: Value?
}

extension BinaryFloatingPoint {
  /// Decimal text with so many places.
  func rounded(places: Int) -> String { String(format: "%.\(places)f", Double(self)) }
}
