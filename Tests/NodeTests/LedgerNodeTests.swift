import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Primitives
import Storage
import Testing

@testable import Node

@Suite struct LedgerNodeTests {
  @Test func `a submitted transaction is answered from a durable block`() async throws {
    let folder = try TemporaryFolder()
    try await withNode(in: folder) { node in
      let outcome = try await node.send(transfer(10), by: payer)
      #expect(outcome.rejection == nil)
      #expect(try await node.outcome(of: outcome.id) == outcome)
      let block = try #require(try await node.block(at: outcome.height))
      #expect(block.transactions[Int(outcome.index)].id == outcome.id)
      #expect(try await node.balance(of: .account(friend.account)).baseUnits == 1_000_010)
      #expect(try await node.status().header == block.header)
    }
  }

  @Test func `what was acknowledged is there after reopening, and the next block follows`()
    async throws
  {
    let folder = try TemporaryFolder()
    let before = try await withNode(in: folder) { node in
      for _ in 0..<5 { _ = try await node.send(transfer(10), by: payer) }
      return try await node.status().header
    }
    let after = try await withNode(in: folder) { node in
      #expect(try await node.status().header == before)
      return try await node.send(transfer(10), by: payer)
    }
    #expect(after.height == before.height.next)
    let store = try KeyValueStore(at: folder.path)
    defer { store.close() }
    #expect(try replay(store).height == after.height)
    #expect(try LedgerNode.genesis(of: store) == .test)
  }

  @Test func `many senders at once are all answered, each in its own order`() async throws {
    let folder = try TemporaryFolder()
    try await withNode(in: folder) { node in
      let chain = try await node.status().chain.id
      try await withThrowingTaskGroup(of: TransactionOutcome.self) { group in
        for key in [payer, friend] {
          for sequence in UInt64(0)..<20 {
            let transaction = transaction(transfer(1), by: key, sequence: sequence, chain: chain)
            group.addTask {
              // A later sequence may reach the node first and be refused until its turn.
              while true {
                do {
                  return try await node.submit(transaction)
                } catch let failure as ClientFailure
                  where failure.rejection == .transaction(.wrongSequence)
                {
                  try await Task.sleep(for: .milliseconds(1))
                }
              }
            }
          }
        }
        for try await outcome in group { #expect(outcome.rejection == nil) }
      }
      #expect(try await node.nextSequence(of: payer.account) == 20)
      #expect(try await node.nextSequence(of: friend.account) == 20)
    }
  }

  @Test func `a transaction that may not enter a block is refused by its rule`() async throws {
    let folder = try TemporaryFolder()
    try await withNode(in: folder) { node in
      let chain = try await node.status().chain.id
      let early = transaction(transfer(1), by: payer, sequence: 7, chain: chain)
      await #expect(throws: ClientFailure(.transaction(.wrongSequence))) {
        try await node.submit(early)
      }
      var forged = transaction(transfer(1), by: payer, sequence: 0, chain: chain)
      forged.signature = friend.sign([1])
      await #expect(throws: ClientFailure(.transaction(.badSignature))) {
        try await node.submit(forged)
      }
      let poor = transaction(transfer(1), by: .test(3), sequence: 0, chain: chain)
      await #expect(throws: ClientFailure(.transaction(.feeNotCovered))) {
        try await node.submit(poor)
      }
      let elsewhere = transaction(
        transfer(1), by: payer, sequence: 0, chain: Identifier(SHA256.digest(of: [])))
      await #expect(throws: ClientFailure(.transaction(.wrongChain))) {
        try await node.submit(elsewhere)
      }
      #expect(try await node.status().header.height == .genesis)
    }
  }

  @Test func `a due deadline makes blocks by itself`() async throws {
    let folder = try TemporaryFolder()
    let clock = TestClock()
    try await withNode(in: folder, clock: clock) { node in
      let sequence = try await node.nextSequence(of: payer.account)
      let channel = Identifier<Channel>(creator: payer.account, sequence: sequence)
      let open = OpenChannel(
        server: friend.account, signingKey: payer.publicKey, deposit: Amount(baseUnits: 500))
      _ = try await node.send(.openChannel(open), by: payer)
      _ = try await node.send(.closeChannel(CloseChannel(channel: channel)), by: payer)
      clock.advance(milliseconds: 5000)
      while try await node.record(.channel(channel))?.status != .closed {
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(try await node.balance(of: .channelEscrow(channel)) == .zero)
      #expect(try await node.balance(of: .account(payer.account)).baseUnits == 1_000_000)
    }
  }

  @Test func `a state once taken stays as it was`() async throws {
    let folder = try TemporaryFolder()
    try await withNode(in: folder) { node in
      let before = try node.state()
      _ = try await node.send(transfer(10), by: payer)
      #expect(before.balance(of: .account(friend.account)).baseUnits == 1_000_000)
      #expect(try node.state().balance(of: .account(friend.account)).baseUnits == 1_000_010)
      #expect(before.auditSupply() && before.isIntact)
    }
  }

  @Test func `header times rise even when the clock stands still`() async throws {
    let folder = try TemporaryFolder()
    try await withNode(in: folder) { node in
      let first = try await node.send(transfer(1), by: payer)
      let second = try await node.send(transfer(1), by: payer)
      let earlier = try #require(try await node.block(at: first.height)).header.time
      let later = try #require(try await node.block(at: second.height)).header.time
      #expect(earlier < later)
    }
  }

  @Test func `a stopped node says so to whoever waits and whoever comes`() async throws {
    let folder = try TemporaryFolder()
    let store = try KeyValueStore(at: folder.path)
    defer { store.close() }
    let node = try LedgerNode(store: store, genesis: .test)
    let waiting = Task { try await node.send(transfer(1), by: payer) }
    // Not running yet, the node keeps the transaction waiting until it has run and stopped.
    let running = Task { try await node.run() }
    running.cancel()
    _ = await running.result
    do {
      _ = try await waiting.value
    } catch {
      #expect((error as? ClientFailure)?.code == .stopped)
    }
    await #expect {
      try await node.send(transfer(1), by: payer)
    } throws: { error in
      [.stopped, .storageFailed].contains((error as? ClientFailure)?.code)
    }
  }
}

