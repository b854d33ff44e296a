internal import CanonicalCoding
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

/// The state could not be read while a block was executed; see ``StateReader/isIntact``.
public struct StateUnreadable: Error, Equatable, Sendable {}

/// A block that was executed: what to store, and the head it leads to.
public struct ExecutedBlock: Sendable {
  public let block: Block
  /// One result a transaction, in the same order.
  public let results: [TransactionResult]
  /// What the ledger did by itself at the block's end.
  public let endEvents: [Event]
  /// What the block changed, sorted by key.
  public let writes: [StateWrite]
  public let head: ChainHead
}

/// Executes one block on top of a chain, transaction by transaction.
///
/// A producer adds what its mempool holds and skips what is rejected; a follower adds a block's
/// transactions and refuses the block if any is rejected. Both then ``finish()``.
public struct BlockBuilder: Sendable {
  public let height: Height
  public let time: BlockTime
  private let previous: ChainHead
  private let base: any StateReader
  private var state: LedgerState
  private var transactions: [Transaction] = []
  private var results: [TransactionResult] = []

  /// Starts the block after `previous`, whose state `base` reads.
  ///
  /// - Precondition: `time` is later than the last header's and before the year 100,000.
  public init(on previous: ChainHead, state base: any StateReader, time: BlockTime) {
    precondition(time > previous.header.time, "block times rise")
    precondition(time.milliseconds < 3_100_000_000_000_000, "deadlines stay within 64 bits")
    self.previous = previous
    self.base = base
    self.time = time
    height = previous.header.height.next
    state = LedgerState(over: base)
  }

  public var transactionCount: Int { transactions.count }

  /// Executes one more transaction.
  ///
  /// A message that the rules reject is included all the same: it pays its fee, and its result
  /// carries the code.
  ///
  /// - Throws: a ``TransactionRejection`` if the transaction can't be included; then nothing has
  ///   changed.
  @discardableResult
  public mutating func add(
    _ checked: CheckedTransaction
  ) throws(Rejection) -> TransactionResult {
    precondition(transactions.count < Block.transactionMaximum, "a block has room for more")
    let content = checked.transaction.content
    let context = BlockContext(
      chain: previous.header.chain, parameters: previous.parameters, height: height, time: time,
      index: UInt32(transactions.count), signer: content.signer, sequence: content.sequence)
    try state.admit(content, in: context)
    var attempt = LedgerState(over: state)
    var code: UInt32 = 0
    do {
      try attempt.apply(content.message, in: context)
      state.absorb(attempt)
    } catch {
      code = error.code
    }
    let result = TransactionResult(code: code, events: state.takeEvents())
    transactions.append(checked.transaction)
    results.append(result)
    return result
  }

  /// Does what is due at the block's end, checks the invariants and closes the block.
  ///
  /// - Throws: ``StateUnreadable`` if the state's medium failed on the way.
  public consuming func finish() throws(StateUnreadable) -> ExecutedBlock {
    state.runDueActions(at: time, height: height)
    let endEvents = state.takeEvents()
    let parameters = state.parameters ?? previous.parameters
    let isConserved = state.conservesSupply(over: base) && state.auditAnswerFees()
    guard state.isIntact else { throw StateUnreadable() }
    precondition(isConserved, "a block moves money, makes none, and hands fees out to the unit")

    let writes = state.overlay.writes
    let tree = previous.tree.updating(writes)
    let ending = TransactionResult(code: 0, events: endEvents)
    let header = BlockHeader(
      chain: previous.header.chain, height: height, time: time,
      previous: previous.header.digest,
      transactionsRoot: MerkleTree(leaves: transactions.map(\.canonicalBytes)).root,
      resultsRoot: MerkleTree(leaves: (results + [ending]).map(\.canonicalBytes)).root,
      stateRoot: tree.root)
    return ExecutedBlock(
      block: Block(header: header, transactions: transactions), results: results,
      endEvents: endEvents, writes: writes,
      head: ChainHead(header: header, tree: tree, parameters: parameters))
  }
}
