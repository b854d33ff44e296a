internal import CanonicalCoding
internal import Cryptography
public import Primitives

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
  /// - Precondition: `time` is later than the last header's, and not beyond ``BlockTime/latest``.
  public init(on previous: ChainHead, state base: any StateReader, time: BlockTime) {
    precondition(time > previous.header.time && time <= .latest, "block times rise to the latest")
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
    state.endBlock(at: time, height: height)
    let endEvents = state.takeEvents()
    let parameters = state.parameters ?? previous.parameters
    let isConserved = state.conservesSupply(over: base) && state.auditAnswerFees()
    guard state.isIntact else { throw StateUnreadable() }
    precondition(isConserved, "a block moves money, makes none, and hands fees out to the unit")

    let writes = state.overlay.writes
    let update: TreeUpdate
    do throws(TreeUnreadable) {
      update = try previous.tree.update(with: writes, version: height.number)
    } catch {
      throw StateUnreadable()
    }
    let ending = TransactionResult(code: 0, events: endEvents)
    let header = BlockHeader(
      chain: previous.header.chain, height: height, time: time,
      previous: previous.header.digest,
      transactionsRoot: MerkleTree(leaves: transactions.map(\.canonicalBytes)).root,
      resultsRoot: MerkleTree(leaves: (results + [ending]).map(\.canonicalBytes)).root,
      stateRoot: update.root)
    return ExecutedBlock(
      block: Block(header: header, transactions: transactions), results: results,
      endEvents: endEvents, writes: writes, treeUpdate: update,
      head: ChainHead(
        header: header, tree: previous.tree.applying(update), parameters: parameters))
  }
}
