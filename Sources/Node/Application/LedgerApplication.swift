internal import Cryptography
public import Ledger
public import Primitives
public import Storage
internal import Synchronization

/// The ledger as a consensus engine drives it: the calls of ABCI 2.0 under their names.
///
/// A driver calls ``prepareProposal(_:at:report:)``, ``processProposal(_:)``, ``finaliseBlock(_:)``
/// and ``commit()`` one after the other; the first two may repeat or never come. Transactions are
/// checked and state is queried on any thread meanwhile, against what is committed. Only the
/// commit changes what ``info()`` says and what a restart finds.
public final class LedgerApplication: Sendable {
  /// What the consensus calls share.
  private struct Consensus {
    var head: ChainHead?
    var candidates = BlockCandidates()
    var finalised: Digest?
  }

  let chain: ChainStore
  private let checker = TransactionChecker()
  private let cache = StateCache()
  private let consensus: Mutex<Consensus>
  // Apart from what the consensus calls share, which they hold while they execute and write.
  private let committed: Mutex<ChainHead?>

  /// Opens what `store` holds, which may be no chain yet.
  ///
  /// - Parameter keptHeights: how many heights before the last one stay readable and provable.
  /// - Throws: ``NodeFailure`` if it holds a damaged one.
  public init(
    store: KeyValueStore, keptHeights: UInt64 = LedgerNode.standardKeptHeights
  ) throws(NodeFailure) {
    chain = ChainStore(store: store, keptHeights: keptHeights)
    let head = try chain.open()
    consensus = Mutex(Consensus(head: head))
    committed = Mutex(head)
  }

  /// What is committed.
  public func info() -> ApplicationInfo {
    let header = head?.header
    return ApplicationInfo(height: header?.height, stateRoot: header?.stateRoot ?? .zero)
  }

  /// Begins the chain; again with the same genesis, as long as no block is committed.
  ///
  /// - Returns: the root of the first state.
  /// - Throws: `invalidGenesis`, `genesisMismatch`, `storageFailed`.
  @discardableResult
  public func initChain(_ genesis: Genesis) throws(NodeFailure) -> Digest {
    if let header = head?.header {
      guard header.chain == genesis.chain else {
        throw NodeFailure(
          code: .genesisMismatch,
          message: "the folder holds chain \(header.chain), the genesis starts \(genesis.chain)")
      }
      return header.stateRoot
    }
    let head = try chain.begin(genesis)
    cache.warm(from: committedState().stored)
    consensus.withLock { $0.head = head }
    committed.withLock { $0 = head }
    return head.header.stateRoot
  }

  /// The last committed block's head.
  ///
  /// Never waits for a block under way.
  var head: ChainHead? { committed.withLock { $0 } }

  /// The committed state, read through the cache; it moves on with every commit.
  func committedState() -> CachedState {
    CachedState(stored: StoredState(chain.store), cache: cache)
  }

  // MARK: Transactions

  /// Reads a transaction and checks all that can be said of it without the others that wait.
  ///
  /// - Throws: a ``TransactionRejection``.
  public func checkTransaction(_ bytes: [UInt8]) throws(Rejection) -> CheckedTransaction {
    try checker.check(bytes)
  }

  /// Checks a transaction by itself and against the committed state; its place among those of its
  /// account is for the mempool to judge.
  ///
  /// - Throws: a ``Rejection``, or a ``NodeFailure`` if the state can't be read.
  func admissible(
    _ bytes: [UInt8]
  ) throws -> (checked: CheckedTransaction, nextSequence: UInt64) {
    let checked = try checkTransaction(bytes)
    guard let head else { throw NodeFailure.noChain }
    let state = committedState()
    let waiting = state.waiting(
      checked, on: head.header.chain, parameters: head.parameters.accounts,
      height: head.header.height.next)
    try state.stored.check()
    if let rejection = waiting.rejection { throw rejection }
    return (checked, waiting.nextSequence)
  }

  /// Checks a block's transactions on all cores; those checked before cost a look-up.
  public func checkTransactions(
    _ list: [[UInt8]]
  ) -> [Result<CheckedTransaction, Rejection>] { checker.checkAll(list) }

  // MARK: Blocks

