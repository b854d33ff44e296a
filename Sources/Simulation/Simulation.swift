internal import CanonicalCoding
internal import Cryptography
public import Ledger
internal import Primitives

/// A chain on which a seed decides everything that happens, checked after every block.
///
/// The same seed gives the same blocks and the same state root in every process.
public struct Simulation: Sendable {
  /// Blocks from one export of the state to the next, and how many an import follows.
  static let exportInterval: UInt64 = 500
  static let followedBlocks: UInt64 = 5
  /// Blocks, a day apart, after the last message: more than any window or sequence of windows lasts.
  static let quietBlocks = 400

  public private(set) var report: SimulationReport
  var world: World
  /// Blocks from one check of the whole state to the next.
  var checkInterval: UInt64 = 1
  var checks: BlockChecks
  private var copy: SimulatedChain?

  public init(seed: UInt64) throws(GenesisError) {
    world = try World(seed: seed)
    checks = BlockChecks(world.chain.state)
    report = SimulationReport(seed: seed, stateRoot: world.chain.head.header.stateRoot)
  }

  /// Makes and checks this many blocks, lets everything end that was begun, then executes all of it
  /// again from genesis.
  /// - Throws: ``Violation``, the first promise that did not hold.
  /// - Complexity: about two transactions' work for each transaction, and a scan of the state for
  ///   each block.
  public mutating func run(blocks: UInt64) throws(Violation) {
    for _ in 0..<blocks { try step() }
    report.entries = world.chain.state.entries(withPrefix: [], after: nil, limit: .max).count
    do throws(Breach) {
      try settleDown()
      guard world.chain.replayedRoot() == report.stateRoot else {
        throw Breach("the same blocks lead to another state when executed again")
      }
    } catch {
      throw violation(error, height: world.chain.height, blocks: blocks)
    }
  }

  /// Lets time pass in which nobody does anything, until all that has an end must have come to it.
  private mutating func settleDown() throws(Breach) {
    for _ in 0..<Self.quietBlocks {
      try commit(try quietBlock())
    }
    let unfinished = world.chain.state.unfinished()
    guard unfinished.isEmpty else {
      throw Breach("long after: " + unfinished.joined(separator: "; "))
    }
  }

  /// Makes one block.
  mutating func step() throws(Violation) {
    let height = world.chain.height + 1
    let executed = try make(height: height)
    do throws(Breach) {
      try commit(executed)
      report.blocks += 1
    } catch {
      throw violation(error, height: height)
    }
  }

  /// The next block; its builder, which holds the state, is gone before the state changes.
  private mutating func make(height: UInt64) throws(Violation) -> ExecutedBlock {
    let (time, consensus) = (world.nextTime(), world.consensusReport())
    var builder = BlockBuilder(
      on: world.chain.head, state: world.chain.state, time: time, report: consensus)
    world.beginBlock(at: time)
    for _ in 0..<world.attemptCount() {
      do throws(Breach) {
        try attempt(on: &builder)
      } catch {
        throw violation(error, height: height, index: builder.transactionCount)
      }
    }
    guard let executed = try? builder.finish() else {
      throw violation(Breach("a state in memory is unreadable"), height: height)
    }
    return executed
  }

  private func quietBlock() throws(Breach) -> ExecutedBlock {
    let time = BlockTime(milliseconds: world.chain.time.milliseconds + 86_400_000)
    let builder = BlockBuilder(on: world.chain.head, state: world.chain.state, time: time)
    guard let executed = try? builder.finish() else {
      throw Breach("a state in memory is unreadable")
    }
    return executed
  }

  /// Lets somebody do something, in a transaction that may be wrong in itself.
  private mutating func attempt(on builder: inout BlockBuilder) throws(Breach) {
    guard let sent = world.send() else { return }
    let before = builder
    let checked: CheckedTransaction
    do throws(Rejection) {
      checked = try CheckedTransaction(canonicalBytes: sent.bytes)
    } catch {
      guard sent.isSpoiled else { throw Breach("a well-made transaction is refused: \(error)") }
      return report.add(error)
    }
    guard !sent.isAltered else { throw Breach("altered bytes have a signature that verifies") }
    try BlockChecks.checkCopy(checked.transaction, "a transaction")
    let result: TransactionResult
    do throws(Rejection) {
      result = try builder.add(checked)
    } catch {
      report.add(error)
      return try BlockChecks.checkRefused(before: before, after: builder)
    }
    guard !sent.isSpoiled else { throw Breach("a spoiled transaction stands in a block") }
    let content = checked.transaction.content
    report.add(content.message.kind, result)
    world.learn(from: sent, content, succeeded: result.rejection == nil)
    guard result.rejection == nil else {
      return try BlockChecks.checkRejected(content, before: before, after: builder, result: result)
    }
  }

  private mutating func commit(_ executed: ExecutedBlock) throws(Breach) {
    world.chain.commit(executed)
    try checks.follow(executed)
    if world.chain.height % checkInterval == 0 { try checks.checkState() }
    report.stateRoot = executed.head.header.stateRoot
    report.add(executed.endEvents)
    try followCopy()
  }

  /// Exports the state now and then, and lets the import execute the next few blocks too.
  private mutating func followCopy() throws(Breach) {
    let height = world.chain.height
    if var following = copy, let bytes = world.chain.blocks.last {
      guard following.follow(bytes) == world.chain.head.header else {
        throw Breach("an imported state goes on otherwise than the one it is of")
      }
      copy = height % Self.exportInterval < Self.followedBlocks ? following : nil
    }
    if height % Self.exportInterval == 0 {
      guard checks.state.isSame(as: world.chain.state) else {
        throw Breach("two copies of the state that follow the same writes differ")
      }
      copy = world.chain.imported(world.chain.exported())
      if copy == nil { throw Breach("an exported state has another root when imported") }
    }
  }

  private func violation(
    _ breach: Breach, height: UInt64, index: Int? = nil, blocks: UInt64? = nil
  ) -> Violation {
    Violation(
      seed: report.seed, height: height, index: index, blocks: blocks ?? height,
      promise: breach.promise)
  }
}
