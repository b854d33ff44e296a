import CFaultyFiles
import ClientAPI
import Foundation
import Ledger
import Primitives
import Storage
import Testing

@testable import Node

/// Loses power at one durable step of a working node after another.
@Suite(.serialized, .timeLimit(.minutes(10))) struct NodePowerLossTests {
  @Test(arguments: 1...24)
  func `no acknowledged transaction is lost, and the state is that of a replay`(
    step: Int
  ) async throws {
    let folder = try TemporaryFolder()
    let path: String = folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, step] in
      let file = URL(filePath: path + "/acknowledged")
      try Data().write(to: file)
      let notes = try FileHandle(forWritingTo: file)
      unsafe faulty_files_plan(path + "/chain", UInt64(step), step % 3 == 0, UInt64(step))
      let store = try KeyValueStore(at: path + "/chain", reserveInBytes: 0)
      let node = try LedgerNode(
        store: store, genesis: .test, blockInterval: .microseconds(100), keptHeights: 3)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await node.run() }
        while true {
          let outcome = try await node.send(transfer(1), by: payer)
          try notes.write(contentsOf: Data("\(outcome.id)\n".utf8))
        }
      }
    }
    let text = try String(contentsOfFile: path + "/acknowledged", encoding: .utf8)
    let acknowledged = text.split(separator: "\n").compactMap { Digest(hex: $0) }
    let store = try KeyValueStore(at: path + "/chain", reserveInBytes: 0)
    defer { store.close() }
    let node = try LedgerNode(store: store, genesis: .test)
    for id in acknowledged { #expect(try await node.outcome(of: Identifier(id)) != nil) }
    let header = try await node.status().header
    #expect(try replay(store) == header, "step \(step)")
    #expect(try checkState(of: store).root == header.stateRoot, "step \(step)")
    #expect(Int(header.height.number) <= acknowledged.count + 1, "step \(step)")
  }
}
