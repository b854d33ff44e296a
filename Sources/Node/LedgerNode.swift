internal import CanonicalCoding
public import ClientAPI
public import Ledger
public import Primitives
public import Storage

/// A chain of one producer: takes transactions, makes blocks, keeps them.
///
/// A submitted transaction is answered once its block is on disk. Reading goes to the store at its
/// latest block and never waits for the producer. The producer drives the ``LedgerApplication`` as
/// a consensus engine would, whose only voter it is.
public actor LedgerNode {
  /// Of states before the last one that are kept if nobody says otherwise.
  public static let standardKeptHeights: UInt64 = 1000

  nonisolated let application: LedgerApplication
  private nonisolated let producer: BlockProducer
  private let blockInterval: Duration
  private var mempool = Mempool()
  private var waiting: [Identifier<Transaction>: Waiting] = [:]
  private var isStopped = false
  private nonisolated let doorbell: (rings: AsyncStream<Void>, ring: AsyncStream<Void>.Continuation)

  nonisolated var chain: ChainStore { application.chain }

  /// Opens the chain that `genesis` starts, in a store that this node alone writes.
  ///
  /// A block that was agreed on but not committed before the last process ended is committed now.
  ///
  /// - Parameters:
  ///   - blockInterval: the least time from one block's beginning to the next one's.
  ///   - keptHeights: how many heights before the last one stay readable and provable.
  ///   - clock: what block times follow, as long as they rise.
  /// - Throws: ``NodeFailure`` if the store holds another chain or a damaged one.
  public init(
    store: KeyValueStore, genesis: Genesis, blockInterval: Duration = .milliseconds(200),
    keptHeights: UInt64 = LedgerNode.standardKeptHeights,
    clock: @escaping @Sendable () -> BlockTime = { .now() }
  ) throws(NodeFailure) {
    application = try LedgerApplication(store: store, keptHeights: keptHeights)
    try application.initChain(genesis)
    producer = BlockProducer(application: application, clock: clock)
    try producer.recover()
    self.blockInterval = blockInterval
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
    let clock = ContinuousClock()
    for await _ in doorbell.rings {
      let start = clock.now
      try await makeBlock()
      try await clock.sleep(until: start + blockInterval)
    }
  }

  /// Rings when the ledger has work of its own.
  private func watchDeadlines() async throws {
    while true {
      if try producer.isDeadlineDue() { doorbell.ring.yield() }
      try await Task.sleep(for: blockInterval)
    }
  }

  /// Makes one block of what waits and what is due; none if there is neither.
  private func makeBlock() async throws {
    let chosen = mempool.takeBlock(room: producer.room)
    let offered = chosen.compactMap { waiting[$0.id]?.checked }
    do {
      let made = try await producer.makeBlock(of: offered)
      settle(made)
    } catch {
      let failure = ClientFailure(code: .storageFailed, message: "\(error)")
      for checked in offered { resolve(checked.id, .failure(failure)) }
      throw error
    }
    if !mempool.isEmpty { doorbell.ring.yield() }
  }

  /// Answers everyone whose transaction is in the block, or in none any more.
  private func settle(_ made: MadeBlock) {
    let gone = mempool.endBlock(
      included: made.outcomes.map(\.id), refused: made.refused.map(\.id))
    for outcome in made.outcomes { resolve(outcome.id, .success(outcome)) }
    for (id, rejection) in made.refused {
      resolve(id, .failure(ClientFailure(rejection)))
    }
    for id in gone { resolve(id, .failure(ClientFailure(.transaction(.wrongSequence)))) }
    for id in mempool.expire(before: made.nextHeight, time: made.time) {
      resolve(id, .failure(ClientFailure(.transaction(.expired))))
    }
  }

  private func resolve(_ id: Identifier<Transaction>, _ answer: Waiting.Answer) {
    waiting.removeValue(forKey: id)?.resolve(answer)
  }

  /// Takes a transaction in and waits for its outcome.
  private func enqueue(_ checked: CheckedTransaction, next sequence: UInt64) async -> Waiting.Answer
  {
    await withCheckedContinuation { continuation in
      admit(checked, next: sequence) { continuation.resume(returning: $0) }
    }
  }

  private func admit(
    _ checked: CheckedTransaction, next sequence: UInt64,
    listener: @escaping @Sendable (Waiting.Answer) -> Void
  ) {
    guard !isStopped else {
      return listener(.failure(ClientFailure(code: .stopped, message: "the node has stopped")))
    }
    switch mempool.add(MempoolEntry(checked), next: sequence) {
    case .waits(let evicted, let replaced):
      waiting[checked.id] = Waiting(checked: checked, listeners: [listener])
      if let replaced { resolve(replaced, .failure(ClientFailure(.transaction(.wrongSequence)))) }
      for id in evicted {
        resolve(
          id, .failure(ClientFailure(code: .busy, message: "better paying transactions came")))
      }
      doorbell.ring.yield()
    case .waitsAlready:
      guard let count = waiting[checked.id]?.listeners.count, count < Waiting.listenerMaximum else {
        return listener(.failure(.mempoolFull))
      }
      waiting[checked.id]?.listeners.append(listener)
    case .refused(.wrongSequence), .refused(.replacementTooCheap):
      listener(.failure(ClientFailure(.transaction(.wrongSequence))))
    case .refused(.full), .refused(.accountFull):
      listener(.failure(.mempoolFull))
    }
  }

  private func stop() {
    isStopped = true
    mempool.removeAll()
    let failure = ClientFailure(code: .stopped, message: "the node stopped before the block")
    for one in waiting.values { one.resolve(.failure(failure)) }
    waiting = [:]
  }
}

extension LedgerNode: LedgerClient {
  public nonisolated func submit(
    _ transaction: Transaction
  ) async throws(ClientFailure) -> TransactionOutcome {
    try await submit(canonicalBytes: transaction.canonicalBytes)
  }

  /// Takes a transaction as it came over a wire; see ``LedgerClient/submit(_:)``.
  ///
  /// Encoding and signature are checked on whatever thread is free, never the node's own.
  @concurrent
  public nonisolated func submit(
    canonicalBytes bytes: [UInt8]
  ) async throws(ClientFailure) -> TransactionOutcome {
    let checked: CheckedTransaction
    let sequence: UInt64
    do {
      (checked, sequence) = try application.admissible(bytes)
    } catch let rejection as Rejection {
      throw ClientFailure(rejection)
    } catch let failure as NodeFailure {
      throw ClientFailure(failure)
    } catch {
      throw ClientFailure(code: .storageFailed, message: "\(error)")
    }
    return try await enqueue(checked, next: sequence).get()
  }
}

extension ClientFailure {
  fileprivate static let mempoolFull = ClientFailure(
    code: .busy, message: "too many transactions are waiting; try again")
}
