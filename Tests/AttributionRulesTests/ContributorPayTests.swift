import AttributionRules
import Primitives
import Testing

/// Small digests with readable names.
func digest(_ number: UInt64) -> Digest {
  var bytes = [UInt8](repeating: 0, count: 32)
  for index in 0..<8 { bytes[31 - index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
  return Digest(bytes: bytes) ?? .zero
}

@Suite struct ContributorPayTests {
  static let alice = digest(1)
  static let bob = digest(2)

  func pay(
    _ pool: UInt128, _ evidence: [ScoredRecord], floor: Int64 = 100, tokens: UInt32 = 30,
    uplift: [(group: UInt64, contributor: Digest, microNats: Int64)]
  ) throws -> ContributorPay {
    try ContributorPay.divide(
      Amount(baseUnits: pool), evidence: evidence, floor: floor,
      among: PaidGroups(
        uplift.map {
          GroupUplift(group: digest($0.group), contributor: $0.contributor, microNats: $0.microNats)
        }),
      // Records 100–199 come from group 10, 200–299 from group 20.
      credit: { row in
        let hundreds = (row.record.bytes[30] == 0 ? Int(row.record.bytes[31]) : 256) / 100
        let origin: RecordOrigin? =
          switch hundreds {
          case 1: RecordOrigin(contributor: Self.alice, group: digest(10))
          case 2: RecordOrigin(contributor: Self.bob, group: digest(20))
          default: nil
          }
        return origin.map { RowCredit(origin: $0, tokens: tokens) }
      })
  }

  @Test func `seven tenths follow influence above the floor and the rest follows uplift`() throws {
    let result = try pay(
      1000,
      [ScoredRecord(record: digest(101), score: 400), .init(record: digest(201), score: 200)],
      uplift: [(10, Self.alice, 50), (20, Self.bob, 150)])
    // Influence 700 as 300 : 100, uplift 300 as 50 : 150.
    #expect(
      result.payouts == [
        ContributorPayout(contributor: Self.alice, amount: Amount(baseUnits: 525 + 75)),
        ContributorPayout(contributor: Self.bob, amount: Amount(baseUnits: 175 + 225)),
      ])
    #expect(result.refund == .zero)
  }

  @Test func `a contributor without positive uplift gets nothing, however high its scores`() throws
  {
    let result = try pay(
      1000,
      [ScoredRecord(record: digest(101), score: 9000), .init(record: digest(201), score: 101)],
      uplift: [(10, Self.alice, 0), (20, Self.bob, 1)])
    #expect(
      result.payouts == [
        ContributorPayout(contributor: Self.bob, amount: Amount(baseUnits: 1000))
      ])
  }

  @Test func `without evidence the whole pool follows uplift`() throws {
    let result = try pay(
      100, [ScoredRecord(record: digest(101), score: 100)],
      uplift: [(10, Self.alice, 1), (20, Self.bob, 3)])
    #expect(result.payouts.map(\.amount.baseUnits) == [25, 75])
  }

  @Test func `if nobody has positive uplift the payer gets the pool back`() throws {
    let result = try pay(
      77, [ScoredRecord(record: digest(101), score: 500)], uplift: [(10, Self.alice, -4)])
    #expect(result.payouts.isEmpty)
    #expect(result.refund == Amount(baseUnits: 77))
  }

  @Test(arguments: UInt64(0)..<300)
  func `parts and refund always sum to the pool, and order of evidence does not matter`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let pool = UInt128(generator.next()) << generator.next(below: 40)
    let evidence = (0..<generator.next(below: 40)).map { _ in
      ScoredRecord(
        record: digest(100 + generator.next(below: 150)),
        score: Int64(bitPattern: generator.next()) >> Int64(generator.next(below: 50)))
    }
    let uplift = [
      (group: UInt64(10), contributor: Self.alice, microNats: Int64(generator.next(below: 9)) - 4),
      (group: UInt64(20), contributor: Self.bob, microNats: Int64(generator.next(below: 9)) - 4),
    ]
    let floor = Int64(generator.next(below: 1000)) - 500
    let result = try pay(pool, evidence, floor: floor, uplift: uplift)
    let paid = result.payouts.reduce(result.refund.baseUnits) { $0 + $1.amount.baseUnits }
    #expect(paid == pool)
    #expect(result.payouts.allSatisfy { $0.amount > .zero })
    let shuffled = try pay(
      pool, generator.shuffled(evidence), floor: floor, uplift: uplift.reversed())
    #expect(shuffled.payouts == result.payouts)
    #expect(shuffled.refund == result.refund)
    let earned = result.earnings.reduce(result.refund.baseUnits) { $0 + $1.amount.baseUnits }
    #expect(earned == pool)
  }

  @Test(arguments: UInt64(0)..<50)
  func `dealing records over two accounts earns them what one account would, up to rounding`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let carol = digest(3)
    let pool = Amount(baseUnits: UInt128(1000 + generator.next(below: 1 << 40)))
    let evidence = (100..<UInt64(130)).map {
      ScoredRecord(record: digest($0), score: Int64(101 + generator.next(below: 1000)))
    }
    func earned(dealt: Bool) throws -> UInt128 {
      let own =
        dealt
        ? [
          GroupUplift(group: digest(10), contributor: Self.alice, microNats: 15),
          GroupUplift(group: digest(20), contributor: Self.bob, microNats: 15),
        ] : [GroupUplift(group: digest(10), contributor: Self.alice, microNats: 30)]
      let result = try ContributorPay.divide(
        pool, evidence: evidence, floor: 100,
        among: PaidGroups(
          own + [GroupUplift(group: digest(30), contributor: carol, microNats: 40)]),
        credit: { row in
          let tokens = UInt32(row.record.bytes[31])
          if row.record < digest(110) {
            return RowCredit(
              origin: RecordOrigin(contributor: carol, group: digest(30)), tokens: tokens)
          }
          let second = dealt && row.record.bytes[31].isMultiple(of: 2)
          return RowCredit(
            origin: RecordOrigin(
              contributor: second ? Self.bob : Self.alice, group: digest(second ? 20 : 10)),
            tokens: tokens)
        })
      return result.payouts.filter { $0.contributor != carol }.reduce(0) {
        $0 + $1.amount.baseUnits
      }
    }
    let together = try earned(dealt: false)
    let apart = try earned(dealt: true)
    #expect(max(together, apart) - min(together, apart) <= 2)
    #expect(together > 0 && together < pool.baseUnits)
  }
}
