import AttributionRules
import CanonicalCoding
import Primitives
import Testing

@Suite struct InfluenceIndexTests {
  func index(seed: UInt64, records: UInt64 = 40, decoys: UInt64 = 12) -> InfluenceIndex {
    var generator = SeededGenerator(seed: seed)
    func row(_ number: UInt64) -> IndexedRecord {
      IndexedRecord(
        record: digest(number / 2), chunk: UInt32(number % 2), tokens: UInt32(number),
        origin: RecordOrigin(contributor: digest(number / 2 % 3), group: digest(number / 2 % 5)),
        row: SignRow(
          signs: [generator.next(), generator.next()],
          scale: UInt32(truncatingIfNeeded: generator.next())))
    }
    return InfluenceIndex(
      dimension: 128, records: generator.shuffled((1...records).map(row)),
      decoys: (1000..<1000 + decoys).map(row))
  }

  func query(seed: UInt64) -> QueryVector {
    var generator = SeededGenerator(seed: seed)
    return QueryVector(values: (0..<128).map { _ in Int16(truncatingIfNeeded: generator.next()) })
  }

  @Test(arguments: UInt64(0)..<20)
  func `evidence lists exactly the records above the floor, highest first`(seed: UInt64) {
    let index = index(seed: seed)
    let query = query(seed: seed &+ 99)
    let evidence = index.evidence(for: query)
    let above = index.records.filter { $0.row.score(query) > evidence.floor }
    #expect(Set(evidence.records.map(\.name)) == Set(above.map(\.name)))
    #expect(evidence.records == evidence.records.sorted(by: ScoredRecord.precedes))
    #expect(evidence.decoyScores.allSatisfy { $0 <= evidence.floor })
  }

  @Test func `an index and its evidence survive their encoding`() throws {
    let index = index(seed: 8)
    #expect(try InfluenceIndex(canonicalBytes: index.canonicalBytes) == index)
    let evidence = index.evidence(for: query(seed: 9))
    #expect(try InfluenceEvidence(canonicalBytes: evidence.canonicalBytes) == evidence)
  }

  @Test func `a changed row, origin or order changes the root`() {
    let original = index(seed: 8)
    let other = index(seed: 9)
    #expect(original.root != other.root)
    var records = original.records
    // The only row of its record.
    let alone = records[0]
    records[0] = IndexedRecord(
      record: alone.record, chunk: alone.chunk, tokens: alone.tokens,
      origin: RecordOrigin(contributor: digest(77), group: alone.origin.group), row: alone.row)
    let moved = InfluenceIndex(dimension: 128, records: records, decoys: original.decoys)
    #expect(moved.root != original.root)
    #expect(moved.decoyRoot == original.decoyRoot)
    #expect(original.origin(of: digest(999)) == nil)
    #expect(original.origin(of: alone.record) == alone.origin)
    #expect(original.origin(of: original.decoys[5].record) == original.decoys[5].origin)
    #expect(original.credit(of: alone.name) == alone.credit)
    #expect(original.credit(of: RowName(record: alone.record, chunk: 7)) == nil)
    #expect(original.credit(of: original.decoys[5].name) == nil)
  }

  @Test func `mutated index bytes are refused or decode to what they encode`() {
    let bytes = index(seed: 3, records: 4, decoys: 2).canonicalBytes
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<500 {
      var mutated = bytes
      for _ in 0...generator.next(below: 4) {
        mutated[Int(generator.next(below: UInt64(mutated.count)))] = UInt8(
          truncatingIfNeeded: generator.next())
      }
      mutated.removeLast(Int(generator.next(below: 3)))
      if let decoded = try? InfluenceIndex(canonicalBytes: mutated) {
        #expect(decoded.canonicalBytes == mutated)
      }
    }
  }
}
