public import Primitives

/// A Merkle tree over a map from bytes to bytes whose root depends on its content alone.
///
/// Keys are placed by the bits of their SHA-256, most significant first. A subtree with no entry
/// is 32 zero bytes; with one, that entry's leaf H(00 ‖ H(key) ‖ H(value)) however high it
/// stands; with more, H(01 ‖ left ‖ right).
///
/// This is one version of a tree: its root, and where its nodes are read. Four levels are packed
/// into a stored node; nodes never change, a new version adds its own beside those of the old.
public struct SparseMerkleTree: Sendable {
  public struct Write: Sendable {
    public let key: [UInt8]
    /// The new value; nil removes the entry.
    public let value: [UInt8]?

    public init(key: [UInt8], value: [UInt8]?) {
      self.key = key
      self.value = value
    }
  }

  public let root: Digest
  /// nil before the first update.
  public let version: UInt64?
  let nodes: any TreeNodeReader

  /// An empty tree whose nodes will be read from `nodes`.
  public init(nodes: any TreeNodeReader) {
    root = .zero
    version = nil
    self.nodes = nodes
  }

  /// An empty tree in memory; copies share their nodes.
  public init() { self.init(nodes: MemoryTreeNodes()) }

  /// The tree that the update to `version` led to.
  /// - Throws: ``TreeUnreadable`` if it is not, or no longer, stored.
  public init(version: UInt64, nodes: any TreeNodeReader) throws(TreeUnreadable) {
    guard let node = nodes.node(at: TreeNodeKey(version: version, path: .root)) else {
      throw TreeUnreadable()
    }
    root = node.hash
    self.version = version
    self.nodes = nodes
  }

  private init(root: Digest, version: UInt64, nodes: any TreeNodeReader) {
    self.root = root
    self.version = version
    self.nodes = nodes
  }

  /// Returns what writes, no two with the same key, change in the tree.
  ///
  /// Cost for k writes into n entries: about k·log₁₆(n) nodes read, hashed and written, where
  /// writes share the nodes near the root; at most 15 hashes a node.
  /// - Precondition: `version` is not before the tree's own; it may be the same only while
  ///   entries are added that were never removed, to build one version piece by piece.
  public func update(
    with writes: [Write], version: UInt64
  ) throws(TreeUnreadable) -> TreeUpdate {
    precondition(version >= self.version ?? 0, "versions rise")
    var changes: [TreeChange] = []
    changes.reserveCapacity(writes.count)
    for (index, write) in writes.enumerated() {
      let place = SHA256.digest(of: write.key)
      let leaf = write.value.map { TreeHash.leaf(place: place, value: SHA256.digest(of: $0)) }
      changes.append(TreeChange(place: place, leaf: leaf, index: index))
    }
    changes.sort { $0.place < $1.place }
    var updater = TreeUpdater(
      reader: nodes, changes: changes, update: TreeUpdate(version: version))
    try updater.run(from: self.version)
    return updater.update
  }

  /// The tree that an update of this one leads to.
  ///
  /// If nodes are read from a store, it can be read once the update is stored.
  public func applying(_ update: TreeUpdate) -> SparseMerkleTree {
    SparseMerkleTree(
      root: update.root, version: update.version, nodes: nodes.reading(after: update))
  }

  /// The next version of a tree in memory.
  public func updating(_ writes: [Write]) -> SparseMerkleTree {
    guard let update = try? update(with: writes, version: version.map { $0 + 1 } ?? 0) else {
      preconditionFailure("memory is always readable")
    }
    return applying(update)
  }
}
