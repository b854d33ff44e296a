import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Primitives
import Storage
import Testing

@testable import Node

@Suite struct MempoolTests {
  private func pending(memoBytes: Int = 0, sequence: UInt64 = 0) throws -> PendingTransaction {
    let memo = String(repeating: "m", count: memoBytes)
    let message = Transfer(to: friend.account, amount: .zero, memo: memo)
    let signed = transaction(
      .transfer(message), by: payer, sequence: sequence, chain: Genesis.test.chain)
    return PendingTransaction(
      checked: try CheckedTransaction(canonicalBytes: signed.canonicalBytes), resolve: { _ in })
  }

  @Test func `a full pool takes nothing more until a block empties it`() throws {
    var pool = Mempool()
    let one = try pending()
    var taken = 0
    for _ in 0..<Mempool.transactionMaximum { taken += pool.add(one) ? 1 : 0 }
    #expect(taken == Mempool.transactionMaximum)
    let overflow = pool.add(one)
    #expect(!overflow)
    let block = pool.takeBlock(gas: .max)
    #expect(block.count == Mempool.transactionMaximum)
    let next = pool.add(one)
    #expect(next)
  }

  @Test func `a block takes no more than its gas, and at least one`() throws {
    var pool = Mempool()
    let one = try pending()
    for _ in 0..<5 { _ = pool.add(one) }
    let blocks = [2 * one.checked.gas, 0, .max].map { pool.takeBlock(gas: $0).count }
    #expect(blocks == [2, 1, 2])
  }

  @Test func `an account's next sequence follows what it has waiting`() throws {
    var pool = Mempool()
    #expect(pool.nextSequence(of: payer.account) == nil)
    let hasRoom = pool.add(try pending(sequence: 4))
    #expect(hasRoom)
    #expect(pool.nextSequence(of: payer.account) == 5)
    let block = pool.takeBlock(gas: .max)
    #expect(block.map(\.checked.transaction.content.sequence) == [4])
    #expect(pool.nextSequence(of: payer.account) == nil)
  }
}

@Suite struct FullDiskTests {
  @Test func `a full disk stops the node, and nothing of the block is kept`() async throws {
    let folder = try TemporaryFolder()
    let before = try await withNode(in: folder) { node in
      _ = try await node.send(transfer(1), by: payer)
      return try await node.status().header
    }
    // A store that must leave more free than any disk has: every write finds it full.
    let full = try KeyValueStore(at: folder.path, reserveInBytes: 1 << 60)
    let node = try LedgerNode(store: full, genesis: .test)
    let running = Task { try await node.run() }
    await #expect {
      try await node.send(transfer(2), by: payer)
    } throws: { error in
      (error as? ClientFailure)?.code == .storageFailed
    }
    await #expect {
      try await running.value
    } throws: { error in
      (error as? NodeFailure)?.storage?.code == .diskFull
    }
    full.close()
    let after = try await withNode(in: folder) { try await $0.status().header }
    #expect(after == before)
  }
}
