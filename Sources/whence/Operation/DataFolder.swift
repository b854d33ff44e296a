import CanonicalCoding
import Cryptography
import Foundation
import Ledger
import Node
import Primitives
import SearchIndex
import Storage

/// The folder of one node: chain, artifacts, server, keys.
///
/// `genesis` starts the chain; `chain/` is RocksDB's, and `history.sqlite` an index of it; `blobs/`
/// are public artifacts; `server/` are answers and receipts; `keys/` are the seeds of accounts that
/// this machine acts for, as ``KeyRing`` keeps them; `snapshots/`, if asked for, are the latest
/// exports of the state.
struct DataFolder {
  let path: String
  let blobs: BlobStore
  let keys: KeyRing

  init(at path: String) throws {
    self.path = path
    blobs = try BlobStore(at: "\(path)/blobs")
    keys = try KeyRing(of: path)
  }

  /// Opens a folder that is there, and makes none.
  init(existing path: String) throws {
    guard FileManager.default.fileExists(atPath: "\(path)/keys") else {
      throw OperationFailure(
        .foreignFolder,
        "\(path) has no keys; give the --data of a node or demo, or `whence key new NAME` makes one"
      )
    }
    try self.init(at: path)
  }

  /// Opens a node's folder, or makes one where there is nothing.
  /// - Throws: `foreign_folder` if something else lies there: nothing of it is touched.
  init(forNode path: String) throws {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    if unsafe files.fileExists(atPath: path, isDirectory: &isFolder) {
      let content = isFolder.boolValue ? try files.contentsOfDirectory(atPath: path) : [path]
      guard content.isEmpty || !Set(content).isDisjoint(with: ["genesis", "chain", "keys"]) else {
        throw OperationFailure(
          .foreignFolder, "\(path) holds something else; give another --data or empty it")
      }
    }
    try self.init(at: path)
  }

  /// The latest exports of the state, each in a folder named after its height.
  var snapshotFolder: String { "\(path)/snapshots" }

  var serverFolder: String { "\(path)/server" }

  /// Retrainings for runs' cards that are done; it may be removed.
  var retrainFolder: String { "\(path)/retrainings" }

  private var documents: DocumentFolder { get throws { try DocumentFolder(at: path) } }

  /// The genesis of the chain in this folder; nil if there is none yet.
  func genesis() throws -> Genesis? {
    guard let bytes = try documents.bytes(of: "genesis") else { return nil }
    guard let genesis = try? Genesis(canonicalBytes: bytes) else {
      throw StorageFailure(
        code: .corrupt, message: "\(path)/genesis can't be read; restore it or start a new folder")
    }
    return genesis
  }

  func keep(_ genesis: Genesis) throws {
    try documents.put(genesis.canonicalBytes, as: "genesis")
  }

  func openStore() throws -> KeyValueStore { try KeyValueStore(at: "\(path)/chain") }

  /// The index of the chain's history; one that is damaged is made anew, from the chain.
  func openHistory() throws -> ChainIndex {
    let file = "\(path)/history.sqlite"
    do throws(SearchFailure) {
      return try ChainIndex(path: file)
    } catch {
      guard error.code == .corrupt else { throw error }
      for ending in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: file + ending)
      }
      return try ChainIndex(path: file)
    }
  }

  /// The key of a name, if this machine has it.
  func key(_ name: String) throws -> SigningKey? { try keys.entry(name)?.key }

  /// The key of a name; one is made from the system's randomness if there is none.
  func keyMakingIfNeeded(_ name: String) throws -> SigningKey {
    try keys.entry(name)?.key ?? keys.make(name).key
  }
}

/// The system's randomness, for keys, salts and nonces.
enum Entropy {
  static func digest() -> Digest {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<Digest.byteCount).map { _ in
      UInt8(truncatingIfNeeded: generator.next() as UInt64)
    }
    guard let digest = Digest(bytes: bytes) else { preconditionFailure("32 bytes are a digest") }
    return digest
  }
}
