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
public final class LedgerNode: Sendable {
  /// Of states before the last one that are kept if nobody says otherwise.
  public static let standardKeptHeights: UInt64 = 1000

  let application: LedgerApplication
  private let producer: BlockProducer
  private let blockInterval: Duration
  private let queue = TransactionQueue()
  private let doorbell: (rings: AsyncStream<Void>, ring: AsyncStream<Void>.Continuation)

  var chain: ChainStore { application.chain }

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
  /// - Throws: `importUnfinished`, `storageFailed`.
  public static func genesis(of store: KeyValueStore) throws(NodeFailure) -> Genesis? {
    let chain = ChainStore(store: store)
    try chain.refuseUnfinishedImport()
    return try chain.genesis()
  }

  /// Returns how long the blocks since the last call took, the latest few thousand at most.
  public func takeBlockTimings() -> [BlockTiming] { producer.timings.take() }

  /// Makes blocks while there is work, until the task is cancelled or the disk fails.
  ///
  /// Whoever still waits then is told that the node has stopped. Runs once.
  public func run() async throws {
    defer { queue.stop() }
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
    let offered = queue.takeBlock(room: producer.room)
    do {
      queue.settle(try await producer.makeBlock(of: offered))
    } catch {
      queue.fail(offered, with: ClientFailure(code: .storageFailed, message: "\(error)"))
      throw error
    }
    if !queue.isEmpty { doorbell.ring.yield() }
  }
}

extension LedgerNode: LedgerClient {
  public func submit(
    _ transaction: Transaction
  ) async throws(ClientFailure) -> TransactionOutcome {
    try await submit(canonicalBytes: transaction.canonicalBytes)
  }

  /// Takes a transaction as it came over a wire; see ``LedgerClient/submit(_:)``.
  ///
  /// Encoding and signature are checked on whatever thread is free.
  @concurrent
  public func submit(
    canonicalBytes bytes: [UInt8]
  ) async throws(ClientFailure) -> TransactionOutcome {
    let answer = await withCheckedContinuation { continuation in
      submit(canonicalBytes: bytes) { continuation.resume(returning: $0) }
    }
    return try answer.get()
  }

  /// Takes a transaction as it came over a wire, and tells `listener` once what became of it:
  /// at once if it is refused, or else when its block is on disk.
  ///
  /// Checks encoding and signature on the calling thread.
  public func submit(
    canonicalBytes bytes: [UInt8],
    listener: @escaping @Sendable (Result<TransactionOutcome, ClientFailure>) -> Void
  ) {
    do {
      let (checked, sequence) = try application.admissible(bytes)
      queue.add(checked, next: sequence, listener: listener)
      doorbell.ring.yield()
    } catch let rejection as Rejection {
      listener(.failure(ClientFailure(rejection)))
    } catch let failure as NodeFailure {
      listener(.failure(ClientFailure(failure)))
    } catch {
      listener(.failure(ClientFailure(code: .storageFailed, message: "\(error)")))
    }
  }
}
