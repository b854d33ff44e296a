import CFaultyFiles
import ClientAPI
import Foundation
import Ledger
import Primitives
import SearchIndex
import Storage
import Testing

@testable import Node

/// Loses power while a node keeps what follows from its blocks: snapshots and the index.
@Suite(.serialized, .timeLimit(.minutes(10))) struct BooksPowerLossTests {
  @Test(arguments: [1, 2, 3, 5, 6, 8, 9, 11, 13, 15, 18, 21])
  func `snapshots that were taken are there, whole, and the next ones are taken`(
    step: Int
  ) async throws {
    let folder = try TemporaryFolder()
    let path: String = folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, step] in
      let notes = try Notes(at: path)
      unsafe faulty_files_plan(path + "/snapshots", UInt64(step), step % 3 == 0, UInt64(step))
      try await withLedger(in: path) { node in
        let keeper = SnapshotKeeper(of: node, at: path + "/snapshots", interval: 1, keptCount: 1)
        while true {
          _ = try await node.send(transfer(1), by: payer)
          try notes.add(try keeper.take().header.height.number)
        }
      }
    }
    let taken = try Notes.numbers(at: path)
    try await withLedger(in: path) { node in
      let keeper = SnapshotKeeper(of: node, at: path + "/snapshots", interval: 1, keptCount: 1)
      let snapshots = try keeper.snapshots()
      #expect((snapshots.last?.height.number ?? 0) >= taken.last ?? 0, "step \(step)")
      for header in snapshots {
        let target = try TemporaryFolder()
        let empty = try KeyValueStore(at: target.path, reserveInBytes: 0)
        defer { empty.close() }
        let export = try DocumentFolder(at: path + "/snapshots/\(header.height.number)")
        _ = try importState(from: export, into: empty, trusting: header.digest)
      }
      _ = try await node.send(transfer(1), by: payer)
      let next = try keeper.take().header
      #expect(try keeper.snapshots() == [next], "step \(step)")
      let names = try SnapshotFolder(at: path + "/snapshots").names()
      #expect(names == ["\(next.height.number)"], "step \(step)")
    }
  }

  @Test(arguments: 1...8)
  func `an index goes on where it lost power, and says what a new one says`(
    step: Int
  ) async throws {
    let folder = try TemporaryFolder()
    let path: String = folder.path
    try FileManager.default.createDirectory(
      atPath: path + "/index", withIntermediateDirectories: false)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, step] in
      unsafe faulty_files_plan(path + "/index", UInt64(step), step % 2 == 0, UInt64(step))
      try await withLedger(in: path) { node in
        while true {
          _ = try await node.send(transfer(1), by: payer)
          // Closing it syncs what the filling left to later.
          try node.fillOnce(ChainIndex(path: path + "/index/history.sqlite"))
        }
      }
    }
    try await withLedger(in: path) { node in
      let file = path + "/index/history.sqlite"
      var index: ChainIndex
      do {
        index = try ChainIndex(path: file)
        try node.fillOnce(index)
      } catch let failure as SearchFailure where failure.code == .corrupt {
        // What a node does with a damaged one.
        try FileManager.default.removeItem(atPath: path + "/index")
        try FileManager.default.createDirectory(
          atPath: path + "/index", withIntermediateDirectories: false)
        index = try ChainIndex(path: file)
        try node.fillOnce(index)
      }
      let fresh = try ChainIndex(path: path + "/fresh.sqlite")
      try node.fillOnce(fresh)
      for holder in [Holder.account(payer.account), .account(friend.account)] {
        let found = try await index.statement(of: holder, before: nil, limit: 1000)
        #expect(try await fresh.statement(of: holder, before: nil, limit: 1000) == found)
        #expect(!found.elements.isEmpty, "step \(step)")
      }
    }
  }
}

/// Runs `body` beside a node over the store in `path`, which loses power in none of this.
private func withLedger(
  in path: String, _ body: @escaping @Sendable (LedgerNode) async throws -> Void
) async throws {
  let store = try KeyValueStore(at: path + "/chain", reserveInBytes: 0)
  defer { store.close() }
  let node = try LedgerNode(store: store, genesis: .test, blockInterval: .microseconds(100))
  try await withThrowingTaskGroup(of: Bool.self) { group in
    group.addTask {
      try? await node.run()
      return false
    }
    group.addTask {
      try await body(node)
      return true
    }
    defer { group.cancelAll() }
    while let isDone = try await group.next(), !isDone {}
  }
}

/// A line for each thing that was promised.
private struct Notes {
  private let file: FileHandle

  init(at path: String) throws {
    let url = URL(filePath: path + "/notes")
    try Data().write(to: url)
    file = try FileHandle(forWritingTo: url)
  }

  func add(_ number: UInt64) throws { try file.write(contentsOf: Data("\(number)\n".utf8)) }

  static func numbers(at path: String) throws -> [UInt64] {
    try String(contentsOfFile: path + "/notes", encoding: .utf8).split(separator: "\n")
      .compactMap { UInt64($0) }
  }
}
