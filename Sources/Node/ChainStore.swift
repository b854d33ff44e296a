internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Ledger
internal import Primitives
internal import Storage

/// A chain on disk: a block that was agreed on, then one synced batch of all that it changed.
struct ChainStore: Sendable {
  let store: KeyValueStore
  let nodes: StoredTreeNodes
  private let pruning: TreePruning

  static let headKey = Array("head".utf8)
  /// Of everything in the store; another number would mean other keys or other values.
  static let format: UInt16 = 2
  static let formatKey = Array("format".utf8)
  static let genesisKey = Array("genesis".utf8)
  /// There from the first chunk of an imported state to the last.
  static let importingKey = Array("importing".utf8)

  /// - Parameter keptHeights: how many heights before the last one stay readable and provable.
  init(store: KeyValueStore, keptHeights: UInt64 = LedgerNode.standardKeptHeights) {
    self.store = store
    nodes = StoredTreeNodes(store)
    pruning = TreePruning(keptHeights: keptHeights)
  }

  /// - Throws: `importUnfinished`, `storageFailed`.
  func refuseUnfinishedImport() throws(NodeFailure) {
    let importing: UInt8? = try store.decoded(Self.importingKey, in: .meta)
    guard importing == nil else {
      throw NodeFailure(
        code: .importUnfinished,
        message: "the import of a state into this folder was cut off; remove it and import again")
    }
  }

  /// Opens what is stored; nil if the store is empty.
  ///
  /// Looks at the root of the state's tree alone; ``checkState(of:)`` reads all of it.
  /// - Throws: `formatUnknown`, `stateMismatch`, `importUnfinished`, `storageFailed`.
  func open() throws(NodeFailure) -> ChainHead? {
    try refuseUnfinishedImport()
    guard let header = try store.head() else { return nil }
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
    batch.put(header.canonicalBytes, for: header.height.canonicalBytes, in: .headers)
    batch.put(executed.journal.canonicalBytes, for: header.height.canonicalBytes, in: .journal)
    // Neighbours in the order of keys go into the store's memory for half the price.
    let ids = executed.ids
    for index in ids.indices.sorted(by: { ids[$0] < ids[$1] }) {
      let outcome = TransactionOutcome(
        id: ids[index], height: header.height, index: UInt32(index),
        result: executed.results[index])
      batch.put(
        outcome.canonicalBytes, for: outcome.id.canonicalBytes, in: .transactions)
    }
    batch.put(header.canonicalBytes, for: Self.headKey, in: .meta)
    try pruning.prune(after: executed.treeUpdate, of: store, in: &batch)
    try store.write(batch)
    nodes.keep(executed.treeUpdate)
  }

  /// Keeps a block that was agreed on, before anyone executes it.
  func log(_ block: ProposedBlock) throws(NodeFailure) {
    var batch = WriteBatch()
    batch.put(
      StoredProposal(block).canonicalBytes, for: block.height.canonicalBytes, in: .blocks)
    try onDisk { () throws(StorageFailure) in try store.write(batch) }
  }

  /// A block that was agreed on, committed or not.
  func proposal(at height: Height) throws(NodeFailure) -> StoredProposal? {
    try store.decoded(height.canonicalBytes, in: .blocks)
  }

  /// A committed block.
  func block(at height: Height) throws(NodeFailure) -> Block? {
    guard let header: BlockHeader = try store.decoded(height.canonicalBytes, in: .headers),
      let proposal = try proposal(at: height)
    else { return nil }
    return Block(
      header: header, transactions: proposal.transactions, report: proposal.report)
  }

  func journal(at height: Height) throws(NodeFailure) -> BlockJournal? {
    try store.decoded(height.canonicalBytes, in: .journal)
  }

  func outcome(
    of id: Identifier<Transaction>
  ) throws(NodeFailure) -> TransactionOutcome? {
    try store.decoded(id.canonicalBytes, in: .transactions)
  }

  /// Writes the first state.
  func begin(_ genesis: Genesis) throws(NodeFailure) -> ChainHead {
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
    batch.put(Self.format.canonicalBytes, for: Self.formatKey, in: .meta)
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
  /// - Throws: `formatUnknown`, `storageFailed`.
  func head() throws(NodeFailure) -> BlockHeader? {
    let bytes = try onDisk { () throws(StorageFailure) in
      try value(for: ChainStore.headKey, in: .meta)
    }
    guard bytes != nil else { return nil }
    // Before anything is decoded: in another format it may mean anything.
    let format: UInt16? = try decoded(ChainStore.formatKey, in: .meta)
    guard format == ChainStore.format else {
      let written = format.map { "in format \($0)" } ?? "before formats were numbered"
      throw NodeFailure(
        code: .formatUnknown,
        message: "the store was written \(written), and only format \(ChainStore.format) is read; "
          + "export its state with the version that wrote it, and import that into a new folder")
    }
    return try decoded(ChainStore.headKey, in: .meta)
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
