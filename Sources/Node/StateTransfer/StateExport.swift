internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives
public import Storage

extension LedgerNode {
  /// Writes the latest state into a folder while blocks go on, and returns what it consists of.
  ///
  /// Cost: one pass over the state; memory for one chunk.
  public func exportState(
    to folder: DocumentFolder
  ) throws(NodeFailure) -> StateManifest {
    try Node.exportState(of: chain.store, to: folder)
  }
}

/// Writes a store's latest state into a folder that holds nothing else: chunks, then the manifest.
///
/// A folder without a manifest is an export that was cut off.
public func exportState(
  of store: KeyValueStore, to folder: DocumentFolder
) throws(NodeFailure) -> StateManifest {
  let moment = try onDisk { () throws(StorageFailure) in try store.snapshot() }
  guard let header = try moment.head(), let genesis = try ChainStore(store: store).genesis() else {
    throw NodeFailure(code: .stateMismatch, message: "the store holds no chain")
  }
  var manifest = StateManifest(genesis: genesis, header: header, entryCount: 0, chunks: [])
  var last: [UInt8]?
  while true {
    let entries = try onDisk { () throws(StorageFailure) in
      try moment.chunkOfState(after: last)
    }
    guard let end = entries.last else { break }
    last = end.key
    let bytes = StateChunk(entries: entries).canonicalBytes
    let name = StateManifest.chunkName(manifest.chunks.count)
    try onDisk { () throws(StorageFailure) in try folder.put(bytes, as: name) }
    manifest.entryCount += UInt64(entries.count)
    manifest.chunks.append(SHA256.digest(of: bytes))
  }
  let bytes = manifest.canonicalBytes
  try onDisk { () throws(StorageFailure) in try folder.put(bytes, as: StateManifest.name) }
  return manifest
}

extension KeyValueReader {
  /// As many entries behind a key as fit into a chunk; one at least, while there are any.
  fileprivate func chunkOfState(after key: [UInt8]?) throws(StorageFailure) -> [StateEntry] {
    var entries: [StateEntry] = []
    var size = 0
    try scan(.state, prefix: [], from: key.map { $0 + [0] }) { entry in
      size += 8 + entry.key.count + entry.value.count
      guard entries.isEmpty || size <= StateManifest.chunkMaximum else { return .stop }
      entries.append(StateEntry(key: entry.key, value: entry.value))
      return .next
    }
    return entries
  }
}
