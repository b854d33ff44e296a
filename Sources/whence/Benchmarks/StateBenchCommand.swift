import Benchmarks
import Foundation
import JSONCoding
import Networking

extension StateBenchmark {
  /// Grows a state and prints a line for each size.
  static func command(_ arguments: Arguments) throws {
    let most =
      try arguments.integer("accounts", in: 10_000...100_000_000)
      ?? (arguments.isOn("quick") ? 100_000 : 1_000_000)
    let sizes = sequence(first: 10_000) { $0 * 10 }.prefix { $0 < most } + [most]
    let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false)
    print("10,000 writes a block; processor time of one core, commits by the wall clock too")
    let benchmark = try run(
      sizes: Array(sizes), blocks: arguments.isOn("quick") ? 5 : 15, in: folder
    ) { step in
      print(step.line)
      fflush(nil)
    }
    let figures = benchmark.flat.map {
      JSONObject.Member(name: $0.name, value: .measurement($0.value))
    }
    try arguments.keepFigures(.object(JSONObject(figures)))
  }
}

extension StateBenchmark.Step {
  fileprivate var line: String {
    func short(_ values: [Double]) -> String {
      String(format: "%.0f", StateBenchmark.median(values))
    }
    return "\(suffix) accounts: root \(short(updateMilliseconds)) ms, "
      + "commit \(short(commitMilliseconds)) ms (\(short(commitProcessorMilliseconds)) ms of "
      + "processor time), proofs \(Int(proofBytes)) bytes, of absence \(Int(absenceProofBytes)), "
      + "\(diskBytes >> 20) MiB on disk, \(diskBytes / accounts) bytes an account"
  }
}