  /// Builds a block of what is offered, in its order, leaving out what may not enter it.
  ///
  /// - Parameters:
  ///   - time: later than the last block's.
  ///   - report: what the engine says of the block before.
  /// - Returns: the proposal; its block is empty if nothing may enter.
  public func prepareProposal(
    _ offered: [CheckedTransaction], at time: BlockTime, report: ConsensusReport = .none
  ) throws(NodeFailure) -> PreparedProposal {
    try withConsensus { (consensus, head) throws(NodeFailure) in
      let state = committedState()
      var builder = BlockBuilder(on: head, state: state, time: time, report: report)
      var included: [CheckedTransaction] = []
      var refused: [(index: Int, rejection: Rejection)] = []
      for (index, checked) in offered.prefix(Block.transactionMaximum).enumerated() {
        do throws(Rejection) {
          try builder.add(checked)
          included.append(checked)
        } catch {
          refused.append((index, error))
        }
      }
      let block = ProposedBlock(
        height: builder.height, time: time, previous: head.header.digest, transactions: included,
        report: report)
      consensus.candidates.keep(try finish(builder, over: state), for: block.digest)
      return PreparedProposal(
        block: block, refused: refused, considered: min(offered.count, Block.transactionMaximum))
    }
  }

  /// Says whether a proposed block may be voted for: the same on every machine, and yes for every
  /// block that an honest proposer prepared.
  public func processProposal(
    _ block: ProposedBlock
  ) throws(NodeFailure) -> ProposalVerdict {
    try withConsensus { (consensus, head) throws(NodeFailure) in
      do {
        _ = try execute(block, on: head, keeping: &consensus.candidates)
        return .accepted
      } catch let error as BlockError {
        return .refused(error)
      } catch let failure as NodeFailure {
        throw failure
      } catch {
        preconditionFailure("executing throws its own errors")
      }
    }
  }

  /// Executes the block that was agreed on; the same answer however often it is asked.
  ///
  /// - Throws: `blockRefused` if it can't follow the committed one, which agreement rules out.
  public func finaliseBlock(_ block: ProposedBlock) throws(NodeFailure) -> FinalisedBlock {
    try withConsensus { (consensus, head) throws(NodeFailure) in
      let executed: ExecutedBlock
      do {
        executed = try execute(block, on: head, keeping: &consensus.candidates)
      } catch let failure as NodeFailure {
        throw failure
      } catch {
        throw NodeFailure(
          code: .blockRefused, message: "block \(block.height.number) does not follow: \(error)")
      }
      consensus.finalised = block.digest
      return FinalisedBlock(
        header: executed.block.header, results: executed.results, endEvents: executed.endEvents,
        validatorUpdates: executed.validatorUpdates)
    }
  }

  /// Puts the finalised block's state, header and outcomes on disk, whole or not at all.
  ///
  /// - Returns: the committed header.
  /// - Precondition: a block was finalised since the last commit.
  @discardableResult
  public func commit() throws(NodeFailure) -> BlockHeader {
    try withConsensus { (consensus, head) throws(NodeFailure) in
      guard let digest = consensus.finalised, let executed = consensus.candidates[digest] else {
        preconditionFailure("a commit follows a finalised block")
      }
      try onDisk { () throws(StorageFailure) in try chain.save(executed) }
      cache.advance(by: executed.writes)
      consensus = Consensus(head: executed.head)
      committed.withLock { $0 = executed.head }
      return executed.block.header
    }
  }

  private func withConsensus<Value: Sendable>(
    _ body: (inout sending Consensus, ChainHead) throws(NodeFailure) -> sending Value
  ) throws(NodeFailure) -> Value {
    try consensus.withLock { (consensus) throws(NodeFailure) in
      guard let head = consensus.head else {
        throw NodeFailure.noChain
      }
      return try body(&consensus, head)
    }
  }

  /// Executes a block unless that was done before, and keeps the result.
  private func execute(
    _ block: ProposedBlock, on head: ChainHead, keeping candidates: inout BlockCandidates
  ) throws -> ExecutedBlock {
    if let executed = candidates[block.digest] { return executed }
    guard block.height == head.header.height.next, block.previous == head.header.digest else {
      throw BlockError.headerMismatch
    }
    guard block.time > head.header.time, block.time <= .latest else {
      throw BlockError.timeOutOfBounds
    }
    guard block.transactions.count <= Block.transactionMaximum else {
      throw BlockError.headerMismatch
    }
    let state = committedState()
    var builder = BlockBuilder(
      on: head, state: state, time: block.time, report: block.report)
    for (index, checked) in block.transactions.enumerated() {
      do throws(Rejection) {
        try builder.add(checked)
      } catch {
        throw BlockError.transactionRejected(index: index, error)
      }
    }
    let executed = try finish(builder, over: state)
    candidates.keep(executed, for: block.digest)
    return executed
  }

  private func finish(
    _ builder: consuming BlockBuilder, over state: CachedState
  ) throws(NodeFailure) -> ExecutedBlock {
    do throws(StateUnreadable) {
      return try builder.finish()
    } catch {
      try state.stored.check()
      try chain.nodes.check()
      preconditionFailure("only a failed read makes a state unreadable")
    }
  }
}

extension NodeFailure {
  fileprivate static let noChain = NodeFailure(
    code: .invalidGenesis, message: "no chain has begun")
}
