import ClientAPI
import Foundation
import Ledger
import Node
import Primitives
import Storage
import Testing

/// Kills a node without warning while it works, and looks at what it left.
@Suite(.serialized) struct CrashTests {
  @Test(arguments: 0..<8)
  func `after a kill, every acknowledged transaction is there and the chain replays`(
    round: Int
  ) async throws {
    let folder = try TemporaryFolder()
    let path: String = folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round] in
      // Always somewhere else in the making of a block, which takes a few milliseconds.
      try await transferUntilKilled(in: path, after: round * 3, andMicroseconds: round * 700)
    }

    let text = (try? String(contentsOfFile: path + "/acknowledged", encoding: .utf8)) ?? ""
    // The last line may be torn by the kill; every line before it was an answer.
    let acknowledged = text.split(separator: "\n").compactMap { Digest(hex: $0) }
    let store = try KeyValueStore(at: path + "/chain")
    let node = try LedgerNode(store: store, genesis: .test)
    #expect(acknowledged.count >= round * 3)
    for id in acknowledged {
      #expect(try await node.outcome(of: Identifier(id)) != nil)
    }
    #expect(try await node.nextSequence(of: payer.account) >= UInt64(acknowledged.count))
    #expect(try await node.status().header == replay(store))
    store.close()
  }
}

/// Sends transfers, noting each one's identifier when it is answered; once `count` were answered,
/// kills this process a moment later, in the middle of the next ones.
private func transferUntilKilled(
  in path: String, after count: Int, andMicroseconds delay: Int
) async throws {
  let store = try KeyValueStore(at: path + "/chain")
  let node = try LedgerNode(store: store, genesis: .test, blockInterval: .microseconds(100))
  let file = URL(filePath: path + "/acknowledged")
  try Data().write(to: file)
  let notes = try FileHandle(forWritingTo: file)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await node.run() }
    for number in 0... {
      if number == count {
        group.addTask {
          try await Task.sleep(for: .microseconds(delay))
          kill(getpid(), SIGKILL)
        }
      }
      let outcome = try await node.send(transfer(1), by: payer)
      try notes.write(contentsOf: Data("\(outcome.id)\n".utf8))
    }
  }
}
