import Attribution
import Benchmarks
import Foundation
import JSONCoding
import Networking
import Primitives
import Tensors

extension Command {
  static let attributionSelfTest = Command(
    name: "attribution selftest",
    summary: "Check that this machine computes gradients, scores and payouts as all others",
    options: [
      .figures,
      .init(
        name: "threads", value: "N", standard: "1",
        help: "of matrix products; a check by other threads is made in any case"),
    ]
  ) { arguments in
    let threads = try arguments.integer("threads", in: 1...16) ?? 1
    let terminal = Terminal.standard
    let engine = try LocalModel.open()
    TensorRuntime.setBLASThreads(threads)
    let report = try await SelfCheck(engine: engine, threads: threads).run { finding in
      print(finding.line(on: terminal))
      fflush(nil)
    }
    let fixture = try IntegerFixture()
    for part in fixture.deviating {
      print("  \(terminal.styled("wrong", .bad))  \(part.rawValue) of the fixed numbers")
    }
    print("  integers of fixed numbers: \(fixture.digest)")
    print("  integers of the model's gradients, \(threads) thread(s): \(report.integers)")
    try arguments.keepFigures(report.json(with: fixture, threads: threads))
    let failed = report.failed.map(\.name.rawValue) + fixture.deviating.map(\.rawValue)
    guard failed.isEmpty else {
      throw CommandFailure(
        .selfTestFailed,
        "\(failed.joined(separator: ", ")) deviate; index, answer and dispute nothing on this "
          + "machine, run `whence doctor`, and report what is printed above")
    }
    print(terminal.styled("all \(report.findings.count) checks passed", .good))
  }
}

extension SelfCheck.Finding {
  fileprivate func line(on terminal: Terminal) -> String {
    let verdict = isPassed ? terminal.styled("right", .good) : terminal.styled("wrong", .bad)
    let name = name.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
    let most = tolerance == 0 ? "" : String(format: ", at most %.0e", tolerance)
    let off = tolerance == 0 ? String(format: "%.0f", deviation) : String(format: "%.1e", deviation)
    return "  \(verdict)  \(name) off by \(off)\(most): \(compared)"
  }
}

extension SelfCheck.Report {
  /// Flat: each check's deviation by its name; integers as hexadecimal digits.
  fileprivate func json(with fixture: IntegerFixture, threads: Int) -> JSON {
    var members = findings.flatMap { finding -> [JSONObject.Member] in
      let name = finding.name.rawValue
      return [
        .init(name: name, value: finding.isPassed ? .bool(true) : .bool(false)),
        .init(name: "\(name)_deviation", value: .measurement(finding.deviation)),
        .init(name: "\(name)_tolerance", value: .measurement(finding.tolerance)),
      ]
    }
    for part in IntegerFixture.Part.allCases {
      let digest = fixture.digests[part]?.description ?? ""
      members.append(.init(name: "\(part.rawValue)_digest", value: .string(digest)))
    }
    members += [
      .init(name: "integer_digest", value: .string("\(fixture.digest)")),
      .init(name: "model_integer_digest", value: .string("\(integers)")),
      .init(name: "blas_threads", value: .measurement(Double(threads))),
    ]
    return .object(JSONObject(members))
  }
}
