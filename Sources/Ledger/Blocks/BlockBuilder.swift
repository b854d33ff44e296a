internal import CanonicalCoding
public import Cryptography
public import Primitives

/// A chain at one height: its last header and its state's tree.
///
/// The state itself comes as a ``StateReader``.
public struct ChainHead: Sendable {
  public let header: BlockHeader
  public let tree: SparseMerkleTree

  /// Takes a tree over the state that `header` commits to.
  public init(header: BlockHeader, tree: SparseMerkleTree) {
    precondition(header.stateRoot == tree.root, "the tree is of the header's state")
    self.header = header
    self.tree = tree
  }
}

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
  private let parameters: LedgerParameters
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
    parameters = state.parameters
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
    try state.admit(content, at: height, under: parameters)
    let context = BlockContext(
      chain: previous.header.chain, height: height, time: time, index: UInt32(transactions.count),
      signer: content.signer, sequence: content.sequence)
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
  public consuming func finish() -> ExecutedBlock {
    state.runDueActions(at: time, height: height)
    let endEvents = state.takeEvents()
    precondition(state.conservesSupply(over: base), "a block moves money and makes none")
    precondition(state.auditAnswerFees(), "answer fees are handed out to the last unit")

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
      endEvents: endEvents, writes: writes, head: ChainHead(header: header, tree: tree))
  }
}
