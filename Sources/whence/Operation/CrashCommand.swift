import Foundation
import Ledger
import Primitives

extension Command {
  static let crash = Command(
    name: "crash", summary: "Kill a node again and again, and check what it had acknowledged",
    options: [
      .init(name: "runs", value: "N", standard: "50", help: "how often to start and kill it"),
      .init(name: "seed", value: "S", help: "of keys and transfers; drawn if left out"),
    ]
  ) { arguments in
    let runs = try arguments.integer("runs", in: 1...100_000) ?? 50
    let seed =
      try arguments.integer("seed", in: 0...Int.max) ?? Int.random(in: 0...Int(UInt32.max))
    let folder = NSTemporaryDirectory() + "whence-crash-\(getpid())"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let loop = CrashLoop(
      program: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path(), folder: folder,
      runs: runs, seed: UInt64(seed))
    var bar = ProgressBar("crash", on: .standard)
    do {
      let start = ContinuousClock.now
      let summary = try await loop.run { run, transactions in
        bar.update(Double(run) / Double(runs), note: "run \(run), \(transactions) acknowledged")
      }
      if Terminal.standard.isInteractive { print() }
      let seconds = ((ContinuousClock.now - start) / .seconds(1)).rounded(places: 1)
      print("\(summary), \(seconds) seconds, seed \(seed)")
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      throw CrashFailure(cause: error, seed: seed, folder: folder)
    }
  }
}

/// What a crash loop found, and what brings it back.
struct CrashFailure: Error, CustomStringConvertible {
  let cause: any Error
  let seed: Int
  /// Kept as the node left it.
  let folder: String

  var description: String { "\(cause) [seed \(seed), folder \(folder)]" }
}

extension CrashLoop.Summary: CustomStringConvertible {
  var description: String {
    "\(runs) runs, \(acknowledged) acknowledged transactions (and \(unanswered) in blocks whose "
      + "answer the kill cut off), \(header.height.number) blocks, root \(header.stateRoot): "
      + "same root after a replay"
  }
}
