import ClientAPI
import Foundation
import JSONCoding
import Ledger
import Primitives
import Synchronization

extension Command {
  static let soak = Command(
    name: "soak",
    summary: "Let hundreds of clients, good and bad, at a server that is killed; compare the books",
    options: [
      .data,
      .init(name: "streams", value: "N", standard: "500", help: "clients at once"),
      .init(name: "minutes", value: "M", standard: "30", help: "how long they ask"),
      .init(name: "kills", value: "K", standard: "1", help: "how often the server is killed"),
      .init(name: "seed", value: "S", standard: "1", help: "of what clients do"),
      .init(name: "json", value: "FILE", help: "write the figures there"),
    ]
  ) { arguments in
    var settings = Soak.Settings()
    settings.streams = try arguments.integer("streams", in: 1...5000) ?? settings.streams
    settings.seconds = (try arguments.integer("minutes", in: 1...1440) ?? 30) * 60
    settings.kills = try arguments.integer("kills", in: 0...100) ?? settings.kills
    settings.seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
    let folder = NSTemporaryDirectory() + "whence-soak-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let soak = try Soak(
      program: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path(),
      data: DataFolder(existing: arguments.dataPath()), folder: folder, settings: settings)
    let bar = Mutex(ProgressBar("soak", on: .standard))
    let summary = try await soak.run { part, note in
      bar.withLock { $0.update(part, note: note) }
    }
    if Terminal.standard.isInteractive { print() }
    try FileManager.default.removeItem(atPath: folder)
    print(summary.text)
    if let path = arguments.text("json") {
      try Data(summary.json.bytes(.indented)).write(to: URL(filePath: path))
    }
    guard summary.faults.isEmpty else {
      throw OperationFailure(
        .booksDiffer,
        "\(summary.faults.count) faults: \(summary.faults.prefix(10).joined(separator: "; "))")
    }
  }
}

extension Soak.Summary {
  private func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }

  var text: String {
    let refused = counts.refused.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return """

      \(orders) orders in \(Int(seconds)) s: \(counts.answered) answered with \(counts.tokens) tokens, \
      \(counts.left) left by their clients, \(counts.stalled) stalled, \(counts.junk) pieces of junk
      refused: \(refused.isEmpty ? "none" : refused.joined(separator: ", "))
      settled: \(settled) receipts, \(fees.tokens) WHN; what left the channels is what receipts say: \
      \(faults.isEmpty ? "yes" : "NO")
      the server held \(mebibytes(holdingsBegin.bytes)) and \(holdingsBegin.files) files, \
      at the end \(mebibytes(holdingsEnd.bytes)) and \(holdingsEnd.files)
      """
  }

  var json: JSON {
    [
      "orders": .integer(orders), "answered": .integer(counts.answered),
      "tokens": .integer(counts.tokens), "left": .integer(counts.left),
      "stalled": .integer(counts.stalled), "junk": .integer(counts.junk),
      "refused": .object(
        JSONObject(
          counts.refused.sorted { $0.key < $1.key }.map {
            .init(name: $0.key, value: .integer($0.value))
          })),
      "settled": .integer(settled), "fees": .string(fees.description),
      "faults": .array(faults.map { .string($0) }),
      "memory_begin": .integer(holdingsBegin.bytes), "memory_end": .integer(holdingsEnd.bytes),
      "files_begin": .integer(holdingsBegin.files), "files_end": .integer(holdingsEnd.files),
      "exit_status": .integer(exitStatus), "seconds": .integer(Int(seconds)),
    ]
  }
}
