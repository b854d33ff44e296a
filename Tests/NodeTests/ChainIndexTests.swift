import ClientAPI
import Cryptography
import Foundation
import Ledger
import Node
import Primitives
import SearchIndex
import Testing

@Suite struct ChainIndexTests {
  /// A chain with transfers, a rejected one, and a channel that closes by itself.
  private func story(
    in folder: TemporaryFolder, _ check: @Sendable @escaping (LedgerNode) async throws -> Void
  ) async throws {
    let clock = TestClock()
    try await withNode(in: folder, clock: clock) { node in
      let first = transaction(
        transfer(10), by: payer, sequence: 0, chain: try await node.status().chain.id)
      _ = try await node.submit(first)
      _ = try await node.send(transfer(20), by: payer)
      _ = try await node.send(transfer(9_000_000), by: friend)
      let open = OpenChannel(
        server: friend.account, signingKey: payer.publicKey, deposit: Amount(baseUnits: 500))
      let channel = Identifier<Channel>(
        creator: payer.account, sequence: try await node.nextSequence(of: payer.account))
      _ = try await node.send(.openChannel(open), by: payer)
      _ = try await node.send(.closeChannel(CloseChannel(channel: channel)), by: payer)
      clock.advance(milliseconds: 5000)
      while try await node.record(.channel(channel))?.status != .closed {
        _ = try await node.send(transfer(1, to: payer), by: friend)
      }
      try await check(node)
    }
  }

  private func index(in folder: TemporaryFolder) throws -> ChainIndex {
    try ChainIndex(path: folder.path + "/history.sqlite")
  }

