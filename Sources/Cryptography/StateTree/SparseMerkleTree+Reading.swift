internal import Primitives

/// What is wrong with a stored tree.
public enum TreeFault: Error, Equatable, Sendable {
  case unreadable
  /// A node does not hash to what the one above says of it.
  case wrongHash
  /// A leaf stands where its key's hash does not lead.
  case misplaced
}

extension SparseMerkleTree {
  /// The leaf of a key; nil if the tree holds none.
  public func leaf(for key: [UInt8]) throws(TreeUnreadable) -> TreeLeaf? {
    let place = SHA256.digest(of: key)
    var path = TreePath.root
    var version = self.version
    while let from = version {
      guard let node = nodes.node(at: TreeNodeKey(version: from, path: path)) else {
        throw TreeUnreadable()
      }
      let nibble = place.nibble(path.nibbleCount)
      switch node.children[nibble] {
      case .empty: return nil
      case .leaf(let leaf): return leaf.place == place ? leaf : nil
      case .inner(_, let below):
        version = below
        path = path.child(nibble)
      }
    }
    return nil
  }

  /// Hashes every node of the tree anew, and visits its leaves in the order of their places.
  ///
  /// Cost: reads the whole tree; at most 64 nodes are in memory at once.
  /// - Returns: how many nodes it has.
  /// - Throws: a ``TreeFault``, or what `visit` throws.
  @discardableResult
  public func check(visit: (TreeLeaf) throws -> Void = { _ in }) throws -> Int {
    guard let version else { return 0 }
    guard let top = nodes.node(at: TreeNodeKey(version: version, path: .root)) else {
      throw TreeFault.unreadable
    }
    return try check(top, says: root, at: .root, visit: visit)
  }

  private func check(
    _ node: TreeNode, says hash: Digest, at path: TreePath,
    visit: (TreeLeaf) throws -> Void
  ) throws -> Int {
    guard node.hash == hash else { throw TreeFault.wrongHash }
    let children = node.children
    var count = 1
    for nibble in 0..<16 {
      let place = path.child(nibble)
      switch children[nibble] {
      case .empty: continue
      case .leaf(let leaf):
        guard TreePath(of: leaf.place, nibbleCount: place.nibbleCount) == place else {
          throw TreeFault.misplaced
        }
        try visit(leaf)
      case .inner(let hash, let version):
        guard let below = nodes.node(at: TreeNodeKey(version: version, path: place)) else {
          throw TreeFault.unreadable
        }
        count += try check(below, says: hash, at: place, visit: visit)
      }
    }
    return count
  }
}
