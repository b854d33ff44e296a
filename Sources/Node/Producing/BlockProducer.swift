internal import CanonicalCoding
internal import ClientAPI
internal import Ledger
internal import Primitives
internal import Storage

/// Drives the application through one block after the other, as the only voter there is.
///
/// The order on disk is a consensus engine's: the block that was agreed on, synced; then, with the
/// commit, all that it changed. A process that ends between the two commits the block when it
/// starts again.
struct BlockProducer: Sendable {
  /// How much of the mempool one block takes.
  static let blockByteMaximum = 8 << 20
  /// One in so many of a block's bytes and places is for disputes alone.
  static let disputePart = 16

  let application: LedgerApplication
  let clock: @Sendable () -> BlockTime
  let timings = BlockTimings()

  /// Commits what was agreed on and not committed.
  func recover() throws(NodeFailure) {
    while let height = application.info().height?.next,
      let stored = try application.chain.proposal(at: height)
    {
      var transactions: [CheckedTransaction] = []
      for result in application.checkTransactions(stored.transactions.map(\.canonicalBytes)) {
        guard let checked = try? result.get() else {
          throw NodeFailure(
            code: .blockRefused, message: "block \(height.number) has a forged transaction")
        }
        transactions.append(checked)
      }
      _ = try application.finaliseBlock(
        ProposedBlock(
          height: stored.height, time: stored.time, previous: stored.previous,
          transactions: transactions, report: stored.report))
      try application.commit()
    }
  }

  /// Block times follow the clock, but always rise.
  private var nextTime: BlockTime {
    let last = application.head?.header.time.milliseconds ?? 0
    return max(clock(), BlockTime(milliseconds: last + 1))
  }

  /// What the next block has room for.
  var room: BlockRoom {
    let accounts = application.head?.parameters.accounts
    return BlockRoom(
      transactions: Block.transactionMaximum, sizeInBytes: Self.blockByteMaximum,
      gas: accounts?.blockGasMaximum ?? 0, ordinaryGas: accounts?.ordinaryGasMaximum ?? 0,
      ordinarySizeInBytes: Self.blockByteMaximum - Self.blockByteMaximum / Self.disputePart,
      ordinaryTransactions: Block.transactionMaximum - Block.transactionMaximum / Self.disputePart)
  }

  /// Whether the ledger has work of its own now.
  func isDeadlineDue() throws(NodeFailure) -> Bool {
    let state = application.committedState()
    let due = state.nextDeadline.map { $0 <= nextTime } ?? false
    try state.stored.check()
    return due
  }

  /// Makes one block of what is offered and what is due; none if there is neither.
  ///
  /// Runs on a thread of its own choice, so that transactions are taken in meanwhile.
  @concurrent
  func makeBlock(of offered: [CheckedTransaction]) async throws(NodeFailure) -> MadeBlock {
    let watch = ContinuousClock()
    let start = watch.now
    let prepared = try application.prepareProposal(offered, at: nextTime)
    let refused = prepared.refused.filter { $0.rejection.isFinal }
      .map { (id: offered[$0.index].id, rejection: $0.rejection) }
    let block = prepared.block
    let isWorthMaking = block.transactions.isEmpty ? try isDue(at: block.time) : true
    guard isWorthMaking else {
      return MadeBlock(
        outcomes: [], refused: refused, nextHeight: block.height, time: block.time)
    }
    let verdict = try application.processProposal(block)
    precondition(verdict == .accepted, "a proposer accepts its own block")
    let agreed = watch.now
    try application.chain.log(block)
    let logged = watch.now
    let finalised = try application.finaliseBlock(block)
    try application.commit()
    timings.add(
      BlockTiming(
        transactionCount: block.transactions.count, preparing: agreed - start,
        logging: logged - agreed, committing: watch.now - logged))
    let outcomes = block.transactions.indices.map { index in
      TransactionOutcome(
        id: block.transactions[index].id, height: block.height, index: UInt32(index),
        result: finalised.results[index])
    }
    return MadeBlock(
      outcomes: outcomes, refused: refused, nextHeight: block.height.next, time: block.time)
  }

  private func isDue(at time: BlockTime) throws(NodeFailure) -> Bool {
    let state = application.committedState()
    let due = state.nextDeadline.map { $0 <= time } ?? false
    try state.stored.check()
    return due
  }
}

/// What became of the transactions that were offered for a block.
struct MadeBlock: Sendable {
  /// Of those in the block, which is on disk.
  let outcomes: [TransactionOutcome]
  /// Those that may enter no block.
  let refused: [(id: Identifier<Transaction>, rejection: Rejection)]
  let nextHeight: Height
  let time: BlockTime
}

extension Rejection {
  /// Whether a later block could not take the transaction either.
  fileprivate var isFinal: Bool { self != .transaction(.blockFull) }
}
