import Foundation
import ModelFactory
import Synchronization

/// Retrainings in a process of their own, beside everything else: with the main training that is
/// one for each of two cores, and the memory of two models.
final class RetrainProcess: Sendable {
  private let path: String
  private let work = Mutex<Task<Void, any Error>?>(nil)

  /// - Parameter path: that of the ``RetrainFolder`` in which the jobs are left.
  init(path: String) { self.path = path }

  /// Starts on the jobs that were left in the folder.
  func start() {
    work.withLock { [path] in $0 = Task { try await Self.run(path) } }
  }

  /// Waits for the last of them.
  func finish() async throws { try await work.withLock { $0 }?.value }

  /// Ends the process, if it still runs.
  func cancel() { work.withLock { $0?.cancel() } }

  private static func run(_ path: String) async throws {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["retrain", path]
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
                .workUnfinished, "retraining failed with status \(ended.terminationStatus)"))
          }
        }
        do { try process.run() } catch { done.resume(throwing: error) }
      }
    } onCancel: {
      if process.isRunning { process.terminate() }
    }
  }
}

extension Command {
  /// What a worker process of ``RetrainProcess`` runs.
  static let retrain = Command(
    name: "retrain",
    summary: "Do the retrainings that were left in a folder, and keep their losses",
    operands: [.init(name: "FOLDER", help: "a folder with a list of jobs, as the demo leaves it")]
  ) { arguments in
    let folder = try RetrainFolder(
      at: arguments.operand("FOLDER") ?? "", baseWeights: LocalModel.weightsDigest())
    guard let jobs = try folder.jobsLeft() else {
      throw CommandFailure(.fileFailed, "the folder has no list of jobs that can be read")
    }
    try await folder.complete(jobs, engine: LocalModel.open())
  }
}
