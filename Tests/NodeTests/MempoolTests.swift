import Ledger
import Primitives
import Testing

@testable import Node

@Suite struct MempoolTests {
  private let tight = MempoolBounds(
    transactions: 16, sizeInBytes: 10_000, transactionsPerAccount: 4, disputePart: 4)
  private let wide = BlockRoom(
    transactions: 100, sizeInBytes: 1 << 20, gas: .max, ordinaryGas: .max)

  @Test func `the best paying lanes come first, each in its own order`() {
    var pool = Mempool()
    pool.takes(.of(1, sequence: 0, price: 5))
    pool.takes(.of(1, sequence: 1, price: 90))
    pool.takes(.of(2, sequence: 7, price: 20), next: 7)
    pool.takes(.of(3, price: 8))
    let block = pool.takeBlock(room: wide)
    #expect(block.map(\.price) == [20, 8, 5, 90])
  }

  @Test func `of two that pay the same, the one that came first is first`() {
    var pool = Mempool()
    for account in UInt64(1)...5 { pool.takes(.of(account, sequence: 0, price: 3)) }
    let block = pool.takeBlock(room: wide)
    #expect(block.map(\.account) == (UInt64(1)...5).map { MempoolEntry.account($0) })
  }

  @Test func `a sequence ahead of its turn is refused`() {
    var pool = Mempool()
    #expect(pool.add(.of(1, sequence: 3, price: 1), next: 2) == .refused(.wrongSequence))
    #expect(pool.add(.of(1, sequence: 1, price: 1), next: 2) == .refused(.wrongSequence))
    pool.takes(.of(1, sequence: 2, price: 1), next: 2)
    #expect(pool.nextSequence(of: MempoolEntry.account(1)) == 3)
    pool.takes(.of(1, sequence: 3, price: 1), next: 2)
  }

  @Test
  func `a tenth more replaces a waiting transaction, less does not, nor in a block under way`() {
    var pool = Mempool()
    let first = MempoolEntry.of(1, sequence: 0, price: 100)
    pool.takes(first)
    pool.takes(.of(1, sequence: 1, price: 1))
    #expect(pool.add(first, next: 0) == .waitsAlready)
    #expect(pool.add(.of(1, sequence: 0, price: 109), next: 0) == .refused(.replacementTooCheap))
    let better = MempoolEntry.of(1, sequence: 0, price: 110)
    #expect(pool.add(better, next: 0) == .waits(evicted: [], replaced: first.id))
    #expect(pool.takeBlock(room: wide).map(\.price) == [110, 1])
    #expect(pool.add(.of(1, sequence: 0, price: 999), next: 0) == .refused(.wrongSequence))
    #expect(pool.endBlock(included: [better.id], refused: []).isEmpty)
    #expect(pool.count == 1)
  }

  @Test
  func `a full pool takes better paying ones in the place of the cheapest, and their followers`() {
    var pool = Mempool(bounds: tight)
    let cheap = MempoolEntry.of(1, sequence: 0, price: 2)
    let behind = MempoolEntry.of(1, sequence: 1, price: 50)
    pool.takes(cheap)
    pool.takes(behind)
    for account in UInt64(2)...11 { pool.takes(.of(account, price: 10)) }
    #expect(pool.count == tight.ordinaryTransactions)
    #expect(pool.add(.of(20, price: 2), next: 0) == .refused(.full))
    #expect(
      pool.add(.of(20, price: 3), next: 0)
        == .waits(evicted: [cheap.id, behind.id], replaced: nil))
    pool.takes(.of(21, price: 1))
    #expect(pool.add(.of(22, price: 1), next: 0) == .refused(.full))
  }

  @Test func `disputes have room that nobody else can buy`() {
    var pool = Mempool(bounds: tight)
    for account in UInt64(1)...12 { pool.takes(.of(account, price: 1000)) }
    #expect(pool.add(.of(30, price: 1), next: 0) == .refused(.full))
    for account in UInt64(40)...43 { pool.takes(.of(account, price: 1, isDispute: true)) }
    #expect(pool.add(.of(44, price: 1, isDispute: true), next: 0) == .refused(.full))
    let room = BlockRoom(transactions: 100, sizeInBytes: 1 << 20, gas: 100, ordinaryGas: 90)
    #expect(pool.takeBlock(room: room).filter(\.isDispute).count == 1)
  }

  @Test func `one account can't fill the pool`() {
    var pool = Mempool(bounds: tight)
    for sequence in UInt64(0)..<4 { pool.takes(.of(1, sequence: sequence, price: 9)) }
    #expect(pool.add(.of(1, sequence: 4, price: 99), next: 0) == .refused(.accountFull))
    #expect(pool.add(.of(1, price: 99), next: 0) == .refused(.accountFull))
  }

  @Test func `what expires leaves with all that waits behind it`() {
    var pool = Mempool()
    let lasting = MempoolEntry.of(1, sequence: 0, price: 1, expiry: 100)
    let expiring = MempoolEntry.of(1, sequence: 1, price: 1, expiry: 8)
    let behind = MempoolEntry.of(1, sequence: 2, price: 1, expiry: 100)
    let timed = MempoolEntry.of(2, price: 1, expiryTime: 500)
    for entry in [lasting, expiring, behind, timed] { pool.takes(entry) }
    let now = BlockTime(milliseconds: 500)
    #expect(pool.expire(before: Height(8), time: now).isEmpty)
    #expect(pool.expire(before: Height(9), time: now) == [expiring.id, behind.id])
    let later = BlockTime(milliseconds: 501)
    #expect(pool.expire(before: Height(9), time: later) == [timed.id])
    #expect(pool.count == 1)
  }

  @Test func `what a refused transaction leaves without predecessor leaves too`() {
    var pool = Mempool()
    let entries = (UInt64(0)..<4).map { MempoolEntry.of(1, sequence: $0, price: 1) }
    for entry in entries { pool.takes(entry) }
    _ = pool.takeBlock(room: wide)
    let gone = pool.endBlock(included: [entries[0].id], refused: [entries[1].id, entries[2].id])
    #expect(gone == [entries[2].id, entries[3].id])
    #expect(pool.isEmpty)
  }
}

extension Mempool {
  /// Adds what must find room without making any.
  fileprivate mutating func takes(_ entry: MempoolEntry, next sequence: UInt64 = 0) {
    #expect(add(entry, next: sequence) == .waits(evicted: [], replaced: nil))
  }
}
