internal import CanonicalCoding
internal import Cryptography
internal import Ledger
public import Primitives
public import Storage

/// Begins a chain from an exported state, without the blocks before it.
///
/// Nothing is believed but the digest of a header, if one is given: chunks must hash to what the
/// manifest says, entries to the root in the header. A store whose import was cut off or refused
/// opens for nothing; remove it and begin again.
///
/// - Parameter trusted: of the header that the state must belong to.
/// - Throws: `importRefused` if the store is not empty, or the export is not what it says;
///   `storageFailed`.
public func importState(
  from folder: DocumentFolder, into store: KeyValueStore, trusting trusted: Digest? = nil
) throws(NodeFailure) -> StateManifest {
  let manifest = try StateManifest(in: folder)
  guard manifest.genesis.chain == manifest.header.chain else {
    throw .refused("the manifest's genesis starts another chain than its header belongs to")
  }
  if let trusted, trusted != manifest.header.digest {
    throw .refused("the header's digest is \(manifest.header.digest), not the trusted one")
  }
  guard try store.isEmpty() else {
    throw .refused("the store is not empty; import into a new folder")
  }
  var importing = StateImporting(store: store, manifest: manifest)
  for index in manifest.chunks.indices { try importing.take(chunk: index, from: folder) }
  try importing.finish()
  return manifest
}

/// An import under way: the tree grows chunk by chunk, at the version of the header's height.
private struct StateImporting {
  let store: KeyValueStore
  let manifest: StateManifest
  private let nodes: StoredTreeNodes
  private var tree: SparseMerkleTree
  private var entryCount: UInt64 = 0
  private var last: [UInt8]?

  init(store: KeyValueStore, manifest: StateManifest) {
    self.store = store
    self.manifest = manifest
    nodes = StoredTreeNodes(store)
    tree = SparseMerkleTree(nodes: nodes)
  }

  mutating func take(chunk index: Int, from folder: DocumentFolder) throws(NodeFailure) {
    let name = StateManifest.chunkName(index)
    let found = try onDisk { () throws(StorageFailure) in try folder.bytes(of: name) }
    guard let bytes = found, SHA256.digest(of: bytes) == manifest.chunks[index],
      let chunk = try? StateChunk(canonicalBytes: bytes)
    else { throw .refused("\(name) is missing or not what the manifest says") }
    for entry in chunk.entries {
      if let last, !last.lexicographicallyPrecedes(entry.key) {
        throw .refused("\(name) is out of order")
      }
      last = entry.key
    }
    let writes = chunk.entries.map { StateWrite(key: $0.key, value: $0.value) }
    guard let update = try? tree.update(with: writes, version: manifest.header.height.number)
    else {
      try nodes.check()
      preconditionFailure("only a failed read makes a tree unreadable")
    }
    var batch = WriteBatch()
    batch.put([1], for: ChainStore.importingKey, in: .meta)
    batch.put(writes, update)
    try onDisk { () throws(StorageFailure) in try store.write(batch) }
    nodes.keep(update)
    tree = tree.applying(update)
    entryCount += UInt64(writes.count)
  }

  func finish() throws(NodeFailure) {
    let header = manifest.header
    guard tree.root == header.stateRoot, entryCount == manifest.entryCount else {
      throw .refused("the entries have root \(tree.root), the header says \(header.stateRoot)")
    }
    var batch = WriteBatch()
    batch.remove(ChainStore.importingKey, in: .meta)
    batch.put(ChainStore.format.canonicalBytes, for: ChainStore.formatKey, in: .meta)
    batch.put(manifest.genesis.canonicalBytes, for: ChainStore.genesisKey, in: .meta)
    batch.put(header.height.canonicalBytes, for: TreePruning.oldestKey, in: .meta)
    batch.put(header.canonicalBytes, for: ChainStore.headKey, in: .meta)
    try onDisk { () throws(StorageFailure) in try store.write(batch) }
  }
}

extension StateManifest {
  /// Reads the manifest of an export.
  public init(in folder: DocumentFolder) throws(NodeFailure) {
    let bytes = try onDisk { () throws(StorageFailure) in try folder.bytes(of: Self.name) }
    guard let bytes else {
      throw .refused("\(folder.path) has no manifest: it is no export, or one that was cut off")
    }
    guard let manifest = try? StateManifest(canonicalBytes: bytes) else {
      throw .refused("the manifest in \(folder.path) can't be read")
    }
    self = manifest
  }
}

extension NodeFailure {
  fileprivate static func refused(_ reason: String) -> NodeFailure {
    NodeFailure(code: .importRefused, message: reason)
  }
}

extension KeyValueReader {
  fileprivate func isEmpty() throws(NodeFailure) -> Bool {
    try onDisk { () throws(StorageFailure) in
      for keyspace in Keyspace.allCases {
        guard try entries(in: keyspace, limit: 1).isEmpty else { return false }
      }
      return true
    }
  }
}
