internal import Foundation
internal import LanguageModels

/// A task with its losses on disk, and with the base model and adapter if these are small; less than
/// a megabyte together.
struct TaskFolder {
  let plan: TaskPlan
  let path: String
  /// The folder of what `make setup` brings.
  let dependencies: String

  private var documents: URL { URL(filePath: path).appending(path: "documents.json") }
  private var losses: URL { URL(filePath: path).appending(path: "losses.jsonl") }
  /// Scores are taken at it; a large one is not kept with the losses.
  private var adapter: String { plan.isOfBytes ? "\(path)/adapter" : "\(path)/early-adapter" }

  private var base: URL {
    plan.isOfBytes
      ? URL(filePath: path).appending(path: "base.gguf")
      : URL(filePath: dependencies).appending(path: "model/SmolLM2-135M-Instruct.Q4_1.gguf")
  }

  struct Content {
    let task: AttributionTask
    let engine: LanguageEngine
    let examples: TaskExamples
    /// Trained on everything with the first seed, up to the step at which scores are taken.
    let adapter: LoRAAdapter
    let table: LossTable
  }

  /// Reads all of it.
  /// - Throws: ``AttributionBenchmarkFailure`` with `taskIncomplete`; `ModelFailure`.
  func read() throws -> Content {
    let task = try task()
    let engine = try LanguageEngine(modelPath: base.path(percentEncoded: false))
    return Content(
      task: task, engine: engine, examples: try TaskExamples(task, plan: plan, engine: engine),
      adapter: try LoRAAdapter(folder: adapter, for: engine.configuration), table: try table())
  }

  func table() throws -> LossTable { try LossTable(kept: try bytes(losses), plan: plan) }

  /// Makes what is missing, training by training; may be cut off anywhere and called again.
  ///
  /// - Parameter most: the most trainings to run now.
  /// - Parameter progress: told what was just done.
  func complete(most: Int, progress: (String) -> Void) async throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
    if !exists(documents), plan.isOfBytes {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      try encoder.encode(try AttributionTask.drawn(dependencies: dependencies)).write(to: documents)
      progress("drew the documents")
    }
    let task = try task()
    if !exists(base), plan.isOfBytes { try pretrain(progress) }
    let engine = try LanguageEngine(modelPath: base.path(percentEncoded: false))
    let examples = try TaskExamples(task, plan: plan, engine: engine)
    if !exists(losses) { try Data().write(to: losses) }
    let missing = try table().missing
    let first = Retraining(kind: .full, number: 0, seed: 0)
    if !exists(URL(filePath: adapter)), !missing.contains(first) || !plan.isOfBytes {
      try await first.adapter(examples, engine, stopStep: plan.scoringStep)
        .save(to: adapter, baseModel: base.lastPathComponent)
      progress("trained the adapter for scores, \(plan.scoringStep) steps")
    }
    for (done, training) in missing.prefix(most).enumerated() {
      let start = ProcessorClock.processorSeconds()
      let (result, trained) = try await training.run(examples, engine)
      if training == first, plan.isOfBytes {
        try trained.save(to: adapter, baseModel: base.lastPathComponent)
      }
      let file = try FileHandle(forWritingTo: losses)
      try file.seekToEnd()
      try file.write(contentsOf: Data(try LossTable.line(of: result)))
      try file.close()
      let seconds = ProcessorClock.processorSeconds() - start
      let mean = result.losses.reduce(0, +) / Double(result.losses.count)
      progress(
        "\(training.kind.rawValue) \(training.number), seed \(training.seed): mean loss "
          + String(format: "%.4f, %.1f s; %d to go", mean, seconds, missing.count - done - 1))
    }
  }

  private func pretrain(_ progress: (String) -> Void) throws {
    let text = try TextSource.pretraining()
    var last: Float = 0
    let file = try ByteModel.pretrained(AttributionTask.configuration, on: text) { step, loss in
      last = loss
      if step.isMultiple(of: 50) {
        progress(String(format: "pretraining: step %d, %.3f", step, loss))
      }
    }
    try Data(file).write(to: base, options: .atomic)
    progress(String(format: "pretrained the base model to %.3f nats a byte", last))
  }

  private func task() throws -> AttributionTask {
    let task = try JSONDecoder().decode(AttributionTask.self, from: Data(try bytes(documents)))
    let isWhole =
      task.contributors.count == plan.contributorCount
      && task.contributors.allSatisfy {
        $0.documents.count == plan.documentCount && $0.heldOut.count == plan.heldOutCount
      } && (task.documents + task.queries).allSatisfy(plan.admits)
    guard isWhole else {
      throw AttributionBenchmarkFailure(.taskIncomplete, "\(documents.path()) is of another task")
    }
    return task
  }

  private func exists(_ file: URL) -> Bool {
    FileManager.default.fileExists(atPath: file.path(percentEncoded: false))
  }

  private func bytes(_ file: URL) throws -> [UInt8] {
    guard let data = try? Data(contentsOf: file) else {
      throw AttributionBenchmarkFailure(
        .taskIncomplete, "can't read \(file.path(percentEncoded: false))")
    }
    return [UInt8](data)
  }
}
