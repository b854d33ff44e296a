internal import Foundation
internal import LanguageModels

/// The decoder beside PyPI's PEFT, which many use to serve several adapters: 8 rows without adapters, with
/// one, and with 8, on one thread each, by its processor time, in turns.
public enum PEFTBenchmark {
  public typealias Figure = DecodingBenchmark.Figure

  private static let rows = 8
  private static let steps = 4

  /// Whether `scripts/peers/peft.sh` and `scripts/vllm.sh` were run, and the latter has written the model out.
  public static func isInstalled(at dependencies: String) -> Bool {
    ["peers/peft/.done", "vllm/model/model.safetensors", "../scripts/peers/peft_decode.py"]
      .allSatisfy { FileManager.default.fileExists(atPath: "\(dependencies)/\($0)") }
  }

  /// - Parameter report: hears of each figure once it is measured.
  public static func run(
    modelPath: String, dependencies: String, isQuick: Bool,
    report: @escaping (Figure) -> Void = { _ in }
  ) throws -> [Figure] {
    var sheet = FigureSheet(report: report)
    let load = try DecodingLoad(DecoderModel(GGUFFile(path: modelPath)), threads: 1)
    let peer = try peer(dependencies, adapters: rows)
    let adapters = try load.adapters(
      Set(LinearKind.allCases), ranks: Array(repeating: 8, count: rows), seed: 7)
    try load.begin(rows: rows)
    for (name, distinct) in [("base", 0), ("1_adapter", 1), ("8_adapters", rows)] {
      var (their, ratios): ([Double], [Double]) = ([], [])
      let used = distinct == 0 ? [] : (0..<rows).map { adapters[$0 % distinct] }
      for _ in 0..<(isQuick ? 3 : 9) {
        let own = try (0..<steps).map { try load.step($0, rows: rows, adapters: used) }
        let seconds = try peer.ask(
          "decode \(rows) \(distinct) \(DecodingLoad.promptLength) \(steps)")
        guard let best = own.min(), let theirBest = seconds.min() else { continue }
        their.append(Double(rows) / theirBest)
        ratios.append(theirBest / best)
      }
      sheet.add("vs_peft_\(name)", ratios, "8 rows, to PEFT's, processor time")
      sheet.add("peft_\(name)", their, "PEFT's tokens a second of processor time")
    }
    sheet.add(
      "peft_switch_ms", try peer.ask("switch 9").map { 1e3 * $0 },
      "PEFT's time to make another adapter the active one")
    return sheet.figures
  }

  static func peer(_ dependencies: String, adapters: Int) throws -> DecodingPeer {
    try DecodingPeer(
      "PEFT", python: "\(dependencies)/vllm/bin/python",
      arguments: [
        "-B", "\(dependencies)/../scripts/peers/peft_decode.py", "\(dependencies)/vllm/model", "1",
        "\(adapters)",
      ], environment: ["PYTHONPATH": "\(dependencies)/peers/peft"])
  }
}
