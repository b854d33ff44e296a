import Benchmarks
import Foundation
import JSONCoding
import Networking
import Tensors

extension AttributionBenchmark {
  /// Runs the retrainings that are missing, then scores; with `--quick`, only scores.
  static func command(_ arguments: Arguments) async throws {
    TensorRuntime.setBLASThreads(1)
    let isQuick = arguments.isOn("quick")
    let folder = arguments.text("folder") ?? (isQuick ? keptTask : ".whence/bench-attribution")
    if !isQuick {
      let most = try arguments.integer("retrainings", in: 0...1_000_000)
      try await complete(
        folder: folder, dependencies: DependencyFolder.path, most: most ?? .max
      ) { line in
        print(line)
        fflush(nil)
      }
    }
    let benchmark = try await run(
      folder: folder, peer: arguments.text("peer"), draws: isQuick ? 400 : 2_000)
    print(benchmark.report(on: .standard), terminator: "")
    let figures = benchmark.flat.map {
      JSONObject.Member(name: $0.name, value: .measurement($0.value))
    }
    try arguments.keepFigures(.object(JSONObject(figures)))
  }

  /// The repository's folder with the task of its last full run.
  static var keptTask: String {
    URL(fileURLWithPath: DependencyFolder.path).deletingLastPathComponent()
      .appendingPathComponent("benchmarks/attribution").path
  }

  /// A table for people.
  func report(on terminal: Terminal) -> String {
    let rows = figures.map { figure in
      [
        String(format: "%.4g", figure.value),
        figure.interval.map { String(format: "%.3f – %.3f", $0.low, $0.high) } ?? "", figure.name,
        figure.meaning,
      ]
    }
    return terminal.title("Attribution against retraining, and its speed")
      + terminal.table(["value", "range", "figure", "what"], rows)
  }
}
