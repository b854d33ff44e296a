internal import Cryptography
package import Ledger
internal import Primitives
package import Storage

/// A stored state and its tree by themselves, without blocks: what a benchmark lets grow.
///
/// Everything goes the way of a node's blocks: the tree reads nodes through the node's cache, values
/// and nodes are written in one synced batch, and old versions are pruned with it.
package struct GrowingState {
  private let store: KeyValueStore
  private let nodes: StoredTreeNodes
  private let pruning: TreePruning
  private var tree: SparseMerkleTree
  private var version: UInt64 = 0

  /// - Parameter keptHeights: how many versions before the last one stay.
  package init(in store: KeyValueStore, keptHeights: UInt64) {
    self.store = store
    nodes = StoredTreeNodes(store)
    pruning = TreePruning(keptHeights: keptHeights)
    tree = SparseMerkleTree(nodes: nodes)
  }

  /// Adds entries that were never there to the latest version, as an import does.
  package mutating func fill(_ writes: [StateWrite]) throws {
    try commit(writes, try update(with: writes), prunes: false)
  }

  /// What the next version's writes change in the tree: the new root, and what is to be stored.
  package mutating func nextUpdate(with writes: [StateWrite]) throws -> StateTreeUpdate {
    version += 1
    return try update(with: writes)
  }

  /// Puts writes and what they changed on disk.
  package mutating func commit(_ writes: [StateWrite], _ update: StateTreeUpdate) throws {
    try commit(writes, update, prunes: true)
  }

  /// The bytes of the proof of a key, or of its absence, under the latest root.
  package func proof(of key: [UInt8]) throws -> [UInt8] {
    try tree.proof(of: key) { leaf in
      let entry = try store.entry(of: leaf)
      return (entry.key, entry.value)
    }.bytes
  }

  private func update(with writes: [StateWrite]) throws -> StateTreeUpdate {
    StateTreeUpdate(try tree.update(with: writes, version: version))
  }

  private mutating func commit(
    _ writes: [StateWrite], _ update: StateTreeUpdate, prunes: Bool
  ) throws {
    var batch = WriteBatch()
    batch.put(writes, update.content)
    if prunes { try pruning.prune(after: update.content, of: store, in: &batch) }
    try store.write(batch)
    nodes.keep(update.content)
    tree = tree.applying(update.content)
  }
}

/// What writes change in a ``GrowingState``'s tree.
package struct StateTreeUpdate {
  fileprivate let content: TreeUpdate

  fileprivate init(_ content: TreeUpdate) { self.content = content }

  /// How many nodes are to be stored.
  package var nodeCount: Int { content.nodes.count }
}
