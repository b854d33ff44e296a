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

  /// Rows of three contributors; tokens times score is a multiple of what a cut may divide by.
  private func rows(_ generator: inout SeededGenerator) -> [Row] {
    (0..<(2 + generator.next(below: 60))).map { number in
      Row(
        name: RowName(record: digest(number + 1), chunk: 0),
        tokens: UInt32(2 + generator.next(below: 510)),
        score: Self.floor + 200_000 + Int64(generator.next(below: 1 << 40)),
        contributor: 1 + generator.next(below: 3))
    }
  }

  private func earned(_ rows: [Row], _ pool: Amount) throws -> [UInt64: UInt128] {
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
      pool, evidence: rows.map { ScoredRecord($0.name, score: $0.score) }, floor: Self.floor,
      among: PaidGroups([GroupUplift(group: digest(9), contributor: digest(8), microNats: 1)]),
      credit: { credits[$0] })
    var result: [UInt64: UInt128] = [:]
    for contributor in UInt64(1)...8 {
      result[contributor] =
        pay.payouts.first { $0.contributor == digest(contributor) }?.amount.baseUnits ?? 0
    }
    return result
  }

  /// Two chunks whose mean losses, weighed by their tokens, are the whole record's.
  private func cut(_ row: Row, _ generator: inout SeededGenerator) -> [Row] {
    let first = 1 + UInt32(generator.next(below: UInt64(row.tokens - 1)))
    let second = row.tokens - first
    // first · (score + second · d) + second · (score − first · d) = tokens · score.
    let distance = Int64(generator.next(below: 300)) - 150
    return [
      Row(
        name: row.name, tokens: first, score: row.score + Int64(second) * distance,
        contributor: row.contributor),
      Row(
        name: RowName(record: row.name.record, chunk: 1), tokens: second,
        score: row.score - Int64(first) * distance, contributor: row.contributor),
    ]
  }

  @Test(arguments: UInt64(0)..<100)
  func `cutting or joining records changes each account's pay by rounding only`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let pool = Amount(baseUnits: 1000 + UInt128(generator.next()) << generator.next(below: 30))
    let whole = rows(&generator)
    let cut = whole.flatMap { row in
      generator.next(below: 2) == 0 ? [row] : self.cut(row, &generator)
    }
    #expect(cut.allSatisfy { $0.score > Self.floor })
    let (before, after) = (try earned(whole, pool), try earned(cut, pool))
    for (contributor, amount) in before {
      let other = after[contributor] ?? 0
      let difference = max(amount, other) - min(amount, other)
      // A part is off by less than one unit.
      #expect(difference <= UInt128(whole.count + cut.count), "seed \(seed)")
    }
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
