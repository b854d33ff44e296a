import Benchmarks
import Foundation
import JSONCoding
import Networking
import Tensors

extension AttributionBenchmark {
  /// Runs the retrainings that are missing, then scores; with `--quick`, only scores.
  static func command(_ arguments: Arguments) async throws {
    TensorRuntime.setBLASThreads(1)
    guard !arguments.isOn("costs") else {
      return try await show(costs(dependencies: DependencyFolder.path), arguments)
    }
    let isQuick = arguments.isOn("quick")
    let plan = try plan(arguments.text("task"))
    let dependencies = DependencyFolder.path
    let folder = arguments.text("folder") ?? (isQuick ? keptTask : ".whence/bench-attribution")
    if !isQuick {
      let most = try arguments.integer("retrainings", in: 0...1_000_000)
      try await complete(
        plan, folder: folder, dependencies: dependencies, most: most ?? .max
      ) { line in
        print(line)
        fflush(nil)
      }
    }
    let benchmark = try await run(
      plan, folder: folder, dependencies: dependencies,
      peers: (arguments.text("peer") ?? "").split(separator: ",").map(String.init),
      draws: isQuick ? 400 : 2_000)
    try show(benchmark, arguments)
  }

  private static func show(_ benchmark: AttributionBenchmark, _ arguments: Arguments) throws {
    print(benchmark.report(on: .standard), terminator: "")
    let figures = benchmark.flat.map {
      JSONObject.Member(name: $0.name, value: .measurement($0.value))
    }
    try arguments.keepFigures(.object(JSONObject(figures)))
  }

  private static func plan(_ name: String?) throws -> TaskPlan {
    guard let name else { return .bytes }
    guard let plan = TaskPlan.all.first(where: { $0.name == name }) else {
      throw CommandFailure(
        .nameInvalid,
        "no task \(name); there are \(TaskPlan.all.map(\.name).joined(separator: ", "))")
    }
    return plan
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
