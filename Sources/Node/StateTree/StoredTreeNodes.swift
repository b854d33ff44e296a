internal import CanonicalCoding
internal import Cryptography
internal import Storage
internal import Synchronization

/// The tree's nodes on disk, the latest used ones in memory.
///
/// Nodes never change, so the cache can't be stale. Like the rules, the tree has no way to handle a
/// failing disk: the first failure is remembered, and whoever asked for an update looks at it.
final class StoredTreeNodes: TreeNodeReader {
  private struct Memory {
    var cache: BoundedCache<TreeNodeKey, TreeNode>
    var failure: NodeFailure?
  }

  private let reader: any KeyValueReader
  private let memory: Mutex<Memory>

  /// What nodes may take of the memory: a million entries have about 80 MB of them.
  private static let byteMaximum = 128 << 20
  /// An array's header and a place in a hash table.
  private static let entryOverhead = 144

  init(_ reader: any KeyValueReader) {
    self.reader = reader
    memory = Mutex(
      Memory(
        cache: BoundedCache(maximum: Self.byteMaximum) { _, node in
          node.bytes.count + Self.entryOverhead
        }))
  }

  func node(at key: TreeNodeKey) -> TreeNode? {
    if let node = memory.withLock({ $0.cache.value(for: key) }) { return node }
    do throws(StorageFailure) {
      let bytes = try reader.value(for: key.canonicalBytes, in: .treeNodes)
      if let node = bytes.flatMap({ TreeNode(bytes: $0) }) {
        memory.withLock { $0.cache.set(node, for: key) }
        return node
      }
      let state = bytes == nil ? "is missing" : "can't be read"
      remember(
        NodeFailure(
          code: .stateMismatch,
          message: "a node of the state's tree, written at height \(key.version), \(state)"))
    } catch {
      remember(NodeFailure(error))
    }
    return nil
  }

  /// Takes over what an update has written, once it is on disk.
  func keep(_ update: TreeUpdate) {
    memory.withLock { memory in
      for key in update.stale.nodes { memory.cache.remove(key) }
      for written in update.nodes { memory.cache.set(written.node, for: written.key) }
    }
  }

  /// Throws the first failure of a read, if one has failed.
  func check() throws(NodeFailure) {
    if let failure = memory.withLock({ $0.failure }) { throw failure }
  }

  private func remember(_ failure: NodeFailure) {
    memory.withLock { $0.failure = $0.failure ?? failure }
  }
}
