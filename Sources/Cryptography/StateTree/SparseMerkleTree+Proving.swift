internal import Primitives

extension SparseMerkleTree {
  /// Proves what this version holds at a key, or that it holds nothing there.
  ///
  /// - Parameter entry: reads the key and value of a leaf, as they were written.
  /// - Throws: ``TreeUnreadable``, what `entry` throws; or ``CommitmentFault/unsupported`` for what
  ///   ICS-23 can't say: that an empty tree is empty.
  public func proof(
    of key: [UInt8], entry: (TreeLeaf) throws -> (key: [UInt8], value: [UInt8])
  ) throws -> CommitmentProof {
    func existence(_ found: FoundLeaf) throws -> ExistenceProof {
      let (key, value) = try entry(found.leaf)
      return ExistenceProof(
        key: key, value: value, leaf: ProofSpec.stateTree.leaf, path: found.path)
    }
    let place = SHA256.digest(of: key)
    let trail = try trail(to: place)
    if let found = trail.leaf, found.leaf.place == place {
      return .existence(try existence(found))
    }
    let left = try neighbour(of: place, trail, on: .left).map(existence)
    let right = try neighbour(of: place, trail, on: .right).map(existence)
    guard left != nil || right != nil else { throw CommitmentFault.unsupported }
    return .nonexistence(NonexistenceProof(key: key, left: left, right: right))
  }

  private struct FoundLeaf {
    let leaf: TreeLeaf
    let path: [InnerStep]
  }

  /// The nodes from the root towards a place, as far as there are any.
  private struct Trail {
    var steps: [(children: TreeChildren, nibble: Int)] = []
    /// The leaf at its end, which may be another's.
    var leaf: FoundLeaf? {
      guard let last = steps.last, case .leaf(let leaf) = last.children[last.nibble] else {
        return nil
      }
      let path = steps.reversed().flatMap { TreeLevels($0.children).path(from: $0.nibble) }
      return FoundLeaf(leaf: leaf, path: path)
    }
  }

  private enum Side { case left, right }

  private func trail(to place: Digest) throws(TreeUnreadable) -> Trail {
    var trail = Trail()
    var path = TreePath.root
    var next = version
    while let version = next {
      let children = try children(at: path, version)
      let nibble = place.nibble(path.nibbleCount)
      trail.steps.append((children, nibble))
      path = path.child(nibble)
      next = nil
      if case .inner(_, let below) = children[nibble] { next = below }
    }
    return trail
  }

  /// The leaf nearest to a place on one side.
  private func neighbour(
    of place: Digest, _ trail: Trail, on side: Side
  ) throws(TreeUnreadable) -> FoundLeaf? {
    if let found = trail.leaf, side == .left ? found.leaf.place < place : place < found.leaf.place {
      return found
    }
    var trail = trail
    while let (children, nibble) = trail.steps.popLast() {
      let nearer = side == .left ? Array((0..<nibble).reversed()) : Array(nibble + 1..<16)
      guard let taken = nearer.first(where: { children[$0] != .empty }) else { continue }
      trail.steps.append((children, taken))
      try follow(&trail, on: side == .left ? .right : .left)
      return trail.leaf
    }
    return nil
  }

  /// Goes on from a trail's end to the outermost leaf on one side.
  private func follow(_ trail: inout Trail, on side: Side) throws(TreeUnreadable) {
    var path = TreePath.root
    for step in trail.steps { path = path.child(step.nibble) }
    while let last = trail.steps.last, case .inner(_, let version) = last.children[last.nibble] {
      let children = try children(at: path, version)
      let order = side == .left ? Array(0..<16) : Array((0..<16).reversed())
      guard let nibble = order.first(where: { children[$0] != .empty }) else {
        throw TreeUnreadable()
      }
      trail.steps.append((children, nibble))
      path = path.child(nibble)
    }
  }

  private func children(
    at path: TreePath, _ version: UInt64
  ) throws(TreeUnreadable) -> TreeChildren {
    guard let node = nodes.node(at: TreeNodeKey(version: version, path: path)) else {
      throw TreeUnreadable()
    }
    return node.children
  }
}

extension TreeLevels {
  /// The steps from one of the sixteen places up to the node's own hash.
  ///
  /// Where a lone leaf was lifted in place of its parent there is no step.
  func path(from nibble: Int) -> [InnerStep] {
    var steps: [InnerStep] = []
    var index = 16 + nibble
    while index > 1 {
      if isInner(index / 2) {
        let sibling = hashes[index ^ 1].bytes
        steps.append(
          index.isMultiple(of: 2)
            ? InnerStep(hash: .sha256, prefix: [1], suffix: sibling)
            : InnerStep(hash: .sha256, prefix: [1] + sibling, suffix: []))
      }
      index /= 2
    }
    return steps
  }
}
