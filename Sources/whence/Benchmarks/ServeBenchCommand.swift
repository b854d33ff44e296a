import Benchmarks
import Foundation
import JSONCoding
import Networking

extension DecodingBenchmark {
  /// Decodes with and without adapters, beside llama.cpp if it is installed.
  static func command(_ arguments: Arguments) async throws {
    let python = "\(DependencyFolder.path)/peers/llama/bin/python"
    let script = "\(DependencyFolder.path)/../scripts/peers/llama_decode.py"
    let files = FileManager.default
    let isThere = files.fileExists(atPath: python) && files.fileExists(atPath: script)
    if !isThere { print("without llama.cpp: scripts/peers/llama-cpp.sh builds it") }
    let plan = Plan(
      modelPath: LocalModel.path, threads: try arguments.integer("threads", in: 1...64) ?? 1,
      peer: isThere ? (python, script) : nil, isQuick: arguments.isOn("quick"))
    func show(_ figure: Figure) {
      print(figure.line)
      fflush(nil)
    }
    let decoding = arguments.isOn("store") ? [] : try run(plan, report: show).figures
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "whence-adapters-\(UInt64.random(in: 0 ... .max))").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let stored = try await AdapterStoreBenchmark.run(
      .init(modelPath: LocalModel.path, folder: folder, isQuick: arguments.isOn("quick")),
      report: show)
    let figures = (decoding + stored).map {
      JSONObject.Member(name: $0.name, value: .measurement($0.value))
    }
    try arguments.keepFigures(.object(JSONObject(figures)))
  }
}

extension DecodingBenchmark.Figure {
  fileprivate var line: String {
    let padded = name.padding(toLength: 30, withPad: " ", startingAt: 0)
    return padded + String(format: value < 10 ? "%8.3f" : "%8.0f", value) + "  " + what
  }
}
