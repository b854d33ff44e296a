import AttributionRules
import CanonicalCoding
import Cryptography
import Primitives
import Testing

@Suite struct ScoreJudgeTests {
  /// An index of which more records pass the floor than a list may hold, or only some.
  private struct Case {
    let index: InfluenceIndex
    let evidence: InfluenceEvidence
    let records: MerkleTree
    let decoys: MerkleTree

    init(seed: UInt64, records count: UInt64 = 24, scale: UInt32 = 4) {
      var generator = SeededGenerator(seed: seed)
      func row(_ number: UInt64, scale: UInt32) -> IndexedRecord {
        IndexedRecord(
          record: SHA256.digest(of: (number / 2).canonicalBytes), chunk: UInt32(number % 2),
          tokens: 9,
          origin: RecordOrigin(contributor: .zero, group: .zero),
          row: SignRow(signs: [generator.next(), generator.next()], scale: scale))
      }
      index = InfluenceIndex(
        dimension: 128, records: (1...count).map { row($0, scale: scale) },
        decoys: (10_000..<10_012).map { row($0, scale: 1) })
      evidence = index.evidence(
        for: QueryVector(values: (0..<128).map { _ in Int16(truncatingIfNeeded: generator.next()) })
      )
      records = MerkleTree(leaves: index.records.map(\.canonicalBytes))
      decoys = MerkleTree(leaves: index.decoys.map(\.canonicalBytes))
    }

    var commitment: IndexCommitment {
      IndexCommitment(
        root: index.root, count: UInt32(index.records.count), decoyRoot: index.decoyRoot,
        decoyCount: UInt32(index.decoys.count))
    }

    func record(_ place: Int) -> OpenedRecord {
      OpenedRecord(record: index.records[place], proof: records.proof(ofLeaf: place))
    }

    func decoy(_ place: Int) -> OpenedRecord {
      OpenedRecord(record: index.decoys[place], proof: decoys.proof(ofLeaf: place))
    }

    /// All that can be opened against a list.
    func everything(against list: [ScoredRecord]) -> [ScoreEvidence] {
      let rows = index.records.indices.flatMap {
        [ScoreEvidence.score(record($0)), .omitted(record($0))]
      }
      let gaps = list.flatMap { listed in
        // The gap where the record would stand, and the ones beside it.
        let gap = index.records.count { $0.name < listed.name }
        return (max(0, gap - 1)...min(index.records.count, gap + 1)).map { place in
          ScoreEvidence.absent(
            row: listed.name,
            gap: RowGap(
              before: place > 0 ? record(place - 1) : nil,
              after: place < index.records.count ? record(place) : nil))
        }
      }
      return [.itself] + rows + gaps + index.decoys.indices.map { .decoy(decoy($0)) }
    }

    /// The rows of a list, as whoever checks it without the index is given them.
    func rows(of list: [ScoredRecord]) -> [OpenedRecord] {
      list.compactMap { listed in
        let place = index.records.firstPlace(notBefore: listed.name)
        return place < index.records.count ? record(place) : nil
      }
    }

    /// The faults that anyone can show.
    func faults(of claimed: InfluenceEvidence) throws -> Set<ScoreFault> {
      Set(
        try everything(against: claimed.records).compactMap {
          // As a dispute carries it.
          claimed.fault(
            shownBy: try ScoreEvidence(canonicalBytes: $0.canonicalBytes), index: commitment)
        })
    }

    func evidence(
      query: QueryVector? = nil, decoyScores: [Int64]? = nil, floor: Int64? = nil,
      records: [ScoredRecord]? = nil
    ) -> InfluenceEvidence {
      InfluenceEvidence(
        query: query ?? evidence.query, decoyScores: decoyScores ?? evidence.decoyScores,
        floor: floor ?? evidence.floor, records: records ?? evidence.records)
    }
  }

  @Test(arguments: UInt64(0)..<10)
  func `nothing can be shown against honest evidence`(seed: UInt64) throws {
    let sample = Case(seed: seed)
    #expect(try sample.faults(of: sample.evidence) == [], "seed \(seed)")
  }

  @Test(arguments: UInt64(0)..<6)
  func `every lie about scores is shown by a row or two`(seed: UInt64) throws {
    let sample = Case(seed: seed)
    var generator = SeededGenerator(seed: seed)
    let list = sample.evidence.records
    try #require(list.count >= 3 && list.count < ContributorPay.longestList)
    let place = Int(generator.next(below: UInt64(list.count)))

    var wrong = list
    wrong[place] = ScoredRecord(list[place].name, score: list[place].score + 1)
    #expect(try sample.faults(of: sample.evidence(records: wrong)).contains(.scoreWrong))
    wrong = list
    wrong.swapAt(place, (place + 1) % list.count)
    #expect(try sample.faults(of: sample.evidence(records: wrong)) == [.listDisordered])
    wrong = list
    wrong.insert(list[place], at: place)
    #expect(try sample.faults(of: sample.evidence(records: wrong)) == [.listDisordered])
    wrong = list
    wrong.remove(at: place)
    #expect(try sample.faults(of: sample.evidence(records: wrong)) == [.recordOmitted])
    wrong = list
    let stranger = SHA256.digest(of: seed.canonicalBytes + [1])
    wrong[place] = ScoredRecord(record: stranger, score: list[place].score)
    #expect(
      try sample.faults(of: sample.evidence(records: wrong)).isSuperset(
        of: [.recordAbsent, .recordOmitted]))
    // A decoy is no record.
    wrong[place] = ScoredRecord(
      record: sample.index.decoys[0].record, score: list[place].score)
    #expect(try sample.faults(of: sample.evidence(records: wrong)).contains(.recordAbsent))

