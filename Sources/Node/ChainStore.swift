internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Ledger
internal import Primitives
internal import Storage

/// A chain on disk: one synced batch a block holds its state, its bytes, and where to find them.
struct ChainStore: Sendable {
  let store: KeyValueStore
  let nodes: StoredTreeNodes
  private let pruning: TreePruning

  static let headKey = Array("head".utf8)
  static let genesisKey = Array("genesis".utf8)
  /// There from the first chunk of an imported state to the last.
  static let importingKey = Array("importing".utf8)

  /// - Parameter keptHeights: how many heights before the last one stay readable and provable.
  init(store: KeyValueStore, keptHeights: UInt64 = LedgerNode.standardKeptHeights) {
    self.store = store
    nodes = StoredTreeNodes(store)
    pruning = TreePruning(keptHeights: keptHeights)
  }

  /// Opens the chain that `genesis` starts, writing its first state if the store is empty.
  ///
  /// Looks at the root of the state's tree alone; ``checkState(of:)`` reads all of it.
  /// - Throws: `invalidGenesis`, `genesisMismatch`, `stateMismatch`, `importUnfinished`,
  ///   `storageFailed`.
  func open(_ genesis: Genesis) throws(NodeFailure) -> ChainHead {
    guard
      try onDisk({ () throws(StorageFailure) in
        try store.value(for: Self.importingKey, in: .meta)
      }) == nil
    else {
      throw NodeFailure(
        code: .importUnfinished,
        message: "the import of a state into this folder was cut off; remove it and import again")
    }
    guard let header = try store.head() else { return try begin(genesis) }
    guard header.chain == genesis.chain else {
      throw NodeFailure(
        code: .genesisMismatch,
        message: "the folder holds chain \(header.chain), the genesis starts \(genesis.chain)")
    }
    let tree = try nodes.tree(of: header)
    let state = StoredState(store)
    let parameters = state.parameters
    try state.check()
    guard let parameters else {
      throw NodeFailure(code: .stateMismatch, message: "the state has no parameters")
    }
    return ChainHead(header: header, tree: tree, parameters: parameters)
  }

  /// The genesis the store was begun with; nil if it is empty.
  func genesis() throws(NodeFailure) -> Genesis? {
    try store.decoded(Self.genesisKey, in: .meta)
  }

  /// Keeps an executed block and all it changed, whole or not at all.
  func save(_ executed: ExecutedBlock) throws(StorageFailure) {
    let header = executed.block.header
    var batch = WriteBatch()
    batch.put(executed.writes, executed.treeUpdate)
    batch.put(executed.block.canonicalBytes, for: header.height.canonicalBytes, in: .blocks)
    batch.put(executed.journal.canonicalBytes, for: header.height.canonicalBytes, in: .journal)
    for (index, transaction) in executed.block.transactions.enumerated() {
      let outcome = TransactionOutcome(
        id: transaction.id, height: header.height, index: UInt32(index),
        result: executed.results[index])
      batch.put(
        outcome.canonicalBytes, for: outcome.id.canonicalBytes, in: .transactions)
    }
    batch.put(header.canonicalBytes, for: Self.headKey, in: .meta)
    try pruning.prune(after: executed.treeUpdate, of: store, in: &batch)
    try store.write(batch)
    nodes.keep(executed.treeUpdate)
  }

  func block(at height: Height) throws(NodeFailure) -> Block? {
    try store.decoded(height.canonicalBytes, in: .blocks)
  }

  func journal(at height: Height) throws(NodeFailure) -> BlockJournal? {
    try store.decoded(height.canonicalBytes, in: .journal)
  }

  func outcome(
    of id: Identifier<Transaction>
  ) throws(NodeFailure) -> TransactionOutcome? {
    try store.decoded(id.canonicalBytes, in: .transactions)
  }

  private func begin(_ genesis: Genesis) throws(NodeFailure) -> ChainHead {
    let head: ChainHead
    let state: InMemoryState
    do throws(GenesisError) {
      (head, state) = try genesis.start()
    } catch {
      throw NodeFailure(code: .invalidGenesis, message: "the genesis starts no chain: \(error)")
    }
    let writes = state.entries(withPrefix: [], after: nil, limit: .max).map {
      StateWrite(key: $0.key, value: $0.value)
    }
    let empty = SparseMerkleTree(nodes: nodes)
    guard let update = try? empty.update(with: writes, version: head.header.height.number) else {
      preconditionFailure("an empty tree reads no nodes")
    }
    var batch = WriteBatch()
    batch.put(writes, update)
    batch.put(genesis.canonicalBytes, for: Self.genesisKey, in: .meta)
    batch.put(head.header.canonicalBytes, for: Self.headKey, in: .meta)
    try onDisk { () throws(StorageFailure) in try store.write(batch) }
    nodes.keep(update)
    return ChainHead(
      header: head.header, tree: empty.applying(update), parameters: head.parameters)
  }
}

extension KeyValueReader {
  /// The last durable header; nil if the store is empty.
  func head() throws(NodeFailure) -> BlockHeader? {
    try decoded(ChainStore.headKey, in: .meta)
  }

  /// Reads a value that was stored in its canonical form.
  func decoded<Value: CanonicalCodable>(
    _ key: [UInt8], in keyspace: Keyspace
  ) throws(NodeFailure) -> Value? {
    do {
      return try value(for: key, in: keyspace).map { try Value(canonicalBytes: $0) }
    } catch let failure as StorageFailure {
      throw NodeFailure(failure)
    } catch {
      throw NodeFailure(
        StorageFailure(
          code: .corrupt, message: "a value of \(keyspace.rawValue) does not decode: \(error)"))
    }
  }
}

/// Runs what touches the disk, with its failure as the node's.
func onDisk<Value>(
  _ body: () throws(StorageFailure) -> Value
) throws(NodeFailure) -> Value {
  do {
    return try body()
  } catch {
    throw NodeFailure(error)
  }
}
