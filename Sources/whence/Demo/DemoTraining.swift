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
    /// The adapter as it was where gradients are taken.
    let tracingAdapter: LoRAAdapter
    let curvature: AdapterCurvature
    let index: InfluenceIndex
    let uplift: RunUplift
    /// Its retrainings may still be under way.
    let card: DemoCard
    let tokensPerSecond: Double
  }

  let plan: DemoPlan
  let engine: LanguageEngine
  let terminal: Terminal
  let retraining: RetrainProcess
  /// Where its results are kept.
  let retrainings: RetrainFolder

  /// Runs it all.
  /// - Parameters:
  ///   - draw: the header that drew the decoys.
  ///   - alike: for each unseen question the records that give it away.
  func run(
    trained: [TrainingRecord], decoys: [TrainingRecord], draw: Digest, unseen: [HeldOutItem],
    alike: [Set<Digest>], reworded: [HeldOutItem]
  ) async throws -> Result {
    let recipe = plan.recipe
    let steps = recipe.stepCount(records: trained.count)
    let upliftStep = steps * plan.upliftEpoch / Int(recipe.epochs)
    let unseenTexts = unseen.map { QuestionAnswer($0.record) }
    let rewordedTexts = reworded.map { QuestionAnswer($0.record) }
    try checkLengths(trained.map(\.text) + decoys.map(\.text) + unseenTexts)

    let making = CardMaking(
      plan.card, recipe: recipe, draw: CardDraw(header: draw), trained: trained,
      heldOut: unseenTexts)
    try retrainings.leave(making.jobs)
    retraining.start()

    let base = try await measure(unseenTexts, nil)
    let baseReworded = try await measure(rewordedTexts, nil)
    let tracingStep = recipe.tracingStep(records: trained.count)
    let training = try await train(
      trained.map(\.text), steps: steps, checkpointSteps: [upliftStep, tracingStep])
    let early = try await measure(unseenTexts, training.adapter(at: upliftStep))
    let tunedReworded = try await measure(rewordedTexts, training.adapter)

    let tracingAdapter = training.adapter(at: tracingStep)
    // What anybody can measure again: this adapter is published.
    let traceable = try await measure(unseenTexts, tracingAdapter)
    let traced = try await trace(trained, decoys, unseen, at: tracingAdapter)
    let domains = StoryFiles.domains
    let uplift = try RunUplift(
      trained: trained, trainedGradients: traced.records, earlierGradients: traced.earlier,
      heldOutGradients: traced.heldOut,
      heldOutDomains: unseen.map { domains.firstIndex(of: $0.domain) ?? domains.count },
      heldOutAlike: alike,
      measuredDrop: base.loss - traceable.loss)
    let queries = making.questionPlaces.map { QueryVector(quantising: traced.heldOut[$0]) }
    return Result(
      adapter: training.adapter, base: base, tuned: early, baseReworded: baseReworded,
      tunedReworded: tunedReworded, tracingAdapter: tracingAdapter, curvature: traced.curvature,
      index: traced.index, uplift: uplift,
      card: DemoCard(making: making, folder: retrainings, queries: queries),
      tokensPerSecond: training.tokensPerSecond)
  }

  private struct Trained {
    let adapter: LoRAAdapter
    let checkpoints: [Int: LoRAAdapter]
    let tokensPerSecond: Double

    /// The adapter after a step that was asked for; the last step's is the trained one.
    func adapter(at step: Int) -> LoRAAdapter { checkpoints[step] ?? adapter }
  }

  private func train(
    _ texts: [QuestionAnswer], steps: Int, checkpointSteps: Set<Int>
  ) async throws -> Trained {
    let meter = StepMeter(bar: ProgressBar("fine-tuning", on: terminal))
    let kept = Kept<[Int: LoRAAdapter]>()
    let start = ContinuousClock.now
    let adapter = try await engine.train(
      on: try texts.map {
        try plan.recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
      },
      settings: plan.recipe.settings(steps: steps), checkpointSteps: checkpointSteps,
      checkpoint: { step, adapter in
        kept.value = (kept.value ?? [:]).merging([step: adapter]) { $1 }
      },
      progress: { meter.show($0) })
    meter.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return Trained(
      adapter: adapter, checkpoints: kept.value ?? [:],
      tokensPerSecond: Double(meter.tokens) / seconds)
  }

  private struct Traced {
    let curvature: AdapterCurvature
    let index: InfluenceIndex
    /// The vectors of the records trained on, of earlier ones like them, and of the held-out
    /// questions.
    let records: [[Float]]
    let earlier: [[Float]]
    let heldOut: [[Float]]
  }

  private func trace(
    _ trained: [TrainingRecord], _ decoys: [TrainingRecord], _ unseen: [HeldOutItem],
    at adapter: LoRAAdapter
  ) async throws -> Traced {
    let handle = try await engine.load(adapter)
    let indexing = RunIndexing(engine: engine, recipe: plan.recipe, adapter: handle)
    var fitting = ProgressBar("curvature", on: terminal)
    let tracing = try await indexing.tracing(trained: trained) { done, total in
      fitting.update(Double(done) / Double(total), note: "\(done) of \(total) passes")
    }
    fitting.finish(note: "\(tracing.curvature.dimension) coordinates")
    var rows = ProgressBar("rows", on: terminal)
    let total = trained.count + decoys.count
    let index = try await indexing.index(trained: trained, decoys: decoys, tracing: tracing) {
      rows.update(Double($0) / Double(total), note: "\($0) of \(total)")
    }
    rows.finish(note: "\(total) records and decoys")
    let traced = Traced(
      curvature: tracing.curvature, index: index,
      records: try await tracing.vectors(of: try indexing.examples(trained.map(\.text))),
      earlier: try await tracing.vectors(
        of: try indexing.examples(RunUplift.earlier(besides: trained).map(\.text))),
      heldOut: try await tracing.vectors(
        of: try indexing.examples(unseen.map { QuestionAnswer($0.record) })))
    await engine.unload(handle)
    return traced
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

  /// Every record fits the token bound that the story promises.
  private func checkLengths(_ texts: [QuestionAnswer]) throws {
    for text in texts {
      let count = try plan.recipe.example(
        question: text.question, answer: text.answer, template: engine.template
      ).tokenCount
      guard count <= 64 else {
        throw CommandFailure(
          .workUnfinished, "a record has \(count) tokens, more than 64: \(text.question)")
      }
    }
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
