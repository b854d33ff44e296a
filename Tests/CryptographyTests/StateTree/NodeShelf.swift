import Cryptography
import Primitives
import Synchronization

/// What a store of nodes and values does, plainly: keeps what updates write until it is pruned.
final class NodeShelf: TreeNodeReader {
  private struct Content {
    var nodes: [TreeNodeKey: TreeNode] = [:]
    var values: [TreeValueKey: TreeEntry] = [:]
    var updates: [TreeUpdate] = []
    var isBroken = false
  }

  private let content = Mutex(Content())

  var nodeCount: Int { content.withLock { $0.nodes.count } }
  var valueCount: Int { content.withLock { $0.values.count } }

  func node(at key: TreeNodeKey) -> TreeNode? {
    content.withLock { $0.isBroken ? nil : $0.nodes[key] }
  }

  func value(at key: TreeValueKey) -> TreeEntry? { content.withLock { $0.values[key] } }

  func save(_ update: TreeUpdate, of writes: [SparseMerkleTree.Write]) {
    content.withLock { content in
      for written in update.nodes {
        // What is read later went through its bytes, and so did its key.
        let key = TreeNodeKey(bytes: written.key.bytes)
        let node = TreeNode(bytes: written.node.bytes)
        precondition(key == written.key && node == written.node, "bytes say it all")
        content.nodes[written.key] = node
      }
      for written in update.values {
        let write = writes[written.index]
        precondition(TreeValueKey(bytes: written.key.bytes) == written.key, "bytes say it all")
        content.values[written.key] = TreeEntry(key: write.key, value: write.value ?? [])
      }
      content.updates.append(update)
    }
  }

  /// Drops what only versions before `version` need.
  func prune(before version: UInt64) {
    content.withLock { content in
      for update in content.updates where update.version <= version {
        for key in update.staleNodes { content.nodes[key] = nil }
        for key in update.staleValues { content.values[key] = nil }
      }
      content.updates.removeAll { $0.version <= version }
    }
  }

  func breakDown() { content.withLock { $0.isBroken = true } }
}