@Suite struct ChainRecoveryTests {
  @Test func `another genesis does not open the chain`() async throws {
    let folder = try TemporaryFolder()
    try await withNode(in: folder) { _ = try await $0.send(transfer(1), by: payer) }
    var other = Genesis.test
    other.name = "other"
    let store = try KeyValueStore(at: folder.path)
    defer { store.close() }
    #expect(opening(store, other) == .genesisMismatch)
    other.parameters.receipts.split.treasury = .zero
    let empty = try KeyValueStore(at: folder.path + "/empty")
    defer { empty.close() }
    #expect(opening(empty, other) == .invalidGenesis)
  }

  @Test func `a block that was tampered with fails the replay`() async throws {
    let folder = try TemporaryFolder()
    let height = try await withNode(in: folder) {
      try await $0.send(transfer(1), by: payer).height
    }
    let store = try KeyValueStore(at: folder.path)
    defer { store.close() }
    #expect(try replay(store).height == height)
    let bytes = try #require(try store.value(for: height.canonicalBytes, in: .blocks))
    // The list of one transaction comes last; the empty one in its place is four zero bytes.
    let block = try #require(try ChainStore(store: store).block(at: height))
    let listSize = 4 + block.transactions[0].canonicalBytes.count
    var batch = WriteBatch()
    batch.put(
      bytes.dropLast(listSize) + [0, 0, 0, 0], for: height.canonicalBytes, in: .blocks)
    try store.write(batch)
    #expect { try replay(store) } throws: { ($0 as? NodeFailure)?.code == .replayMismatch }
  }

  @Test func `a store that closes under the node stops it with a storage failure`() async throws {
    let folder = try TemporaryFolder()
    let store = try KeyValueStore(at: folder.path)
    let node = try LedgerNode(store: store, genesis: .test)
    let running = Task { try await node.run() }
    store.close()
    await #expect {
      try await node.submit(
        transaction(transfer(1), by: payer, sequence: 0, chain: Genesis.test.chain))
    } throws: { error in
      [.stopped, .storageFailed].contains((error as? ClientFailure)?.code)
    }
    await #expect(throws: NodeFailure.self) { try await running.value }
  }

  private func opening(_ store: KeyValueStore, _ genesis: Genesis) -> NodeFailure.Code? {
    do {
      _ = try LedgerNode(store: store, genesis: genesis)
      return nil
    } catch {
      return error.code
    }
  }
}
