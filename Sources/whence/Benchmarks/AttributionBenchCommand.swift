import Benchmarks
import Foundation
import JSONCoding
import Networking
import Tensors

extension AttributionBenchmark {
  /// Runs the retrainings that are missing, then scores; with `--quick`, scores.
  static func command(_ arguments: Arguments) async throws {
    TensorRuntime.setBLASThreads(1)
    let isQuick = arguments.isOn("quick")
    let folder = arguments.text("folder") ?? (isQuick ? committedTask : ".whence/bench-attribution")
    if !isQuick {
      let most = try arguments.integer("retrainings", in: 0...1_000_000)
      try await complete(
        folder: folder, dependencies: DependencyFolder.path, most: most ?? .max
      ) { line in
        print(line)
        fflush(nil)
      }
    }
  }

  /// The folder of the repository that keeps the task's last full run.
  private static var committedTask: String {
    URL(fileURLWithPath: DependencyFolder.path).deletingLastPathComponent()
      .appendingPathComponent("benchmarks/attribution").path
  }
}
