internal import Foundation
internal import LanguageModels

/// How much of its own speed the decoder keeps while other processes want every core: by the clock, quiet
/// and disturbed taking turns.
///
/// On a machine that has other work the quiet turns are not quiet, and the shares too high.
public enum NeighbourBenchmark {
  public typealias Figure = DecodingBenchmark.Figure

  private static let rowCounts = [8, 32]

  /// - Parameter report: hears of each figure once it is measured.
  public static func run(
    modelPath: String, isQuick: Bool, report: @escaping (Figure) -> Void = { _ in }
  ) throws -> [Figure] {
    var sheet = FigureSheet(report: report)
    let model = try DecoderModel(GGUFFile(path: modelPath))
    let cores = ProcessInfo.processInfo.activeProcessorCount
    for threads in [1, 2] {
      let load = try DecodingLoad(model, threads: threads, isByClock: true)
      for rows in rowCounts {
        try load.begin(rows: rows)
        var quiet: [Double] = []
        var shares: [Double] = []
        for _ in 0..<(isQuick ? 3 : 9) {
          quiet.append(try speed(load, rows: rows))
          let neighbours = try BusyNeighbours(count: cores)
          shares.append(try speed(load, rows: rows) / (quiet.last ?? .nan))
          neighbours.stop()
        }
        let end = "\(rows)\(threads == 1 ? "" : "_two_threads")"
        sheet.add(
          "neighbour_share_\(end)", shares,
          "\(rows) rows on \(threads) thread(s), \(cores) busy neighbours, to none")
        sheet.add("quiet_\(end)", quiet, "tokens a second by the clock without them")
      }
    }
    return sheet.figures
  }

  /// Tokens a second by the clock, over a second and a half.
  private static func speed(_ load: DecodingLoad, rows: Int) throws -> Double {
    let start = ProcessorClock.wallSeconds()
    var steps = 0
    var passed = 0.0
    while passed < 1.5 {
      _ = try load.step(steps % 40, rows: rows)
      steps += 1
      passed = ProcessorClock.wallSeconds() - start
    }
    return Double(steps * rows) / passed
  }
}

/// Processes that do nothing but use a core each.
private final class BusyNeighbours {
  private let processes: [Process]

  init(count: Int) throws {
    processes = try (0..<count).map { _ in
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "while :; do :; done"]
      try process.run()
      return process
    }
    // Until all are at it.
    Thread.sleep(forTimeInterval: 0.3)
  }

  deinit { stop() }

  func stop() {
    for process in processes where process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }
}
