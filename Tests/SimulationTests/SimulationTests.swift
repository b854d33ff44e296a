import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@testable import Simulation

@Suite struct SimulationTests {
  @Test func `the same seed gives the same chain, another seed another`() throws {
    func root(_ seed: UInt64) throws -> Digest {
      var simulation = try Simulation(seed: seed)
      simulation.checkInterval = 10
      try simulation.run(blocks: 40)
      return simulation.report.stateRoot
    }
    #expect(try root(7) == root(7))
    #expect(try root(7) != root(8))
  }

  /// Some blocks, between which other tests have their turn.
  private func run(_ simulation: inout Simulation, blocks: Int) async throws {
    simulation.checkInterval = 50
    for _ in 0..<blocks {
      try simulation.step()
      await Task.yield()
    }
  }

  @Test func `a few hundred blocks of a few seeds see every kind of message succeed`() async throws
  {
    var missing = Set(MessageKind.allCases)
    for seed in [UInt64(7), 2, 3, 10] where !missing.isEmpty {
      var simulation = try Simulation(seed: seed)
      try await run(&simulation, blocks: 450)
      missing = missing.filter { simulation.report.tally(of: $0).succeeded == 0 }
    }
    #expect(missing.isEmpty)
  }

  @Test func `validators are jailed and slashed, and most transactions that are wrong are refused`()
    async throws
  {
    var simulation = try Simulation(seed: 4)
    try await run(&simulation, blocks: 300)
    let report = simulation.report
    #expect(report.blocks == 300 && report.transactions > 1000)
    #expect(report.count(of: .validatorJailed) > 0 && report.count(of: .validatorTombstoned) > 0)
    for rejection in [TransactionRejection.malformed, .badSignature, .wrongSequence, .wrongKey] {
      #expect(report.count(of: .transaction(rejection)) > 0, "\(rejection)")
    }
    #expect(Rejection.all.count - report.rejectionsNeverReached.count > 60)
  }
}

@Suite struct SortedStateTests {
  @Test(arguments: UInt64(0)..<20)
  func `it answers as the chain's own state does`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var (state, sorted) = (InMemoryState(), SortedState(InMemoryState()))
    func key() -> [UInt8] { (0..<3).map { _ in UInt8(generator.next(below: 4)) } }
    for _ in 0..<300 {
      let write = StateWrite(key: key(), value: generator.next(below: 3) == 0 ? nil : [1])
      state.apply([write])
      sorted.apply([write])
      let (prefix, after) = (Array(key().prefix(1 + Int(generator.next(below: 2)))), key())
      let limit = generator.next(below: 2) == 0 ? 2 : Int.max
      let start = generator.next(below: 2) == 0 ? nil : after
      #expect(
        state.entries(withPrefix: prefix, after: start, limit: limit)
          == sorted.entries(withPrefix: prefix, after: start, limit: limit))
      #expect(state.value(at: after) == sorted.value(at: after))
    }
    #expect(sorted.isSame(as: state))
    state.apply([StateWrite(key: [9], value: [9])])
    #expect(!sorted.isSame(as: state))
  }
}

/// A checker that nothing can fail checks nothing.
@Suite struct PlantedBugTests {
  /// A chain of some blocks, with one entry of its state changed behind the rules' back.
  private func corrupted(
    _ change: (InMemoryState) -> StateWrite
  ) throws -> (violation: Violation?, height: UInt64) {
    var simulation = try Simulation(seed: 3)
    for _ in 0..<20 { try simulation.step() }
    let write = change(simulation.world.chain.state)
    simulation.world.chain.state.apply([write])
    simulation.checks.state.apply([write])
    let height = simulation.world.chain.height
    do throws(Violation) {
      for _ in 0..<10 { try simulation.step() }
      return (nil, height)
    } catch {
      return (error, height)
    }
  }

  @Test func `a unit from nowhere is found in the next block, with the command that shows it`()
    throws
  {
    let (violation, height) = try corrupted { state in
      let more = Amount(baseUnits: state.balance(of: .treasury).baseUnits + 1)
      return StateWrite(key: StateKey<Amount>.purse(.treasury).bytes, value: more.canonicalBytes)
    }
    let found = try #require(violation)
    #expect(found.seed == 3 && found.height == height + 1)
    #expect(found.promise.contains("balances sum to the supply"))
    #expect(found.description.contains("whence simulate --seed 3 --blocks \(height + 1)"))
  }

  @Test func `money moved past the journal is found by the books`() throws {
    var simulation = try Simulation(seed: 3)
    for _ in 0..<20 { try simulation.step() }
    let state = simulation.world.chain.state
    let balances = state.allBalances()
    var books = Books(state)
    #expect(books.difference(from: balances) == nil)
    #expect(books.difference(fromTotalsIn: state) == nil)
    let movement = Movement(
      from: balances[0].holder, to: balances[1].holder, amount: Amount(baseUnits: 1),
      cause: .transfer)
    books.post([movement])
    #expect(books.difference(from: balances) != nil)
    books.post([
      Movement(
        from: movement.to, to: movement.from, amount: movement.amount, cause: movement.cause)
    ])
    #expect(books.difference(from: balances) == nil)
    #expect(books.difference(from: Array(balances.dropLast())) != nil)
    #expect(books.difference(fromTotalsIn: state) != nil)
  }

  @Test func `a message that is said to be rejected and moves money is found`() throws {
    let simulation = try Simulation(seed: 3)
    let (chain, sender) = (simulation.world.chain, simulation.world.actors[0])
    func content(_ amount: Amount) -> TransactionContent {
      TransactionContent(
        chain: chain.id, publicKey: sender.key.publicKey, sequence: 0, fee: .zero,
        expiry: Height(9),
        message: .transfer(
          Transfer(to: simulation.world.actors[1].account, amount: amount, memo: ""))
      ).payingLeast(under: chain.parameters)
    }
    func check(_ content: TransactionContent) throws {
      let before = BlockBuilder(
        on: chain.head, state: chain.state,
        time: BlockTime(milliseconds: chain.time.milliseconds + 1))
      var after = before
      let bytes = content.signed(by: sender.key).canonicalBytes
      try after.add(CheckedTransaction(canonicalBytes: bytes))
      try BlockChecks.checkRejected(
        content, before: before, after: after, result: TransactionResult(code: 1, events: []))
    }
    #expect(throws: Breach.self) { try check(content(Amount(baseUnits: 1))) }
    #expect(throws: Never.self) { try check(content(Genesis.supplyMaximum)) }
  }

  @Test func `what never ends is named`() throws {
    var simulation = try Simulation(seed: 3)
    #expect(simulation.world.chain.state.unfinished().isEmpty)
    simulation.world.chain.state.apply([
      StateWrite(
        key: StateKey<Amount>.purse(.disputePot).bytes,
        value: Amount(baseUnits: 5).canonicalBytes)
    ])
    #expect(simulation.world.chain.state.unfinished() == ["dispute pot holds 5"])
  }

  @Test func `an import goes on alike, and one of other entries is refused`() throws {
    var simulation = try Simulation(seed: 4)
    for _ in 0..<30 { try simulation.step() }
    var entries = simulation.world.chain.exported()
    var copy = try #require(simulation.world.chain.imported(entries))
    try simulation.step()
    let bytes = try #require(simulation.world.chain.blocks.last)
    #expect(copy.follow(bytes) == simulation.world.chain.head.header)
    entries.removeLast()
    #expect(simulation.world.chain.imported(entries) == nil)
  }
}
