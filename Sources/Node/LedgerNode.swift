internal import CanonicalCoding
public import ClientAPI
public import Ledger
public import Primitives
public import Storage

/// A chain of one producer: takes transactions, makes blocks, keeps them.
///
/// A submitted transaction is answered once its block is on disk. Reading goes to the store at its
/// latest block and never waits for the producer.
public actor LedgerNode {
  /// Of states before the last one that are kept if nobody says otherwise.
  public static let standardKeptHeights: UInt64 = 1000

  nonisolated let chain: ChainStore
  private let blockInterval: Duration
  private let clock: @Sendable () -> BlockTime
  private var head: ChainHead
  private var mempool = Mempool()
  private var isStopped = false
  private nonisolated let doorbell: (rings: AsyncStream<Void>, ring: AsyncStream<Void>.Continuation)

  /// Opens the chain that `genesis` starts, in a store that this node alone writes.
  ///
  /// - Parameters:
  ///   - blockInterval: the least time between two blocks.
  ///   - keptHeights: how many heights before the last one stay readable and provable.
  ///   - clock: what block times follow, as long as they rise.
  /// - Throws: ``NodeFailure`` if the store holds another chain or a damaged one.
  public init(
    store: KeyValueStore, genesis: Genesis, blockInterval: Duration = .milliseconds(200),
    keptHeights: UInt64 = LedgerNode.standardKeptHeights,
    clock: @escaping @Sendable () -> BlockTime = { .now() }
  ) throws(NodeFailure) {
    chain = ChainStore(store: store, keptHeights: keptHeights)
    head = try chain.open(genesis)
    self.blockInterval = blockInterval
    self.clock = clock
    // One ring is enough: a block takes all that waits.
    let (rings, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    doorbell = (rings, ring)
  }

  /// The genesis a store was begun with, to open it again; nil if the store is empty.
  public static func genesis(of store: KeyValueStore) throws(NodeFailure) -> Genesis? {
    try ChainStore(store: store).genesis()
  }

  /// Makes blocks while there is work, until the task is cancelled or the disk fails.
  ///
  /// Whoever still waits then is told that the node has stopped. Runs once.
  public func run() async throws {
    defer { stop() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.makeBlocks() }
      group.addTask { try await self.watchDeadlines() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func makeBlocks() async throws {
    for await _ in doorbell.rings {
      try makeBlock()
      try await Task.sleep(for: blockInterval)
    }
  }

  /// Rings when the ledger has work of its own.
  private func watchDeadlines() async throws {
    while true {
      if try isDeadlineDue() { doorbell.ring.yield() }
      try await Task.sleep(for: blockInterval)
    }
  }

  private func isDeadlineDue() throws -> Bool {
    let state = StoredState(chain.store)
    let due = state.nextDeadline.map { $0 <= nextTime } ?? false
    try state.check()
    return due
  }

  /// Block times follow the clock, but always rise.
  private var nextTime: BlockTime {
    max(clock(), BlockTime(milliseconds: head.header.time.milliseconds + 1))
  }

  /// Makes one block of what waits and what is due; none if there is neither.
  private func makeBlock() throws {
    let pending = mempool.takeBlock(gas: head.parameters.accounts.ordinaryGasMaximum)
    do {
      try execute(pending)
    } catch {
      let failure = ClientFailure(code: .storageFailed, message: "\(error)")
      for one in pending { one.resolve(.failure(failure)) }
      throw error
    }
    if !mempool.isEmpty { doorbell.ring.yield() }
  }

  private func execute(_ pending: [PendingTransaction]) throws(NodeFailure) {
    let state = StoredState(
      try onDisk { () throws(StorageFailure) in try chain.store.snapshot() })
    var builder = BlockBuilder(on: head, state: state, time: nextTime)
    var included: [PendingTransaction] = []
    var rejected: [(pending: PendingTransaction, rejection: Rejection)] = []
    for one in pending {
      do {
        try builder.add(one.checked)
        included.append(one)
      } catch {
        rejected.append((one, error))
      }
    }
    let isDue = state.nextDeadline.map { $0 <= builder.time } ?? false
    try state.check()
    if !included.isEmpty || isDue {
      let executed = try finish(builder, over: state)
      try onDisk { () throws(StorageFailure) in try chain.save(executed) }
      head = executed.head
      answer(included, from: executed)
    }
    for (one, rejection) in rejected { one.resolve(.failure(ClientFailure(rejection))) }
  }

  private func finish(
    _ builder: consuming BlockBuilder, over state: StoredState
  ) throws(NodeFailure) -> ExecutedBlock {
    do throws(StateUnreadable) {
      return try builder.finish()
    } catch {
      try state.check()
      try chain.nodes.check()
      preconditionFailure("only a failed read makes a state unreadable")
    }
  }

  private func answer(_ included: [PendingTransaction], from executed: ExecutedBlock) {
    for (index, one) in included.enumerated() {
      one.resolve(
        .success(
          TransactionOutcome(
            id: one.checked.id, height: executed.block.header.height, index: UInt32(index),
            result: executed.results[index])))
    }
  }

  /// Takes a transaction in and waits for its outcome.
  private func enqueue(
    _ checked: CheckedTransaction
  ) async -> Result<TransactionOutcome, ClientFailure> {
    await withCheckedContinuation { continuation in
      let pending = PendingTransaction(checked: checked) { continuation.resume(returning: $0) }
      if let failure = admit(pending) { pending.resolve(.failure(failure)) }
    }
  }

  private func admit(_ pending: PendingTransaction) -> ClientFailure? {
    guard !isStopped else {
      return ClientFailure(code: .stopped, message: "the node has stopped")
    }
    let content = pending.checked.transaction.content
    if let number = content.sequence {
      let state = StoredState(chain.store)
      let next =
        mempool.nextSequence(of: content.signer) ?? state.account(content.signer)?.sequence ?? 0
      if let failure = state.failure { return ClientFailure(failure) }
      guard number == next else { return ClientFailure(.transaction(.wrongSequence)) }
    }
    guard mempool.add(pending) else {
      return ClientFailure(code: .busy, message: "too many transactions are waiting; try again")
    }
    doorbell.ring.yield()
    return nil
  }

  private func stop() {
    isStopped = true
    let failure = ClientFailure(code: .stopped, message: "the node stopped before the block")
    for one in mempool.takeAll() { one.resolve(.failure(failure)) }
  }
}

extension LedgerNode: LedgerClient {
  public nonisolated func submit(
    _ transaction: Transaction
  ) async throws(ClientFailure) -> TransactionOutcome {
    let checked: CheckedTransaction
    do throws(Rejection) {
      checked = try CheckedTransaction(canonicalBytes: transaction.canonicalBytes)
    } catch {
      throw ClientFailure(error)
    }
    return try await enqueue(checked).get()
  }
}
