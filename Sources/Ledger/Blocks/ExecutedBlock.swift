public import Cryptography
public import Primitives

/// A chain at one height: its last header, its state's tree, and the parameters in force.
///
/// The state itself comes as a ``StateReader``.
public struct ChainHead: Sendable {
  public let header: BlockHeader
  public let tree: SparseMerkleTree
  public let parameters: LedgerParameters

  /// Takes a tree over the state that `header` commits to.
  public init(header: BlockHeader, tree: SparseMerkleTree, parameters: LedgerParameters) {
    precondition(header.stateRoot == tree.root, "the tree is of the header's state")
    self.header = header
    self.tree = tree
    self.parameters = parameters
  }
}

/// The state or its tree could not be read while a block was executed; see ``StateReader/isIntact``.
public struct StateUnreadable: Error, Equatable, Sendable {}

/// What a block does to the state below it.
public struct BlockEffects: Sendable {
  /// What the block changed, sorted by key.
  public let writes: [StateWrite]
  /// What the ledger did by itself at the block's beginning and end.
  public let endEvents: [Event]
  /// In force from the next block on.
  public let parameters: LedgerParameters
  /// What the consensus engine must change in its set of validators.
  public let validatorUpdates: [ValidatorUpdate]
  /// Root of the list tree over the results, the block's own events last.
  public let resultsRoot: Digest
}

/// A block that was executed: what to store, and the head it leads to.
public struct ExecutedBlock: Sendable {
  public let block: Block
  /// The transactions' identifiers, in the same order.
  public let ids: [Identifier<Transaction>]
  /// One result a transaction, in the same order.
  public let results: [TransactionResult]
  public let journal: BlockJournal
  /// What the block changed, sorted by key.
  public let writes: [StateWrite]
  /// What the writes change in the state's tree; its version is the block's height.
  public let treeUpdate: TreeUpdate
  /// What the consensus engine must change in its set of validators.
  public let validatorUpdates: [ValidatorUpdate]
  public let head: ChainHead

  /// What the ledger did by itself at the block's beginning and end.
  public var endEvents: [Event] { journal.endEvents }
}

extension BlockTime {
  /// The last time a block may have, near the year 100,000: no deadline after it overflows.
  public static let latest = BlockTime(milliseconds: 3_100_000_000_000_000)
}
