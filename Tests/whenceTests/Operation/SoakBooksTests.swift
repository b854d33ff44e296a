import Ledger
import Primitives
import RunKit
import Testing

@testable import whence

@Suite struct SoakBooksTests {
  private static let channel = Identifier<Channel>(digest("a channel"))

  private func order(_ number: UInt64) -> Order {
    Order(
      chain: Identifier(.zero), channel: Self.channel, number: number, request: .zero,
      adapter: Identifier(.zero), rateIn: .zero, rateOut: .zero, terms: .zero,
      maximumFee: Amount(baseUnits: 100), nonce: .zero, expiry: BlockTime(milliseconds: 1),
      isPublic: false)
  }

  /// One answer of four tokens for 40, of which three pieces came, and one that nobody finished.
  private func faults(
    settled: SoakBooks.Settled?, spent: UInt128, pieces: Int = 3, end: Bool = true
  ) -> [String] {
    let (first, second) = (order(1), order(2))
    let entries = [
      first.signedDigest: SoakBooks.Entry(
        order: first, pieces: pieces, end: end ? (4, Amount(baseUnits: 40)) : nil),
      second.signedDigest: SoakBooks.Entry(order: second),
    ]
    var paid: [Digest: SoakBooks.Settled] = [:]
    paid[first.signedDigest] = settled
    return SoakBooks.faults(
      in: entries, settled: paid, spent: [Self.channel: Amount(baseUnits: spent)])
  }

  private func paid(_ fee: UInt128, _ tokens: UInt32) -> SoakBooks.Settled {
    (Amount(baseUnits: fee), tokens)
  }

  @Test func `books that agree have no fault, whether a client left or stayed`() {
    #expect(faults(settled: paid(40, 4), spent: 40) == [])
    #expect(faults(settled: paid(30, 3), spent: 30, end: false) == [])
    #expect(faults(settled: nil, spent: 0, end: false) == [])
  }

  @Test func `whatever is lost, paid twice or paid wrongly is a fault`() {
    // Answered and never paid; more left the channel than receipts say, or less.
    #expect(faults(settled: nil, spent: 0).count == 1)
    #expect(faults(settled: paid(40, 4), spent: 80).count == 1)
    #expect(faults(settled: paid(40, 4), spent: 0).count == 1)
    // Above the maximum, of other tokens than were told, of fewer than came.
    #expect(faults(settled: paid(101, 4), spent: 101, end: false).count == 1)
    #expect(faults(settled: paid(40, 5), spent: 40).count == 1)
    #expect(faults(settled: paid(20, 2), spent: 20, end: false).count == 1)
  }
}