  @Test func `a statement explains every change of a balance, back to genesis`() async throws {
    let (chain, tables) = (try TemporaryFolder(), try TemporaryFolder())
    let index = try index(in: tables)
    try await story(in: chain) { node in
      try node.fillOnce(index)
      for holder in [Holder.account(payer.account), .account(friend.account), .validators] {
        let balance = try await followed(holder, in: index)
        #expect(try await node.balance(of: holder) == balance)
      }
      let causes = try await index.statement(of: .account(payer.account), before: nil, limit: 1000)
        .elements.map { $0.cause }
      #expect(causes.last == .some(nil))
      #expect(
        Set(causes.compactMap(\.self)).isSuperset(
          of: [.transfer, .channelDeposit, .channelReturn]))
    }
  }

  /// Follows a holder's statement line by line, and returns the balance that it ends with.
  private func followed(_ holder: Holder, in index: ChainIndex) async throws -> Amount {
    let lines = try await index.statement(of: holder, before: nil, limit: 1000).elements
    var balance = Amount.zero
    for line in lines.reversed() {
      balance =
        line.isIncoming
        ? try balance.adding(line.amount) : try balance.subtracting(line.amount)
      #expect(line.balance == balance, "\(holder) at \(line.place)")
    }
    #expect(lines.map(\.place) == lines.map(\.place).sorted(by: >))
    return balance
  }

  @Test func `every line of every statement follows from the line before it, over many blocks`()
    async throws
  {
    let (chain, tables) = (try TemporaryFolder(), try TemporaryFolder())
    let index = try index(in: tables)
    var genesis = Genesis.test
    genesis.parameters.accounts.minimumGasPrice = Amount(baseUnits: 1_000_000)
    let stake = Amount(baseUnits: 2_000_000_000_000_000_000)
    @Sendable func claim(_ number: UInt8) -> CreateValidator {
      CreateValidator(
        consensusKey: SigningKey.test(number).publicKey, name: "validator", details: "",
        rate: .percent(5), maximumRate: .percent(20), maximumStep: .percent(1), stake: stake)
    }
    genesis.allocations = genesis.allocations.map {
      Allocation(publicKey: $0.publicKey, amount: Amount(baseUnits: stake.baseUnits * 10))
    }
    genesis.validators = [GenesisValidator(publicKey: friend.publicKey, claim: claim(90))]
    try await withNode(in: chain, genesis: genesis) { node in
      _ = try await node.send(.createValidator(claim(91)), by: payer)
      for number in 0..<40 {
        _ = try await node.send(
          transfer(UInt128(number % 7) + 1), by: number % 3 == 0 ? friend : payer)
      }
      try node.fillOnce(index)
      let holders = try await node.allBalances()
      #expect(holders.contains { $0.holder == .stakingRewards })
      for (holder, amount) in holders {
        #expect(try await followed(holder, in: index) == amount)
      }
      let earned = try await index.statement(of: .stakingRewards, before: nil, limit: 1000).elements
      let beginning = try #require(earned.first { $0.place.index == nil })
      #expect(beginning.transaction == nil)
      #expect(HistoryPlace(text: "\(beginning.place)") == beginning.place)
      #expect("\(beginning.place)".contains(".begin."))
    }
  }

  @Test func `what the ledger did by itself belongs to no transaction`() async throws {
    let (chain, tables) = (try TemporaryFolder(), try TemporaryFolder())
    let index = try index(in: tables)
    try await story(in: chain) { node in
      try node.fillOnce(index)
      let lines = try await index.statement(of: .account(payer.account), before: nil, limit: 1000)
      let returned = try #require(lines.elements.first { $0.cause == .channelReturn })
      #expect(returned.transaction == nil && returned.amount == Amount(baseUnits: 500))
      let deposit = try #require(lines.elements.first { $0.cause == .channelDeposit })
      #expect(deposit.transaction?.kind == .openChannel)
      guard case .channelEscrow(let channel)? = deposit.other else {
        Issue.record("a deposit goes to its channel")
        return
      }
      let events = try await index.events(of: channel.digest, before: nil, limit: 10).elements
      #expect(events.map(\.event.kind) == [.channelClosed, .channelClosing, .channelOpened])
    }
  }

  @Test func `pages follow one another without gap or repetition`() async throws {
    let (chain, tables) = (try TemporaryFolder(), try TemporaryFolder())
    let index = try index(in: tables)
    try await story(in: chain) { node in
      try node.fillOnce(index)
      let holder = Holder.account(payer.account)
      let whole = try await index.statement(of: holder, before: nil, limit: 1000).elements
      var paged: [StatementLine] = []
      while true {
        let page = try await index.statement(of: holder, before: paged.last?.place, limit: 3)
        paged += page.elements
        #expect(page.next == nil || page.next == paged.last?.place)
        guard page.next != nil else { break }
      }
      #expect(paged == whole && whole.count > 6)
      let exact = try await index.statement(of: holder, before: nil, limit: whole.count)
      #expect(exact.elements == whole && exact.next == nil)
      let signed = try await index.transactions(of: friend.account, before: nil, limit: 1000)
      #expect(signed.elements.last?.code == Rejection.account(.insufficientBalance).code)
      let older = try await index.transactions(
        of: friend.account,
        before: HistoryPlace(height: signed.elements[0].height, index: 0, entry: 0), limit: 1000)
      #expect(older.elements == Array(signed.elements.dropFirst()))
    }
  }

  @Test func `an index filled late, or after the chain was another, is the same`() async throws {
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    let (early, late) = (try TemporaryFolder(), try TemporaryFolder())
    let watching = try index(in: early)
    try await story(in: first) { node in
      try node.fillOnce(watching)
      _ = try await node.send(transfer(3), by: payer)
      try node.fillOnce(watching)
      let fresh = try index(in: late)
      try node.fillOnce(fresh)
      let holder = Holder.account(payer.account)
      let one = try await watching.statement(of: holder, before: nil, limit: 1000)
      #expect(try await fresh.statement(of: holder, before: nil, limit: 1000) == one)
    }
    try await withNode(in: second, genesis: .other) { node in
      _ = try await node.send(transfer(3), by: payer)
      try node.fillOnce(watching)
      let page = try await watching.transactions(of: payer.account, before: nil, limit: 10)
      #expect(page.elements.count == 1 && page.indexedHeight == Height(1))
    }
  }
}

extension Genesis {
  fileprivate static var other: Genesis {
    var genesis = Genesis.test
    genesis.name = "other"
    return genesis
  }
}
