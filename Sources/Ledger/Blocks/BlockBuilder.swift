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
  private var ids: [Identifier<Transaction>] = []
  private var transactionLeaves: [Digest] = []
  private var results: [TransactionResult] = []
  /// Of all transactions so far, and of those that are no disputes.
  private var gas: (all: UInt64, ordinary: UInt64) = (0, 0)
  private var journal = BlockJournal()
  private let report: ConsensusReport
  // What the report brought about; told with the block's end, as no transaction's.
  private let reportEvents: [Event]

  /// Starts the block after `previous`, whose state `base` reads.
  ///
  /// What the consensus engine reports with the block is judged at once.
  ///
  /// - Precondition: `time` is later than the last header's, and not beyond ``BlockTime/latest``.
  public init(
    on previous: ChainHead, state base: any StateReader, time: BlockTime,
    report: ConsensusReport = .none
  ) {
    precondition(time > previous.header.time && time <= .latest, "block times rise to the latest")
    self.previous = previous
    self.base = base
    self.time = time
    height = previous.header.height.next
    self.report = report
    state = LedgerState(over: base)
    state.lottery = previous.header.digest
    state.beginBlock(report, at: Moment(time: time, height: height), previous.parameters)
    reportEvents = state.takeEvents()
    journal.bookBeginning(state.takeMovements())
  }

  public var transactionCount: Int { transactions.count }

  /// Executes one more transaction.
  ///
  /// A message that the rules reject is included all the same: it pays its fee, and its result
  /// carries the code.
  ///
  /// - Throws: a ``TransactionRejection`` if the transaction can't be included; then nothing has
  ///   changed. After `transaction_block_full`, a later block may take it.
  @discardableResult
  public mutating func add(
    _ checked: CheckedTransaction
  ) throws(Rejection) -> TransactionResult {
    precondition(transactions.count < Block.transactionMaximum, "a block has room for more")
    let content = checked.transaction.content
    let context = BlockContext(
      chain: previous.header.chain, parameters: previous.parameters, height: height, time: time,
      index: UInt32(transactions.count), signer: content.signer, ordering: content.ordering)
    let gas = try gasIncluding(checked)
    try state.admit(checked, in: context)
    self.gas = gas
    var code: UInt32 = 0
    do throws(Rejection) {
      try state.attempt { attempt throws(Rejection) in
        try attempt.apply(content.message, in: context)
      }
    } catch {
      code = error.code
    }
    let result = TransactionResult(code: code, events: state.takeEvents())
    transactions.append(checked.transaction)
    ids.append(checked.id)
    transactionLeaves.append(checked.leafHash)
    results.append(result)
    journal.book(state.takeMovements())
    return result
  }

  /// The gas of the block with one more transaction, if it has room for it.
  private func gasIncluding(
    _ checked: CheckedTransaction
  ) throws(Rejection) -> (all: UInt64, ordinary: UInt64) {
    let accounts = previous.parameters.accounts
    let isDispute = checked.transaction.content.message.kind.isDispute
    let all = gas.all + checked.gas
    let ordinary = gas.ordinary + (isDispute ? 0 : checked.gas)
    guard all <= accounts.blockGasMaximum, ordinary <= accounts.ordinaryGasMaximum else {
      throw .transaction(.blockFull)
    }
    return (all, ordinary)
  }

  /// Does what is due at the block's end, checks the invariants and closes the block.
  ///
  /// - Throws: ``StateUnreadable`` if the state's medium failed on the way.
  public consuming func finish() throws(StateUnreadable) -> ExecutedBlock {
    let effects = try end()
    let update: TreeUpdate
    do throws(TreeUnreadable) {
      update = try previous.tree.update(with: effects.writes, version: height.number)
    } catch {
      throw StateUnreadable()
    }
    let header = BlockHeader(
      chain: previous.header.chain, height: height, time: time,
      previous: previous.header.digest,
      transactionsRoot: MerkleTree(leafHashes: transactionLeaves).root,
      resultsRoot: effects.resultsRoot, stateRoot: update.root, report: report.digest)
    return ExecutedBlock(
      block: Block(header: header, transactions: transactions, report: report),
      ids: ids, results: results, journal: journal, writes: effects.writes,
      treeUpdate: update, validatorUpdates: effects.validatorUpdates,
      head: ChainHead(
        header: header, tree: previous.tree.applying(update), parameters: effects.parameters))
  }

  /// The part of ``finish()`` that comes before the state's tree: what benchmarks of the rules
  /// alone measure.
  public consuming func effects() throws(StateUnreadable) -> BlockEffects { try end() }

  private mutating func end() throws(StateUnreadable) -> BlockEffects {
    state.endBlock(at: time, height: height)
    let endEvents = reportEvents + state.takeEvents()
    journal.bookEnding(state.takeMovements())
    journal.endEvents = endEvents
    let parameters = state.parameters ?? previous.parameters
    let writes = state.overlay.writes
    let isConserved = base.conservesSupply(under: writes) && state.auditAnswerFees()
    guard state.isIntact else { throw StateUnreadable() }
    precondition(isConserved, "a block moves money, makes none, and hands fees out to the unit")
    let ending = TransactionResult(code: 0, events: endEvents)
    return BlockEffects(
      writes: writes, endEvents: endEvents, parameters: parameters,
      validatorUpdates: base.activeSet.updates(to: state.activeSet),
      resultsRoot: MerkleTree(leaves: (results + [ending]).lazy.map(\.canonicalBytes)).root)
  }
}
