import Ledger
import Primitives
import Testing

@testable import Node

@Suite struct MempoolLawTests {
  private let bounds = MempoolBounds(
    transactions: 24, sizeInBytes: 2400, transactionsPerAccount: 6, disputePart: 4)

  @Test(arguments: UInt64(0)..<40)
  func `the mempool answers as a list searched from end to end would`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var pool = Mempool(bounds: bounds)
    var model = MempoolModel(bounds: bounds)
    /// The sequences after those in blocks.
    var next: [UInt64: UInt64] = [:]
    var underWay: [Identifier<Transaction>] = []
    for step in 0..<400 {
      switch generator.next(below: 14) {
      case 0 where underWay.isEmpty:
        let count = Int(generator.next(below: 12))
        let room = BlockRoom(
          transactions: count, sizeInBytes: .max, gas: .max, ordinaryGas: .max)
        underWay = pool.takeBlock(room: room).map(\.id)
        #expect(underWay == model.takeBlock(count), "seed \(seed), step \(step)")
      case 1:
        // One of the block is refused; what is behind it in its lane can't be included then.
        let refused =
          underWay.isEmpty ? [] : [underWay[Int(generator.next(below: UInt64(underWay.count)))]]
        let left = Set(
          refused
            + refused.flatMap { id in
              var copy = model
              return copy.drop(id)
            })
        let included = underWay.filter { !left.contains($0) }
        for entry in model.list.map(\.entry) where included.contains(entry.id) {
          guard let sequence = entry.sequence else { continue }
          for account in UInt64(0)..<8 where MempoolEntry.account(account) == entry.account {
            next[account] = sequence + 1
          }
        }
        let gone = pool.endBlock(included: included, refused: refused)
        #expect(
          gone == model.endBlock(included: included, refused: refused),
          "seed \(seed), step \(step)")
        underWay = []
      default:
        let account = generator.next(below: 8)
        let first = next[account, default: 0]
        let entry = MempoolEntry.of(
          account, sequence: generator.next(below: 3) == 0 ? nil : first + generator.next(below: 5),
          price: UInt128(generator.next(below: 40)), size: Int(60 + generator.next(below: 100)),
          expiry: 1 + generator.next(below: 3), isDispute: account == 7)
        #expect(
          pool.add(entry, next: first) == model.add(entry, next: first),
          "seed \(seed), step \(step)")
      }
      #expect(pool.count == model.list.count, "seed \(seed), step \(step)")
    }
  }
}