    #expect(
      try sample.faults(of: sample.evidence(floor: sample.evidence.floor - 1)) == [.floorWrong])
    var decoys = sample.evidence.decoyScores
    decoys[place % decoys.count] -= 1
    #expect(try sample.faults(of: sample.evidence(decoyScores: decoys)).contains(.decoyScoreWrong))
    decoys.removeLast()
    #expect(try sample.faults(of: sample.evidence(decoyScores: decoys)).contains(.decoyScoreWrong))
    let short = QueryVector(values: Array(sample.evidence.query.values.prefix(64)))
    #expect(try sample.faults(of: sample.evidence(query: short)).contains(.dimensionWrong))
  }

  @Test(arguments: UInt64(0)..<8)
  func `a list is checked by its rows alone, but for what it leaves out`(seed: UInt64) throws {
    let sample = Case(seed: seed, scale: 1 << 10)
    let list = sample.evidence.records
    try #require(list.count >= 3)
    func fault(_ claimed: InfluenceEvidence, rows: [OpenedRecord]? = nil) -> ScoreFault? {
      claimed.fault(
        listing: rows ?? sample.rows(of: claimed.records), index: sample.commitment)
    }
    #expect(fault(sample.evidence) == nil)
    var wrong = list
    wrong[0] = ScoredRecord(list[0].name, score: list[0].score + 1)
    #expect(fault(sample.evidence(records: wrong)) == .scoreWrong)
    #expect(fault(sample.evidence(records: list.reversed())) == .listDisordered)
    wrong = list
    wrong[1] = ScoredRecord(
      record: SHA256.digest(of: seed.canonicalBytes + [1]), score: list[1].score)
    #expect(fault(sample.evidence(records: wrong)) == .recordAbsent)
    #expect(fault(sample.evidence, rows: sample.rows(of: Array(list.dropLast()))) == .recordAbsent)
    #expect(
      fault(sample.evidence, rows: Case(seed: seed + 1, scale: 1 << 10).rows(of: list))
        == .recordAbsent)
    #expect(fault(sample.evidence(floor: sample.evidence.floor - 1)) == .floorWrong)
    let short = QueryVector(values: Array(sample.evidence.query.values.prefix(64)))
    #expect(fault(sample.evidence(query: short)) == .dimensionWrong)
    // What only the whole index shows.
    #expect(fault(sample.evidence(records: Array(list.dropFirst()))) == nil)
  }

  @Test func `of a full list, only a record above the lowest one is omitted`() throws {
    let sample = Case(seed: 3, records: 700, scale: 1 << 20)
    let list = sample.evidence.records
    try #require(list.count == ContributorPay.longestList)
    func fault(_ place: Int, of claimed: InfluenceEvidence) -> ScoreFault? {
      claimed.fault(shownBy: .omitted(sample.record(place)), index: sample.commitment)
    }
    #expect(sample.index.records.indices.allSatisfy { fault($0, of: sample.evidence) == nil })
    // The best one is left out for one that is above the floor, but not among the first.
    let next = try #require(
      sample.index.records.map {
        ScoredRecord($0.name, score: $0.row.score(sample.evidence.query))
      }.sorted(by: ScoredRecord.precedes).dropFirst(list.count).first)
    try #require(next.score > sample.evidence.floor)
    let lie = sample.evidence(records: Array(list.dropFirst()) + [next])
    let shown = sample.index.records.indices.filter { fault($0, of: lie) == .recordOmitted }
    #expect(shown.map { sample.index.records[$0].name } == [list[0].name])
  }

  @Test func `a row that is not in the index shows nothing`() throws {
    let sample = Case(seed: 5)
    let other = Case(seed: 6)
    let listed = try #require(sample.evidence.records.first)
    var wrong = sample.evidence.records
    wrong[0] = ScoredRecord(listed.name, score: listed.score + 1)
    let lie = sample.evidence(records: wrong)
    #expect(
      other.everything(against: []).dropFirst().allSatisfy {
        lie.fault(shownBy: $0, index: sample.commitment) == nil
      })
    // Neither do two rows with others between them, nor a count that is not the run's.
    let stranger = InfluenceEvidence(
      query: lie.query, decoyScores: lie.decoyScores, floor: lie.floor,
      records: sample.evidence.records)
    #expect(
      stranger.fault(
        shownBy: .absent(
          row: listed.name,
          gap: RowGap(before: nil, after: sample.record(sample.index.records.count - 1))),
        index: sample.commitment) == nil)
    let proof = sample.records.proof(ofLeaf: 0)
    let longer = OpenedRecord(
      record: sample.index.records[0],
      proof: InclusionProof(
        leafIndex: 0, leafCount: proof.leafCount + 1, siblings: proof.siblings))
    #expect(!sample.commitment.holds(longer))
  }
}
