import ClientAPI
import Foundation
import Ledger
import Node
import OpenLoRA
import Primitives
import Storage

extension Command {
  static let node = Command(
    name: "node", summary: "Keep a chain and serve it over HTTP, answers included",
    options: [
      .data,
      .init(name: "port", value: "N", standard: "8800", help: "where to listen; 0 for any"),
      .init(
        name: "block-interval", value: "MS", standard: "200",
        help: "least milliseconds between two blocks"),
      .init(
        name: "history", value: "N", standard: "\(LedgerNode.standardKeptHeights)",
        help: "heights before the last one whose state stays provable, or all"),
      .init(
        name: "snapshots", value: "N", standard: "0",
        help: "export the state at each Nth block into DIR/snapshots, the latest two; 0 for never"),
    ]
  ) { arguments in
    let port = try arguments.integer("port", in: 0...65_535) ?? 8800
    let interval = try arguments.integer("block-interval", in: 1...60_000) ?? 200
    let keptHeights = try arguments.keptHeights()
    let snapshots = try arguments.integer("snapshots", in: 0...Int(UInt32.max)) ?? 0
    StopSignal.listen()
    let data = try DataFolder(forNode: arguments.dataPath())
    // Before anything is made: whoever holds the store is the folder's only node.
    let store = try data.openStore()
    defer { store.close() }
    let genesis = try data.genesisMakingIfNeeded(store: store)
    let ledger = try LedgerNode(
      store: store, genesis: genesis, blockInterval: .milliseconds(interval),
      keptHeights: keptHeights)
    let (inference, leftOut) = try await LocalInference(data: data, ledger: ledger).open()
    for adapter in leftOut { print(adapter) }
    let isWhole = try ledger.hasWholeChain
    if !isWhole {
      print("this chain was imported: its blocks before that, and its history, are elsewhere")
    }
    let drainLimit = Duration.seconds(5)
    let service = NodeService(
      ledger: ledger, inference: inference, blobs: data.blobs,
      history: isWhole ? try data.openHistory() : nil,
      snapshots: snapshots == 0
        ? nil
        : SnapshotKeeper(of: ledger, at: data.snapshotFolder, interval: UInt64(snapshots)),
      // Whoever answers no prompts keeps no model in memory for those who ask for nothing else.
      encoder: inference == nil ? nil : try SentenceService.open(),
      keys: try await DelegatedChannels.signing(of: data, on: ledger, for: inference),
      port: UInt16(port), drainLimit: { drainLimit })
    try await service.run { base in
      if let inference {
        let names = try await inference.models().map(\.name)
        print("answers with \(names.isEmpty ? "nothing" : names.joined(separator: ", "))")
      } else {
        print(try await LocalInference(data: data, ledger: ledger).reasonForNone())
      }
      let header = try await ledger.status().header
      print(NodeAnnouncement(base: base, height: header.height, root: header.stateRoot))
      fflush(nil)
      try await StopSignal.wait()
      if inference != nil { AnswerService.sayEnding(within: drainLimit) }
    }
    print("stopped")
  }
}

extension Arguments {
  /// How many heights `--history` keeps: all of them for a node that serves every height's proofs.
  fileprivate func keptHeights() throws(UsageError) -> UInt64 {
    guard let text = text("history"), text != "all" else { return .max }
    guard let number = UInt64(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw UsageError(
        .optionInvalid, "--history takes a whole number or all, not \"\(text)\"")
    }
    return number
  }
}

/// The line with which a node says that it is ready.
struct NodeAnnouncement: Equatable, CustomStringConvertible {
  let base: String
  let height: Height
  let root: Digest

  var description: String {
    "listening on \(base) at height \(height.number), state root \(root)"
  }
}

extension NodeAnnouncement {
  /// nil if the line is another.
  init?(line: Substring) {
    let words = line.split(separator: " ")
    guard words.count == 9, line.hasPrefix("listening on "), words[5].last == ",",
      let height = UInt64(words[5].dropLast()), let root = Digest(hex: String(words[8]))
    else { return nil }
    self.init(base: String(words[2]), height: Height(height), root: root)
  }
}
