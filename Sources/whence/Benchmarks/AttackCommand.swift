import Benchmarks
import Foundation
import JSONCoding
import Networking
import Tensors

extension Command {
  /// Tries to earn more than one's data is worth, in every way that we know.
  static let attack = Command(
    name: "attack", summary: "Try attacks on pay, and print what each earns and costs",
    operands: [.init(name: "NAME", help: "one attack, a family of them, or \"all\"")],
    options: [
      .figures, .init(name: "quick", help: "one small field, less than 50 seconds"),
    ],
    explain: { try AttackBenchmark.explanation(of: $0 ?? "all") }
  ) { arguments in try await AttackBenchmark.command(arguments) }
}

extension AttackBenchmark {
  static func command(_ arguments: Arguments) async throws {
    TensorRuntime.setBLASThreads(1)
    let names = try known(arguments.operand("NAME") ?? "all")
    let terminal = Terminal.standard
    let benchmark = try await run(
      folder: AttributionBenchmark.keptTask, names: names, isQuick: arguments.isOn("quick")
    ) { row in
      guard terminal.isInteractive else { return }
      print("  \(row.name): \(row.profit.inPercent) %")
      fflush(nil)
    }
    print(benchmark.report(on: terminal), terminator: "")
    let figures = benchmark.flat.map {
      JSONObject.Member(name: $0.name, value: .measurement($0.value))
    }
    try arguments.keepFigures(.object(JSONObject(figures)))
  }

  static func explanation(of word: String) throws -> String {
    let names = try known(word)
    return columns(attacks.filter { names.contains($0.name) }.map { ($0.name, $0.summary) })
  }

  private static func known(_ word: String) throws -> [String] {
    let names = names(meantBy: word)
    guard names.isEmpty else { return names }
    let guess = closest(to: word, among: attacks.map(\.name))
    throw UsageError(
      .operandUnexpected,
      "there is no attack \"\(word)\"; "
        + (guess.map { "did you mean \"\($0)\"?" } ?? "\"whence help attack\" lists them"))
  }

  /// A table for people, in hundredths.
  func report(on terminal: Terminal) -> String {
    let cells = rows.map { row in
      [
        row.income.inPercent, row.baseline.inPercent, row.cost.inPercent, row.profit.inPercent,
        row.profitInterval.map { "\($0.low.inPercent) – \($0.high.inPercent)" } ?? "",
        row.victimLoss?.inPercent ?? "", row.gain?.inPercent ?? "", row.unit, row.name,
      ]
    }
    return terminal.title("Attacks: % of the contributors' pool, all fees, or what is at stake")
      + terminal.table(
        ["income", "honest", "cost", "profit", "95 %", "loss", "gain", "of", "attack"], cells)
      + "\n  loss: of the others' own income. gain: of what the copied contributor earns.\n"
      + "  \(trainingCount) trainings on \(fieldCount) field\(fieldCount == 1 ? "" : "s")\n"
  }
}

extension Double {
  /// In hundredths, with two places.
  fileprivate var inPercent: String {
    let text = String(format: "%.2f", self * 100)
    return text == "-0.00" ? "0.00" : text
  }
}
