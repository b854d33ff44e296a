import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct HistoryLawTests {
  /// Makes a random history of blocks, calling `check` after each.
  private func history(
    seed: UInt64, blocks: Int, on genesis: Genesis = .test,
    check: (TestChain, ExecutedBlock) throws -> Void
  ) throws -> TestChain {
    var chain = try TestChain(genesis)
    var history = RandomHistory(seed: seed)
    for _ in 0..<blocks {
      chain.stepInMilliseconds = 1 + history.generator.next(below: 4000)
      var builder = BlockBuilder(on: chain.head, state: chain.state, time: chain.nextTime)
      var ahead: [String: UInt64] = [:]
      for _ in 0..<history.generator.next(below: 8) {
        let draw = history.message(on: chain) {
          chain.sequence(of: $0) + ahead[$0.name, default: 0]
        }
        guard let (message, person) = draw else { continue }
        let transaction = chain.transaction(
          message, by: person, ahead: ahead[person.name, default: 0])
        let checked = try CheckedTransaction(canonicalBytes: transaction.canonicalBytes)
        if (try? builder.add(checked)) != nil { ahead[person.name, default: 0] += 1 }
      }
      let executed = chain.commit(try builder.finish())
      try check(chain, executed)
    }
    return chain
  }

  @Test(arguments: UInt64(0)..<6)
  func `after every block the books agree with slow ones, to the unit`(seed: UInt64) throws {
    var books = ReferenceBooks(.test)
    _ = try history(seed: seed, blocks: 100) { chain, executed in
      books.enter(executed)
      let state = chain.state
      #expect(state.auditSupply(), "seed \(seed)")
      #expect(state.auditAnswerFees(), "seed \(seed)")
      if executed.head.header.height.number.isMultiple(of: 10) {
        #expect(state.brokenInvariants() == [], "seed \(seed)")
      }
      let balances = Dictionary(
        uniqueKeysWithValues: state.allBalances().map { ($0.holder, $0.amount.baseUnits) })
      #expect(balances == books.balances.filter { $0.value > 0 }, "seed \(seed)")
    }
  }

  /// A chain whose held-out sets open by themselves soon, and whose unclaimed amounts lapse soon.
  private static let hasty = {
    var genesis = Genesis.test
    genesis.parameters.datanets.trainingWindow = Window(milliseconds: 40_000, blocks: 12)
    genesis.parameters.receipts.claimWindow = Window(milliseconds: 30_000, blocks: 20)
    return genesis
  }()

  /// What the seeds of the next law see together, so that it is not kept by histories in which
  /// nothing of it happens.
  private struct Sight {
    var opened = 0
    var withheld = 0
    var lapsed = 0
    var claimable = 0
    var most = Amount.zero

    mutating func add(_ executed: ExecutedBlock) {
      for event in executed.endEvents {
        switch event.kind {
        case .heldOutOpened: opened += 1
        case .heldOutWithheld: withheld += 1
        case .claimsLapsed: lapsed += 1
        default: break
        }
      }
    }
  }

  @Test
  func `whatever anybody leaves undone, contributors' money has an end, soon after its receipt`()
    throws
  {
    func waiting(on chain: TestChain) -> Amount {
      chain.state.allBalances().reduce(.zero) { sum, entry in
        switch entry.holder {
        case .contributorEscrow, .batchEscrow:
          Amount(baseUnits: sum.baseUnits + entry.amount.baseUnits)
        default: sum
        }
      }
    }
    /// Whether a run's contributors can claim, or never will.
    func isReleased(_ run: Identifier<Run>, on chain: TestChain) -> Bool {
      guard let epoch = chain.state.run(run)?.epoch,
        let release = chain.state.heldOut(of: epoch.datanet, epoch: epoch.epoch)?.release
      else { return false }
      return release.hasCome(at: chain.head.header.time, height: chain.head.header.height)
    }
    let windows = Self.hasty.parameters
    // A batch's window goes on beside the others.
    let untilClaims =
      windows.datanets.trainingWindow.blocks + windows.datanets.revealWindow.blocks
      + windows.receipts.challengeWindow.blocks
    // A second one if the first began before the release.
    let untilLapse = 2 * windows.receipts.claimWindow.blocks
    var sight = Sight()
    for seed in UInt64(0)..<12 {
      var chain = try history(seed: seed, blocks: 80, on: Self.hasty) { chain, executed in
        sight.add(executed)
        sight.most = max(sight.most, waiting(on: chain))
        if executed.head.header.height.number.isMultiple(of: 8) {
          #expect(chain.state.brokenInvariants() == [], "seed \(seed)")
        }
      }
      // No window is longer in seconds than these blocks are.
      chain.stepInMilliseconds = 40_000
      for _ in 0..<untilClaims { sight.add(try chain.block()) }
      for (holder, _) in chain.state.allBalances() {
        switch holder {
        case .batchEscrow: Issue.record("a batch is not final, seed \(seed)")
        case .contributorEscrow(let run):
          sight.claimable += 1
          #expect(isReleased(run, on: chain), "seed \(seed)")
        default: break
        }
      }
      for _ in 0..<untilLapse { sight.add(try chain.block()) }
      #expect(waiting(on: chain) == .zero, "seed \(seed)")
      #expect(chain.state.brokenInvariants() == [], "seed \(seed)")
    }
    #expect(sight.opened > 3 && sight.withheld > 3 && sight.lapsed > 3)
    #expect(sight.claimable > 0 && sight.most > .zero, "\(sight)")
  }

  @Test(arguments: UInt64(0)..<4)
  func `the slow books agree where sets open by themselves and are withheld`(seed: UInt64) throws {
    var genesis = Self.hasty
    genesis.parameters.receipts.claimWindow = Genesis.test.parameters.receipts.claimWindow
    var books = ReferenceBooks(genesis)
    _ = try history(seed: seed, blocks: 100, on: genesis) { chain, executed in
      books.enter(executed)
      let balances = Dictionary(
        uniqueKeysWithValues: chain.state.allBalances().map { ($0.holder, $0.amount.baseUnits) })
      #expect(balances == books.balances.filter { $0.value > 0 }, "seed \(seed)")
    }
  }

  @Test(arguments: UInt64(0)..<2)
  func `the journals carry every balance from genesis to the end`(seed: UInt64) throws {
    var balances: [Holder: Int128] = [:]
    for person in everyone { balances[.account(person.account)] = Int128(tokens(1000).baseUnits) }
    let chain = try history(seed: seed, blocks: 60) { _, executed in
      for movement in executed.journal.movements {
        balances[movement.from, default: 0] -= Int128(movement.amount.baseUnits)
        balances[movement.to, default: 0] += Int128(movement.amount.baseUnits)
      }
    }
    let ended = chain.state.allBalances().map { ($0.holder, Int128($0.amount.baseUnits)) }
    #expect(balances.filter { $0.value != 0 } == Dictionary(uniqueKeysWithValues: ended))
  }

  @Test(arguments: UInt64(0)..<3)
  func `replaying the blocks gives the same roots, and each root is that of the whole state`(
    seed: UInt64
  ) throws {
    let chain = try history(seed: seed, blocks: 40) { chain, executed in
      let all = chain.state.entries(withPrefix: [], after: nil, limit: .max)
      let fresh = SparseMerkleTree().updating(all.map { StateWrite(key: $0.key, value: $0.value) })
      #expect(fresh.root == executed.head.header.stateRoot, "seed \(seed)")
    }
    var (head, state) = try Genesis.test.start()
    for block in chain.blocks {
      let executed = try block.executed(on: head, state: state)
      head = executed.head
      state.apply(executed.writes)
    }
    #expect(head.header == chain.head.header, "seed \(seed)")
  }

  @Test(arguments: UInt64(0)..<4)
  func `no contribution is ever in wider use than before, and every promise of the state holds`(
    seed: UInt64
  ) throws {
    var uses: [Identifier<Contribution>: ContributionUse] = [:]
    _ = try history(seed: seed, blocks: 100) { chain, executed in
      let contributions = chain.state.records(
        in: .contributions, named: Identifier<Contribution>.self, as: ContributionRecord.self)
      for (id, record) in contributions {
        #expect(record.use >= uses[id] ?? .active, "seed \(seed)")
        uses[id] = record.use
      }
      #expect(chain.state.brokenInvariants() == [], "seed \(seed)")
    }
  }

  @Test func `the histories reach every message, and most subjects' rejections`() throws {
    var succeeded: Set<MessageKind> = []
    var rejected: Set<String> = []
    // Stake, votes, agents and disputes have histories of their own.
    let expected = Set(MessageKind.allCases.filter { ![6, 7, 8, 9].contains($0.rawValue >> 8) })
    for seed in UInt64(0)..<40 where succeeded != expected {
      _ = try history(seed: seed, blocks: 300) { _, executed in
        for (transaction, result) in zip(executed.block.transactions, executed.results) {
          if let rejection = result.rejection {
            rejected.insert(rejection.name)
          } else {
            succeeded.insert(transaction.content.message.kind)
          }
        }
      }
    }
    #expect(succeeded == expected, "\(expected.subtracting(succeeded))")
    #expect(rejected.count >= 12, "\(rejected.sorted())")
  }
}
