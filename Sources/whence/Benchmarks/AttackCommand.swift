import Benchmarks
import Foundation
import JSONCoding
import Networking
import Tensors

extension Command {
  /// Tries to earn more than one's data is worth, in every way that we know.
  static let attack = Command(
    name: "attack", summary: "Try every known attack on pay, and print what it earns",
    operands: [.init(name: "NAME", help: "one attack or family, or \"all\"")],
    options: [
      .figures, .init(name: "quick", help: "one small task, less than 50 seconds"),
    ],
    explain: { name in try AttackBenchmark.explanation(of: name) }
  ) { arguments in try await AttackBenchmark.command(arguments) }
}

extension AttackBenchmark {
  static func command(_ arguments: Arguments) async throws {
    TensorRuntime.setBLASThreads(1)
    let name = arguments.operand("NAME") ?? "all"
    let benchmark = try await run(
      folder: AttributionBenchmark.keptTask, names: name == "all" ? nil : [name],
      isQuick: arguments.isOn("quick")
    ) { row in
      print(row.name, String(format: "%.4f %.4f %.4f %.4f", row.income, row.baseline, row.profit, row.victimLoss ?? -9), row.gain ?? -1)
      fflush(nil)
    }
    print(benchmark.seconds, benchmark.trainingCount)
  }

  static func explanation(of name: String?) throws -> String {
    columns(attacks.filter { name == nil || $0.name == name }.map { ($0.name, $0.summary) })
  }
}
