internal import Primitives

/// A write by the hash of its key.
struct TreeChange {
  let place: Digest
  /// The hash of the leaf; nil removes it.
  let leaf: Digest?
  /// The write's index among those of the update.
  let index: Int
}

/// Carries sorted changes from the root down to their leaves, and hashes the way back up.
struct TreeUpdater {
  let reader: any TreeNodeReader
  let changes: [TreeChange]
  var update: TreeUpdate

  /// Updates the node at the root, which is stored at every version, whatever it holds.
  mutating func run(from previous: UInt64?) throws(TreeUnreadable) {
    var children = TreeChildren()
    if let previous {
      let key = TreeNodeKey(version: previous, path: .root)
      guard let node = reader.node(at: key) else { throw TreeUnreadable() }
      children = node.children
      retire(key)
    }
    _ = try apply(changes.indices, to: &children, at: .root)
    update.root = write(children, at: .root)
  }

  /// Applies the changes of one node's range to its places.
  /// - Returns: whether any of them became another.
  private mutating func apply(
    _ range: Range<Int>, to children: inout TreeChildren, at path: TreePath
  ) throws(TreeUnreadable) -> Bool {
    var isChanged = false
    var start = range.lowerBound
    while start < range.upperBound {
      let nibble = changes[start].place.nibble(path.nibbleCount)
      let end = endOfRun(from: start, below: range.upperBound, nibble, at: path.nibbleCount)
      let before = children[nibble]
      let after = try apply(start..<end, to: before, at: path.child(nibble))
      if before != after {
        children[nibble] = after
        isChanged = true
      }
      start = end
    }
    return isChanged
  }

  private mutating func apply(
    _ range: Range<Int>, to child: TreeChild, at path: TreePath
  ) throws(TreeUnreadable) -> TreeChild {
    switch child {
    case .empty: return build(range, beside: nil, at: path)
    case .leaf(let standing): return build(range, beside: standing, at: path)
    case .inner(_, let version):
      let key = TreeNodeKey(version: version, path: path)
      guard let node = reader.node(at: key) else { throw TreeUnreadable() }
      var children = node.children
      guard try apply(range, to: &children, at: path) else { return child }
      retire(key)
      return settle(children, at: path)
    }
  }

  /// Builds the subtree of a range of changes and the leaf that stood there, if one did.
  private mutating func build(
    _ range: Range<Int>, beside standing: TreeLeaf?, at path: TreePath
  ) -> TreeChild {
    guard !range.isEmpty else { return standing.map { .leaf($0) } ?? .empty }
    let first = changes[range.lowerBound]
    if range.count == 1, standing.map({ $0.place == first.place }) ?? true {
      return leaf(of: first, replacing: standing)
    }
    var children = TreeChildren()
    if let standing { children[standing.place.nibble(path.nibbleCount)] = .leaf(standing) }
    var start = range.lowerBound
    while start < range.upperBound {
      let nibble = changes[start].place.nibble(path.nibbleCount)
      let end = endOfRun(from: start, below: range.upperBound, nibble, at: path.nibbleCount)
      var beside: TreeLeaf?
      if case .leaf(let leaf) = children[nibble] { beside = leaf }
      children[nibble] = build(start..<end, beside: beside, at: path.child(nibble))
      start = end
    }
    return settle(children, at: path)
  }

  private mutating func leaf(
    of change: TreeChange, replacing standing: TreeLeaf?
  ) -> TreeChild {
    if let standing {
      guard change.leaf != standing.hash else { return .leaf(standing) }
      update.stale.values.append(
        TreeValueKey(place: standing.place, version: standing.version))
    }
    guard let hash = change.leaf else { return .empty }
    let key = TreeValueKey(place: change.place, version: update.version)
    update.values.append(.init(key: key, index: change.index))
    return .leaf(TreeLeaf(place: change.place, hash: hash, version: update.version))
  }

  /// Stores a node, unless so little is left in it that none is needed.
  private mutating func settle(
    _ children: borrowing TreeChildren, at path: TreePath
  ) -> TreeChild {
    if children.taken.nonzeroBitCount <= 1, children.taken == children.leaves {
      return children[children.taken.leadingZeroBitCount & 15]
    }
    return .inner(hash: write(children, at: path), version: update.version)
  }

  private mutating func write(_ children: borrowing TreeChildren, at path: TreePath) -> Digest {
    let key = TreeNodeKey(version: update.version, path: path)
    update.nodes.append(.init(key: key, node: TreeNode(children)))
    return TreeLevels(children).root
  }

  /// A node of this very version is replaced in its place; any other serves older versions.
  private mutating func retire(_ key: TreeNodeKey) {
    if key.version < update.version { update.stale.nodes.append(key) }
  }

  private func endOfRun(from start: Int, below end: Int, _ nibble: Int, at depth: Int) -> Int {
    var position = start + 1
    while position < end, changes[position].place.nibble(depth) == nibble { position += 1 }
    return position
  }
}
