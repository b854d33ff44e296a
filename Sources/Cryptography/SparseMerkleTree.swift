public import Primitives

/// A Merkle tree over a map from bytes to bytes whose root depends on its content alone.
///
/// Keys are placed by the bits of their SHA-256, most significant first. A subtree with no entry
/// is 32 zero bytes; with one, that entry's leaf H(00 ‖ H(key) ‖ H(value)) however high it
/// stands; with more, H(01 ‖ left ‖ right). A copy costs nothing: nodes are shared and never
/// change.
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

  private indirect enum Node: Sendable {
    case empty
    case leaf(place: Digest, hash: Digest)
    case inner(left: Node, right: Node, hash: Digest)

    var hash: Digest {
      switch self {
      case .empty: .zero
      case .leaf(_, let hash), .inner(_, _, let hash): hash
      }
    }
  }

  /// A write by the hash of its key; a nil leaf removes.
  private struct Change {
    let place: Digest
    let leaf: Digest?
  }

  private var top: Node = .empty

  public init() {}

  public var root: Digest { top.hash }

  /// Applies writes, no two with the same key.
  ///
  /// Cost for k writes into n entries: about k·(log₂(n/k) + 2) hashes.
  public func updating(_ writes: [Write]) -> SparseMerkleTree {
    let changes = writes.map { write in
      let place = SHA256.digest(of: write.key)
      return Change(
        place: place,
        leaf: write.value.map { TreeHash.leaf(place.bytes + SHA256.digest(of: $0).bytes) })
    }.sorted { $0.place < $1.place }
    var result = self
    result.top = Self.apply(changes[...], to: top, depth: 0)
    return result
  }

  private static func apply(_ changes: ArraySlice<Change>, to node: Node, depth: Int) -> Node {
    guard let first = changes.first else { return node }
    switch node {
    case .inner(let left, let right, _):
      let split = changes.firstIndex { $0.place.bit(depth) } ?? changes.endIndex
      return join(
        apply(changes[..<split], to: left, depth: depth + 1),
        apply(changes[split...], to: right, depth: depth + 1))
    case .leaf(let place, let hash):
      if changes.count == 1, first.place == place { return leaf(first) }
      // The standing leaf becomes one more entry among the new ones.
      var entries = changes.filter { $0.leaf != nil }
      if !changes.contains(where: { $0.place == place }) {
        let position = entries.firstIndex { place < $0.place } ?? entries.endIndex
        entries.insert(Change(place: place, leaf: hash), at: position)
      }
      return build(entries[...], depth: depth)
    case .empty:
      return build(changes.filter { $0.leaf != nil }[...], depth: depth)
    }
  }

  /// Builds a subtree from sorted entries.
  private static func build(_ entries: ArraySlice<Change>, depth: Int) -> Node {
    guard let first = entries.first else { return .empty }
    guard entries.count > 1 else { return leaf(first) }
    let split = entries.firstIndex { $0.place.bit(depth) } ?? entries.endIndex
    return join(
      build(entries[..<split], depth: depth + 1), build(entries[split...], depth: depth + 1))
  }

  private static func leaf(_ change: Change) -> Node {
    change.leaf.map { .leaf(place: change.place, hash: $0) } ?? .empty
  }

  /// Joins two subtrees; a lone leaf is lifted in place of its parent.
  private static func join(_ left: Node, _ right: Node) -> Node {
    switch (left, right) {
    case (.empty, .empty): .empty
    case (.leaf, .empty): left
    case (.empty, .leaf): right
    default: .inner(left: left, right: right, hash: TreeHash.inner(left.hash, right.hash))
    }
  }
}
