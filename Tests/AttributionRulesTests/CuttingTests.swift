import AttributionRules
import Primitives
import Testing

/// Nobody gains by how his records are cut.
@Suite struct CuttingTests {
  private struct Row {
    let name: RowName
    let tokens: UInt32
    let score: Int64
    let contributor: UInt64
  }

  private static let floor: Int64 = 1000

  /// Rows of three contributors.
  private func rows(_ generator: inout SeededGenerator) -> [Row] {
    (0..<(2 + generator.next(below: 60))).map { number in
      Row(
        name: RowName(record: digest(number + 1), chunk: 0),
        tokens: UInt32(2 + generator.next(below: 510)),
        score: Self.floor + 200_000 + Int64(generator.next(below: 1 << 40)),
        contributor: 1 + generator.next(below: 3))
    }
  }

  private func earned(
    _ rows: [Row], _ pool: Amount, floor: Int64 = floor
  ) throws -> [UInt64: UInt128] {
    let credits = Dictionary(
      uniqueKeysWithValues: rows.map {
        (
          $0.name,
          RowCredit(
            origin: RecordOrigin(contributor: digest($0.contributor), group: digest(9)),
            tokens: $0.tokens)
        )
      })
    let pay = try ContributorPay.divide(
      pool, evidence: rows.map { ScoredRecord($0.name, score: $0.score) }, floor: floor,
      among: PaidGroups([GroupUplift(group: digest(9), contributor: digest(8), microNats: 1)]),
      credit: { credits[$0] })
    var result: [UInt64: UInt128] = [:]
    for contributor in UInt64(1)...8 {
      result[contributor] =
        pay.payouts.first { $0.contributor == digest(contributor) }?.amount.baseUnits ?? 0
    }
    return result
  }

  /// Tokens of a whole and of its two pieces, all of them squares, whose roots are exact.
  private static let cuts: [(whole: UInt32, pieces: (UInt32, UInt32))] = [
    (25, (9, 16)), (100, (36, 64)), (169, (25, 144)), (289, (64, 225)),
  ]

  /// A row and two chunks of it that together weigh what it weighs: √tokens · score adds up.
  private func cut(_ row: Row, _ generator: inout SeededGenerator) -> (whole: Row, pieces: [Row]) {
    let (tokens, parts) = Self.cuts[Int(generator.next(below: 4))]
    let roots = (Int64(parts.0.root), Int64(parts.1.root))
    let root = Int64(tokens.root)
    // One piece may have drawn most of it.
    let distance = Int64(generator.next(below: 400)) - 200
    let score = row.score / (root * root) * root
    let pieces = [
      Row(
        name: row.name, tokens: parts.0, score: score / root * roots.0 + roots.1 * distance,
        contributor: row.contributor),
      Row(
        name: RowName(record: row.name.record, chunk: 1), tokens: parts.1,
        score: score / root * roots.1 - roots.0 * distance, contributor: row.contributor),
    ]
    return (
      Row(name: row.name, tokens: tokens, score: score, contributor: row.contributor), pieces
    )
  }

  @Test(arguments: UInt64(0)..<100)
  func `but for the floor, cutting or joining records changes pay by rounding only`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let pool = Amount(baseUnits: 1000 + UInt128(generator.next()) << generator.next(below: 30))
    let records = self.rows(&generator).map { self.cut($0, &generator) }
    let cut = records.flatMap { generator.next(below: 2) == 0 ? [$0.whole] : $0.pieces }
    #expect(cut.allSatisfy { $0.score > 0 })
    let before = try earned(records.map { $0.whole }, pool, floor: 0)
    let after = try earned(cut, pool, floor: 0)
    for (contributor, amount) in before {
      let other = after[contributor] ?? 0
      let difference = max(amount, other) - min(amount, other)
      // A part is off by less than one unit.
      #expect(difference <= UInt128(records.count + cut.count), "seed \(seed)")
    }
  }

  @Test(arguments: UInt64(0)..<100)
  func `whoever cuts his records never gains by it, for each piece has to rise above the floor`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let pool = Amount(baseUnits: 1000 + UInt128(generator.next()))
    let records = self.rows(&generator).map { self.cut($0, &generator) }
    let before = try earned(records.map { $0.whole }, pool)
    let after = try earned(
      records.flatMap { $0.whole.contributor == 1 ? $0.pieces : [$0.whole] }.filter {
        $0.score > Self.floor
      }, pool)
    #expect((after[1] ?? 0) <= (before[1] ?? 0) + UInt128(3 * records.count), "seed \(seed)")
  }

  @Test(arguments: UInt64(0)..<50)
  func `dealing rows over other accounts changes nothing for anybody else`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let pool = Amount(baseUnits: 1000 + UInt128(generator.next()))
    let rows = rows(&generator)
    let dealt = rows.map {
      $0.contributor == 1
        ? Row(
          name: $0.name, tokens: $0.tokens, score: $0.score,
          contributor: [1, 4, 5][Int(generator.next(below: 3))]) : $0
    }
    let (before, after) = (try earned(rows, pool), try earned(dealt, pool))
    #expect(before[2] == after[2] && before[3] == after[3] && before[8] == after[8])
    #expect((before[1] ?? 0) == [1, 4, 5].reduce(0) { $0 + (after[$1] ?? 0) })
  }

  @Test func `a row of no tokens weighs nothing`() throws {
    let rows = [
      Row(name: RowName(record: digest(1), chunk: 0), tokens: 0, score: 5000, contributor: 1),
      Row(name: RowName(record: digest(2), chunk: 0), tokens: 7, score: 1001, contributor: 2),
    ]
    let pay = try earned(rows, Amount(baseUnits: 1000))
    #expect(pay[1] == 0 && pay[2] == 700 && pay[8] == 300)
    // Without any other row, all follows uplift.
    #expect(try earned([rows[0]], Amount(baseUnits: 1000))[8] == 1000)
  }

  @Test func `the largest weights do not overflow`() throws {
    let rows = (1...UInt64(256)).map {
      Row(
        name: RowName(record: digest($0), chunk: 0), tokens: .max, score: .max,
        contributor: 1 + $0 % 2)
    }
    let pay = try earned(rows, Amount(baseUnits: .max))
    #expect(pay[1] == pay[2])
  }
}

extension UInt32 {
  /// Of a square.
  fileprivate var root: UInt32 { (1...100).first { $0 * $0 == self } ?? 0 }
}
