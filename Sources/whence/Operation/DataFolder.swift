import CanonicalCoding
import Cryptography
import Foundation
import Ledger
import Node
import Primitives
import Storage

/// The folder of one node: chain, artifacts, server, keys.
///
/// `genesis` starts the chain; `chain/` is RocksDB's; `blobs/` are public artifacts; `server/` are
/// answers and receipts; `keys/` are the seeds of accounts that this machine acts for.
struct DataFolder {
  let path: String
  let blobs: BlobStore
  let keys: DocumentFolder

  init(at path: String) throws {
    self.path = path
    blobs = try BlobStore(at: "\(path)/blobs")
    keys = try DocumentFolder(at: "\(path)/keys")
    guard unsafe chmod("\(path)/keys", 0o700) == 0 else {
      throw StorageFailure(code: .permissionDenied, message: "\(path)/keys can't be made private")
    }
  }

  var serverFolder: String { "\(path)/server" }

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

  /// The key of a name, if this machine has it.
  func key(_ name: String) throws -> SigningKey? {
    try keys.bytes(of: name).flatMap(SigningKey.init(seed:))
  }

  /// The key of a name; one is made from the system's randomness if there is none.
  func keyMakingIfNeeded(_ name: String) throws -> SigningKey {
    if let key = try key(name) { return key }
    let seed = Entropy.digest().bytes
    guard let key = SigningKey(seed: seed) else {
      preconditionFailure("32 bytes are a seed")
    }
    try keys.put(seed, as: name)
    return key
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
