/// One of the store's separate, ordered maps from bytes to bytes (a RocksDB column family).
public enum Keyspace: String, CaseIterable, Sendable {
  /// The ledger's current values.
  case state
  /// Blocks that were agreed on, by height; the last may not be executed yet.
  case blocks
  /// What executing each block gave, by height.
  case headers
  /// Transactions and their receipts by digest.
  case transactions
  /// What moved in each block, by height.
  case journal
  /// The nodes of the state's Merkle tree, by version and path.
  case treeNodes
  /// Keys and values as the tree's versions hold them, by version and the key's hash.
  case treeValues
  /// What each version of the tree made superfluous, by version.
  case treeStale
  /// What the store knows about itself: format, last height, roots.
  case meta

  /// The place in `allCases`, which is also the order in which the database opens them.
  var index: Int {
    switch self {
    case .state: 0
    case .blocks: 1
    case .headers: 2
    case .transactions: 3
    case .journal: 4
    case .treeNodes: 5
    case .treeValues: 6
    case .treeStale: 7
    case .meta: 8
    }
  }
}

/// A key with its value.
public struct KeyValueEntry: Hashable, Sendable {
  public let key: [UInt8]
  public let value: [UInt8]

  public init(key: [UInt8], value: [UInt8]) {
    self.key = key
    self.value = value
  }
}

/// Whether a scan goes on after an entry.
public enum ScanStep: Sendable { case next, stop }

/// Changes that take effect together or not at all; later ones win over earlier ones.
public struct WriteBatch: Sendable {
  struct Operation: Sendable {
    let keyspace: Keyspace
    let keyCount: Int
    /// nil removes the key.
    let valueCount: Int?
  }

  private(set) var operations: [Operation] = []
  /// Each operation's key and value, one behind the other: two arrays for every write of a block
  /// would cost more than the copy.
  private(set) var bytes: [UInt8] = []

  public init() {}

  public var isEmpty: Bool { operations.isEmpty }

  /// The bytes of all keys and values, without the store's own overhead.
  public var sizeInBytes: Int { bytes.count }

  public mutating func put(_ value: [UInt8], for key: [UInt8], in keyspace: Keyspace) {
    operations.append(
      Operation(keyspace: keyspace, keyCount: key.count, valueCount: value.count))
    bytes.append(contentsOf: key)
    bytes.append(contentsOf: value)
  }

  /// Removes the key; no effect if it is absent.
  public mutating func remove(_ key: [UInt8], in keyspace: Keyspace) {
    operations.append(Operation(keyspace: keyspace, keyCount: key.count, valueCount: nil))
    bytes.append(contentsOf: key)
  }
}
