import CanonicalCoding
import Foundation
import ModelFactory

/// Retrainings in processes of their own, beside the main training.
///
/// One at a time: with the main training that is one for each of two cores, and the memory of two
/// models.
struct RetrainProcesses {
  let jobs: [String: RetrainJob]
  let folder: String

  /// Runs every job; the result of each by its name.
  func run() async throws -> [String: HeldOutLoss] {
    var losses: [String: HeldOutLoss] = [:]
    for (name, job) in jobs.sorted(by: { $0.key < $1.key }) {
      losses[name] = try await run(job, name: name)
    }
    return losses
  }

  private func run(_ job: RetrainJob, name: String) async throws -> HeldOutLoss {
    let input = "\(folder)/retrain-\(name).job"
    let output = "\(folder)/retrain-\(name).loss"
    try Data(job.canonicalBytes).write(to: URL(filePath: input))
    defer {
      try? FileManager.default.removeItem(atPath: input)
      try? FileManager.default.removeItem(atPath: output)
    }
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["retrain", input, output]
    process.standardOutput = FileHandle.nullDevice
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation {
        (done: CheckedContinuation<Void, any Error>) in
        process.terminationHandler = { ended in
          if ended.terminationStatus == 0 {
            done.resume()
          } else {
            done.resume(
              throwing: CommandFailure(
                .workUnfinished,
                "retraining without \(name) failed with status \(ended.terminationStatus)"))
          }
        }
        do { try process.run() } catch { done.resume(throwing: error) }
      }
    } onCancel: {
      if process.isRunning { process.terminate() }
    }
    let text = try String(contentsOfFile: output, encoding: .utf8)
    let parts = text.split(separator: " ").compactMap { Double($0) }
    guard parts.count == 3 else {
      throw CommandFailure(.workUnfinished, "a retraining left no result in \(output)")
    }
    return HeldOutLoss(loss: parts[0], exactMatches: Int(parts[1]), count: Int(parts[2]))
  }
}

extension Command {
  /// What a worker process of ``RetrainProcesses`` runs.
  static let retrain = Command(
    name: "retrain", summary: "Retrain as a job file says and write the held-out loss",
    operands: [
      .init(name: "JOB", help: "a retraining job's canonical bytes"),
      .init(name: "RESULT", help: "the file that gets loss, exact matches and count"),
    ]
  ) { arguments in
    guard let input = arguments.operand("JOB"), let output = arguments.operand("RESULT"),
      let data = FileManager.default.contents(atPath: input),
      let job = try? RetrainJob(canonicalBytes: Array(data))
    else { throw CommandFailure(.fileFailed, "the job file can't be read") }
    let engine = try LocalModel.open()
    let loss = try await job.run(engine: engine) { _ in }
    try "\(loss.loss) \(loss.exactMatches) \(loss.count)".write(
      toFile: output, atomically: true, encoding: .utf8)
  }
}
