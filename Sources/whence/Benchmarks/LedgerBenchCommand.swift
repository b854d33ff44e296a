import Benchmarks
import Foundation
import JSONCoding
import Networking

extension LedgerBenchmark {
  /// Runs the whole, or a node under load for some minutes.
  static func command(_ arguments: Arguments) async throws {
    let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false)
    if let minutes = arguments.text("minutes") {
      guard let count = Double(minutes), count > 0 else {
        throw UsageError(.optionInvalid, "--minutes takes a number above zero, not \"\(minutes)\"")
      }
      return try await LedgerLoad.run(minutes: count, in: folder) { sample in
        print(sample.line)
        fflush(nil)
      }
    }
    let benchmark = try await run(isQuick: arguments.isOn("quick"), in: folder)
    print(benchmark.report(on: .standard), terminator: "")
    try arguments.keepFigures(benchmark.json)
  }

  /// A table for people.
  func report(on terminal: Terminal) -> String {
    let rows = figures.map { figure in
      [
        figure.median.short, figure.rounds.count > 1 ? figure.least.short : "",
        figure.rounds.count > 1 ? figure.greatest.short : "", figure.name, figure.meaning,
      ]
    }
    return terminal.title("The ledger on this machine")
      + terminal.table(["median", "least", "greatest", "figure", "what"], rows)
  }

  /// The same for programs.
  var json: JSON {
    .object(JSONObject(flat.map { .init(name: $0.name, value: .measurement($0.value)) }))
  }
}

extension LedgerLoad.Sample {
  fileprivate var line: String {
    "\(minutes.short) min  \(transfersPerSecond.short) transfers/s  "
      + "\(residentBytes >> 20) MiB  commit p99 \(commitP99Milliseconds.short) ms"
  }
}

extension Double {
  /// Four digits that count.
  fileprivate var short: String {
    self >= 1000 ? "\(Int(rounded()))" : String(format: "%.4g", self)
  }
}
