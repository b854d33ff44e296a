import Foundation
import Ledger
import Node
import Primitives
import Storage

extension Command {
  static let replay = Command(
    name: "replay", summary: "Execute a stopped node's chain again, and compare the state roots",
    options: [.data]
  ) { arguments in
    let header = try ChainReplay(path: arguments.dataPath()).run()
    print("height \(header.height.number), state root \(header.stateRoot): same as the store's")
  }
}

/// The whole chain of a folder once more, from its genesis, in memory.
struct ChainReplay {
  let path: String

  /// Compares every header on the way, and at the end the state on disk.
  /// - Throws: `no_chain`, `locked` while a node runs there, `replay_mismatch`, `state_mismatch`.
  func run() throws -> BlockHeader {
    // Looked for first, because opening would make what is missing.
    guard FileManager.default.fileExists(atPath: "\(path)/chain/CURRENT"),
      let genesis = try DataFolder(at: path).genesis()
    else { throw OperationFailure(.noChain, "\(path) holds no chain; `whence node` makes one") }
    let store = try DataFolder(at: path).openStore()
    defer { store.close() }
    // Opening looks at roots alone, and the replay never reads the state that is on disk.
    _ = try LedgerNode(store: store, genesis: genesis)
    _ = try checkState(of: store)
    return try Node.replay(store)
  }
}
