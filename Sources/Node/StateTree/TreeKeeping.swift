internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Storage

extension WriteBatch {
  /// Adds the state's new values, and what they change in its tree.
  mutating func put(_ writes: [StateWrite], _ update: TreeUpdate) {
    for write in writes {
      if let value = write.value {
        put(value, for: write.key, in: .state)
      } else {
        remove(write.key, in: .state)
      }
    }
    // Upper levels first: each level's nodes come in the order of their paths, so the keys rise and
    // the store appends where it would search.
    var levels: [[Int]] = []
    for index in update.nodes.indices {
      let depth = update.nodes[index].key.path.nibbleCount
      while levels.count <= depth { levels.append([]) }
      levels[depth].append(index)
    }
    for index in levels.joined() {
      let written = update.nodes[index]
      put(written.node.bytes, for: written.key.canonicalBytes, in: .treeNodes)
    }
    for written in update.values {
      let write = writes[written.index]
      let entry = StateEntry(key: write.key, value: write.value ?? [])
      put(entry.canonicalBytes, for: written.key.canonicalBytes, in: .treeValues)
    }
    if !update.stale.isEmpty {
      put(update.stale.canonicalBytes, for: update.version.canonicalBytes, in: .treeStale)
    }
  }
}

/// Forgets old versions of the tree, height by height.
///
/// What a height made superfluous is needed by the heights before it alone, so it goes once they
/// are no longer kept. A block does two heights' worth at most: as much as falls due, and as much
/// again to catch up after the number of kept heights was lowered.
struct TreePruning: Sendable {
  static let oldestKey = Array("oldest-state".utf8)

  /// How many heights before the last one stay readable.
  let keptHeights: UInt64

  /// Adds to a batch that stores `update` what it lets be forgotten.
  func prune(
    after update: TreeUpdate, of store: some KeyValueReader, in batch: inout WriteBatch
  ) throws(StorageFailure) {
    guard update.version > keptHeights else { return }
    let oldest = try store.oldestStateHeight()
    let reached = min(update.version - keptHeights, oldest + 2)
    guard reached > oldest else { return }
    for version in oldest + 1...reached {
      let stale = version == update.version ? update.stale : try store.staleParts(of: version)
      for node in stale.nodes { batch.remove(node.canonicalBytes, in: .treeNodes) }
      for value in stale.values { batch.remove(value.canonicalBytes, in: .treeValues) }
      batch.remove(version.canonicalBytes, in: .treeStale)
    }
    batch.put(reached.canonicalBytes, for: Self.oldestKey, in: .meta)
  }
}

extension KeyValueReader {
  /// The first height whose state is still there whole.
  func oldestStateHeight() throws(StorageFailure) -> UInt64 {
    guard let bytes = try value(for: TreePruning.oldestKey, in: .meta) else { return 0 }
    guard let height = try? UInt64(canonicalBytes: bytes) else {
      throw StorageFailure(code: .corrupt, message: "the oldest kept height can't be read")
    }
    return height
  }

  /// What a height made superfluous, if that was anything.
  fileprivate func staleParts(of version: UInt64) throws(StorageFailure) -> StaleTreeParts {
    guard let bytes = try value(for: version.canonicalBytes, in: .treeStale) else {
      return StaleTreeParts()
    }
    guard let stale = try? StaleTreeParts(canonicalBytes: bytes) else {
      throw StorageFailure(
        code: .corrupt, message: "what height \(version) made superfluous can't be read")
    }
    return stale
  }
}
