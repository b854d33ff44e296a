import CanonicalCoding
import Cryptography
import Primitives
import Synchronization

/// What a store of nodes and values does, plainly: keeps what updates write until it is pruned.
final class NodeShelf: TreeNodeReader {
  private struct Content {
    var nodes: [TreeNodeKey: TreeNode] = [:]
    var values: [TreeValueKey: (key: [UInt8], value: [UInt8])] = [:]
    var updates: [TreeUpdate] = []
    var isBroken = false
  }

  private let content = Mutex(Content())

  var nodeCount: Int { content.withLock { $0.nodes.count } }
  var valueCount: Int { content.withLock { $0.values.count } }

  func node(at key: TreeNodeKey) -> TreeNode? {
    content.withLock { $0.isBroken ? nil : $0.nodes[key] }
  }

  func value(at key: TreeValueKey) -> (key: [UInt8], value: [UInt8])? {
    content.withLock { $0.values[key] }
  }

  func save(_ update: TreeUpdate, of writes: [SparseMerkleTree.Write]) {
    content.withLock { content in
      for written in update.nodes {
        // What is read later went through its bytes, and so did its key.
        let key = try? TreeNodeKey(canonicalBytes: written.key.canonicalBytes)
        let node = TreeNode(bytes: written.node.bytes)
        precondition(key == written.key && node == written.node, "bytes say it all")
        content.nodes[written.key] = node
      }
      for written in update.values {
        let write = writes[written.index]
        let key = try? TreeValueKey(canonicalBytes: written.key.canonicalBytes)
        precondition(key == written.key, "bytes say it all")
        content.values[written.key] = (write.key, write.value ?? [])
      }
      content.updates.append(update)
    }
  }

  /// Drops what only versions before `version` need.
  func prune(before version: UInt64) {
    content.withLock { content in
      for update in content.updates where update.version <= version {
        for key in update.stale.nodes { content.nodes[key] = nil }
        for key in update.stale.values { content.values[key] = nil }
      }
      content.updates.removeAll { $0.version <= version }
    }
  }

  func breakDown() { content.withLock { $0.isBroken = true } }
}
