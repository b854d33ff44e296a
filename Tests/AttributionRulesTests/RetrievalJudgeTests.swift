import AttributionRules
import CanonicalCoding
import Cryptography
import Primitives
import Testing

@Suite struct RetrievalJudgeTests {
  /// An index of records of one to three chunks, and groups that were committed one after another.
  private struct Case {
    let index: InfluenceIndex
    let evidence: RetrievalEvidence
    let records: MerkleTree
    let decoys: MerkleTree

    static func record(_ number: UInt64) -> Digest { SHA256.digest(of: number.canonicalBytes) }

    /// Group n was committed n-th; group 5 never was.
    static func place(_ group: Digest) -> UInt8? { group.bytes[31] < 5 ? group.bytes[31] : nil }

    init(seed: UInt64) {
      var generator = SeededGenerator(seed: seed)
      func rows(_ numbers: Range<UInt64>) -> [IndexedRecord] {
        numbers.flatMap { number in
          (0..<(1 + number % 3)).map { chunk in
            IndexedRecord(
              record: Self.record(number), chunk: UInt32(chunk), tokens: 9,
              origin: RecordOrigin(contributor: .zero, group: digest(number % 5)),
              row: SignRow(signs: [generator.next()], scale: 1))
          }
        }
      }
      index = InfluenceIndex(dimension: 64, records: rows(0..<20), decoys: rows(100..<106))
      let numbers = generator.shuffled(Array(UInt64(0)..<20) + Array(100..<106)).prefix(7)
      evidence = Self.evidence(numbers.sorted { $0 % 5 < $1 % 5 })
      records = MerkleTree(leaves: index.records.map(\.canonicalBytes))
      decoys = MerkleTree(leaves: index.decoys.map(\.canonicalBytes))
    }

    static func evidence(_ numbers: [UInt64], both: Int64 = -1) -> RetrievalEvidence {
      RetrievalEvidence(
        likelihoods: AnswerLikelihoods(base: -9, adapter: -4, context: 0, both: both),
        passages: numbers.map { RetrievedPassage(record: record($0), drop: Int64($0) - 10) })
    }

    var commitment: IndexCommitment {
      IndexCommitment(
        root: index.root, count: UInt32(index.records.count), decoyRoot: index.decoyRoot,
        decoyCount: UInt32(index.decoys.count))
    }

    var openedRecords: [OpenedRecord] {
      index.records.indices.map {
        OpenedRecord(record: index.records[$0], proof: records.proof(ofLeaf: $0))
      }
    }

    var openedDecoys: [OpenedRecord] {
      index.decoys.indices.map {
        OpenedRecord(record: index.decoys[$0], proof: decoys.proof(ofLeaf: $0))
      }
    }

    /// The rows around a record's place: those that prove its absence, and wrong ones.
    private func gaps(_ record: Digest, _ rows: [OpenedRecord]) -> [RowGap] {
      let place = rows.count { $0.record.record < record }
      return (max(0, place - 1)...min(rows.count, place + 1)).map {
        RowGap(before: $0 > 0 ? rows[$0 - 1] : nil, after: $0 < rows.count ? rows[$0] : nil)
      }
    }

    /// The faults that anyone can show by opening rows.
    func faults(of claimed: RetrievalEvidence) throws -> Set<RetrievalFault> {
      let (records, decoys) = (openedRecords, openedDecoys)
      let listed = (records + decoys).filter { row in
        claimed.passages.contains { $0.record == row.record.record }
      }
      var everything = [PassageEvidence.itself]
      for passage in claimed.passages {
        for one in gaps(passage.record, records) {
          everything += gaps(passage.record, decoys).map {
            .absent(record: passage.record, records: one, decoys: $0)
          }
        }
      }
      for one in listed { everything += listed.map { .disordered(first: one, second: $0) } }
      return Set(
        try everything.compactMap {
          claimed.fault(
            shownBy: try PassageEvidence(canonicalBytes: $0.canonicalBytes), index: commitment,
            place: Self.place)
        })
    }
  }

  @Test(arguments: UInt64(0)..<5)
  func `nothing can be shown against true passages`(seed: UInt64) throws {
    let sample = Case(seed: seed)
    #expect(try sample.faults(of: sample.evidence) == [])
    #expect(sample.evidence.fault(index: sample.index, place: Case.place) == nil)
    let bytes = Evidence(
      influence: sample.index.evidence(for: QueryVector(values: .init(repeating: 1, count: 64))),
      retrieval: sample.evidence)
    #expect(try Evidence(canonicalBytes: bytes.canonicalBytes) == bytes)
  }

  @Test func `what the whole index shows, a few rows show too`() throws {
    let sample = Case(seed: 2)
    let lies: [(fault: RetrievalFault, evidence: RetrievalEvidence)] = [
      (.likelihoodPositive, Case.evidence([3], both: 1)),
      (.passagesMiscounted, Case.evidence([])),
      (.passagesMiscounted, Case.evidence([3, 3])),
      (.passagesMiscounted, Case.evidence(Array(0..<17).sorted { $0 % 5 < $1 % 5 })),
      (.passageAbsent, Case.evidence([3, 77])),
      (.passagesDisordered, Case.evidence([3, 102])),
      (.passagesDisordered, Case.evidence([102, 1])),
    ]
    for (fault, evidence) in lies {
      #expect(try sample.faults(of: evidence) == [fault], "\(fault)")
      #expect(evidence.fault(index: sample.index, place: Case.place) == fault)
    }
    #expect(Set(lies.map(\.fault)) == Set(RetrievalFault.allCases))
    // Nobody committed the group of passage 104: of one passage alone, that is shown too.
    let unknown = Case.evidence([104])
    let nowhere: (Digest) -> UInt8? = { _ in nil }
    #expect(unknown.fault(index: sample.index, place: nowhere) == .passagesDisordered)
    let row = try #require(sample.openedDecoys.first { $0.record.record == Case.record(104) })
    #expect(
      unknown.fault(
        shownBy: .disordered(first: row, second: row), index: sample.commitment, place: nowhere)
        == .passagesDisordered)
  }
}
