import Attribution
import AttributionRules
import CInfluence
import Primitives
import Testing

@testable import Attribution

@Suite struct PackedRowsTests {
  private struct Sample {
    let rows: [SignRow]
    let query: QueryVector

    init(rows: [SignRow], query: QueryVector) {
      self.rows = rows
      self.query = query
    }

    /// - Parameter isExtreme: signs all alike and values at the ends of their range.
    init(seed: UInt64, dimension: Int, count: Int, isExtreme: Bool = false) {
      var generator = SeededGenerator(seed: seed)
      rows = (0..<count).map { _ in
        let same: UInt64 = generator.next(below: 2) == 0 ? 0 : .max
        return SignRow(
          signs: (0..<dimension / 64).map { _ in isExtreme ? same : generator.next() },
          scale: isExtreme ? .max : UInt32(truncatingIfNeeded: generator.next()))
      }
      query = QueryVector(
        values: (0..<dimension).map { _ in
          isExtreme
            ? (generator.next(below: 2) == 0 ? .min : .max)
            : Int16(truncatingIfNeeded: generator.next())
        })
    }
  }

  @Test(arguments: [0, 64, 128, 192, 1024, 1088, 7552, 8192], [false, true])
  func `a scan scores every row as the row itself does`(dimension: Int, isExtreme: Bool) {
    for seed in 0..<4 as Range<UInt64> {
      let sample = Sample(seed: seed, dimension: dimension, count: 33, isExtreme: isExtreme)
      let packed = PackedRows(sample.rows, dimension: dimension)
      #expect(packed.scores(sample.query) == sample.rows.map { $0.score(sample.query) })
      #expect(
        packed.distances(to: sample.query.signs)
          == sample.rows.map { row in
            UInt16(
              zip(row.signs, sample.query.signs).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount })
          })
    }
  }

  @Test(arguments: [64, 1088, 8192])
  func `the portable paths give the same integers as this processor's`(dimension: Int) {
    let sample = Sample(seed: 7, dimension: dimension, count: 50)
    let packed = PackedRows(sample.rows, dimension: dimension)
    let words = dimension / 64
    let signs = sample.rows.flatMap(\.signs)
    var sums = [Int64](repeating: 0, count: 50)
    var distances = [UInt16](repeating: 0, count: 50)
    unsafe influence_sums_portable(signs, 50, words, sample.query.values, &sums)
    unsafe influence_distances_portable(signs, 50, words, sample.query.signs, &distances)
    #expect(packed.scores(sample.query) == zip(sums, sample.rows).map { $0 * Int64($1.scale) })
    #expect(packed.distances(to: sample.query.signs) == distances)
    #expect(packed.readOnce() == signs.reduce(0, ^))
  }

  @Test(arguments: [0, 1, 10, 300, 1000])
  func `a shortlist is the head of all rows sorted by their promise`(length: Int) {
    var sample = Sample(seed: 11, dimension: 128, count: 700)
    // Few different rows, so that many promise the same.
    sample = Sample(rows: sample.rows.indices.map { sample.rows[$0 % 90] }, query: sample.query)
    let packed = PackedRows(sample.rows, dimension: 128)
    let distances = packed.distances(to: sample.query.signs)
    let promises = zip(sample.rows, distances).map { Int64($0.scale) * (128 - 2 * Int64($1)) }
    let sorted = promises.indices.sorted {
      promises[$0] != promises[$1] ? promises[$0] > promises[$1] : $0 < $1
    }
    #expect(packed.shortlist(for: sample.query, length: length) == Array(sorted.prefix(length)))
  }

  @Test(arguments: UInt64(0)..<10)
  func `a scanned index gives the evidence that the rules give`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let sample = Sample(seed: seed, dimension: 512, count: 400)
    let records = sample.rows.map { row in
      let name = Digest(words: [generator.next(), generator.next(), 0, 0])
      return IndexedRecord(
        record: name, tokens: 1, origin: RecordOrigin(contributor: name, group: name), row: row)
    }
    let index = InfluenceIndex(
      dimension: 512, records: Array(records[30...]), decoys: Array(records[..<30]))
    #expect(IndexScanner(index).evidence(for: sample.query) == index.evidence(for: sample.query))
  }

  @Test func `an index without rows is scanned to nothing`() {
    let index = InfluenceIndex(dimension: 0, records: [], decoys: [])
    let query = QueryVector(values: [])
    #expect(IndexScanner(index).evidence(for: query) == index.evidence(for: query))
    #expect(
      PackedRows([], dimension: 64).shortlist(
        for: QueryVector(values: [Int16](repeating: 1, count: 64)), length: 5) == [])
  }
}
