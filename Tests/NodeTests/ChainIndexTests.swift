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
        let lines = try await index.statement(of: holder, before: nil, limit: 1000).elements
        var balance = Amount.zero
        for line in lines.reversed() {
          balance =
            line.isIncoming
            ? try balance.adding(line.amount) : try balance.subtracting(line.amount)
          #expect(line.balance == balance, "\(line.place)")
        }
        #expect(try await node.balance(of: holder) == balance)
        #expect(lines.map(\.place) == lines.map(\.place).sorted(by: >))
      }
      let causes = try await index.statement(of: .account(payer.account), before: nil, limit: 1000)
        .elements.map { $0.cause }
      #expect(causes.last == .some(nil))
      #expect(
        Set(causes.compactMap(\.self)).isSuperset(
          of: [.transfer, .channelDeposit, .channelReturn]))
    }
  }

  @Test func `the index follows what validators earn before a block's first transaction`()
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
      for _ in 0..<5 { _ = try await node.send(transfer(10), by: payer) }
      try node.fillOnce(index)
      let holders = try await node.allBalances()
      #expect(holders.contains { $0.holder == .stakingRewards })
      for (holder, amount) in holders {
        let lines = try await index.statement(of: holder, before: nil, limit: 1000).elements
        var balance = Amount.zero
        for line in lines where line.isIncoming { balance = try balance.adding(line.amount) }
        for line in lines where !line.isIncoming {
          balance = try balance.subtracting(line.amount)
        }
        #expect(balance == amount, "\(holder)")
      }
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
        guard page.elements.count == 3 else { break }
      }
      #expect(paged == whole && whole.count > 6)
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
