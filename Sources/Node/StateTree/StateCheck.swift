internal import CanonicalCoding
internal import Cryptography
internal import Ledger
public import Primitives
public import Storage

/// What a full check of a stored state has looked at.
public struct StateCheck: Equatable, Sendable {
  public let height: Height
  public let root: Digest
  public let entryCount: Int
  public let nodeCount: Int
}

/// Reads a store's whole state and tree, and compares each with the other and with the last header.
///
/// Cost: two look-ups an entry; for audits, not for starting.
/// - Throws: `stateMismatch` at the first difference; `storageFailed`.
public func checkState(of store: KeyValueStore) throws(NodeFailure) -> StateCheck {
  try ChainStore(store: store).refuseUnfinishedImport()
  let moment = try onDisk { () throws(StorageFailure) in try store.snapshot() }
  guard let header = try moment.head() else {
    throw NodeFailure(code: .stateMismatch, message: "the store holds no chain")
  }
  let nodes = StoredTreeNodes(moment)
  let tree = try nodes.tree(of: header)
  var entryCount = 0
  let nodeCount: Int
  do {
    nodeCount = try tree.check { leaf in
      try moment.check(leaf)
      entryCount += 1
    }
  } catch let failure as NodeFailure {
    throw failure
  } catch {
    try nodes.check()
    throw NodeFailure(
      code: .stateMismatch, message: "the state's tree is damaged (\(error)); restore a copy")
  }
  let stored = try onDisk { () throws(StorageFailure) in
    var count = 0
    try moment.scan(.state, prefix: [], from: nil) { _ in
      count += 1
      return .next
    }
    return count
  }
  guard stored == entryCount else {
    throw NodeFailure(
      code: .stateMismatch,
      message: "the state has \(stored) entries, its tree has \(entryCount)")
  }
  return StateCheck(
    height: header.height, root: tree.root, entryCount: entryCount, nodeCount: nodeCount)
}

extension StoredTreeNodes {
  /// The tree that a header commits to.
  func tree(of header: BlockHeader) throws(NodeFailure) -> SparseMerkleTree {
    do throws(TreeUnreadable) {
      let tree = try SparseMerkleTree(version: header.height.number, nodes: self)
      guard tree.root != header.stateRoot else { return tree }
      throw TreeUnreadable()
    } catch {
      try check()
      throw NodeFailure(
        code: .stateMismatch,
        message: "the tree at height \(header.height.number) has another root than the header's "
          + "\(header.stateRoot); restore a copy")
    }
  }
}

extension KeyValueReader {
  /// Reads the key and value that a leaf stands for.
  func entry(of leaf: TreeLeaf) throws(NodeFailure) -> StateEntry {
    let key = TreeValueKey(place: leaf.place, version: leaf.version)
    guard let entry: StateEntry = try decoded(key.canonicalBytes, in: .treeValues) else {
      throw NodeFailure(
        code: .stateMismatch, message: "the value of leaf \(leaf.place) of the tree is missing")
    }
    return entry
  }

  /// Compares a leaf with its entry, and that with the current state.
  fileprivate func check(_ leaf: TreeLeaf) throws(NodeFailure) {
    let entry = try entry(of: leaf)
    let current = try onDisk { () throws(StorageFailure) in
      try value(for: entry.key, in: .state)
    }
    guard leaf.isOf(key: entry.key, value: entry.value), current == entry.value else {
      throw NodeFailure(
        code: .stateMismatch,
        message: "the state at key \(entry.key.hex) is not what its tree commits to")
    }
  }
}
