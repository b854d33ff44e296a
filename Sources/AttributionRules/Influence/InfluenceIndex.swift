internal import CanonicalCoding
internal import Cryptography
public import Primitives

/// One record's place in a run's committed index.
public struct IndexedRecord: Hashable, Codable, Sendable {
  public let record: Digest
  public let origin: RecordOrigin
  public let row: SignRow

  public init(record: Digest, origin: RecordOrigin, row: SignRow) {
    self.record = record
    self.origin = origin
    self.row = row
  }
}

/// The gradient index of a run: what it was trained on, and the decoys it was not.
///
/// The run record commits to the Merkle roots of both lists, so that every score of every receipt
/// can be recomputed from this value alone.
public struct InfluenceIndex: Hashable, Sendable {
  /// Dimensions of every row: a multiple of 64, at most ``QueryVector/largestDimension``.
  public let dimension: Int
  /// Strictly sorted by record digest.
  public let records: [IndexedRecord]
  /// Strictly sorted by record digest; kept out of training.
  public let decoys: [IndexedRecord]

  /// Takes lists in any order.
  /// - Precondition: every row has `dimension` dimensions and no record appears twice.
  public init(dimension: Int, records: [IndexedRecord], decoys: [IndexedRecord]) {
    self.dimension = dimension
    self.records = records.sorted { $0.record < $1.record }
    self.decoys = decoys.sorted { $0.record < $1.record }
    precondition(isWellFormed, "rows of one dimension, each record once")
  }

  public var root: Digest { Self.root(of: records) }
  public var decoyRoot: Digest { Self.root(of: decoys) }

  /// The origin of a record; nil if it is not in the index.
  /// - Complexity: O(log n).
  public func origin(of record: Digest) -> RecordOrigin? {
    var low = 0
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].record < record { low = middle + 1 } else { high = middle }
    }
    guard low < records.count, records[low].record == record else { return nil }
    return records[low].origin
  }

  /// Scores every row and keeps what passes the floor: the whole of a receipt's influence evidence.
  /// - Precondition: `query` has the index's dimension.
  /// - Complexity: O(rows · dimensions).
  public func evidence(for query: QueryVector) -> InfluenceEvidence {
    evidence(
      for: query, scores: records.map { $0.row.score(query) },
      decoyScores: decoys.map { $0.row.score(query) })
  }

  /// Keeps what passes the floor of rows that were scored already.
  /// - Parameters:
  ///   - scores: of the records, in their order.
  ///   - decoyScores: of the decoys, in their order.
  /// - Complexity: O(rows), and sorting what passes the floor.
  public func evidence(
    for query: QueryVector, scores: [Int64], decoyScores: [Int64]
  ) -> InfluenceEvidence {
    precondition(
      scores.count == records.count && decoyScores.count == decoys.count, "a score a row")
    let floor = NoiseFloor.value(decoyScores: decoyScores, recordCount: records.count)
    let listed = zip(records, scores).filter { $0.1 > floor }
      .map { ScoredRecord(record: $0.0.record, score: $0.1) }
      .sorted(by: ScoredRecord.precedes)
      .prefix(ContributorPay.longestList)
    return InfluenceEvidence(
      query: query, decoyScores: decoyScores, floor: floor, records: Array(listed))
  }

  private static func root(of list: [IndexedRecord]) -> Digest {
    MerkleTree(leaves: list.map(\.canonicalBytes)).root
  }

  private var isWellFormed: Bool {
    let sorted = [records, decoys].allSatisfy { list in
      zip(list, list.dropFirst()).allSatisfy { $0.record < $1.record }
    }
    return sorted && dimension.isMultiple(of: 64) && dimension <= QueryVector.largestDimension
      && (records + decoys).allSatisfy { $0.row.signs.count * 64 == dimension }
  }
}

/// The influence part of a receipt's evidence (DESIGN section 3).
public struct InfluenceEvidence: Hashable, Codable, Sendable {
  public let query: QueryVector
  /// The score of every decoy, in the index's order.
  public let decoyScores: [Int64]
  public let floor: Int64
  /// The records above the floor, in ``ScoredRecord`` order, at most 256.
  public let records: [ScoredRecord]

  public init(
    query: QueryVector, decoyScores: [Int64], floor: Int64, records: [ScoredRecord]
  ) {
    self.query = query
    self.decoyScores = decoyScores
    self.floor = floor
    self.records = records
  }
}
