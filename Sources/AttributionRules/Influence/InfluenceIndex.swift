internal import CanonicalCoding
internal import Cryptography
public import Primitives

/// The gradient index of a run: what it was trained on, and the decoys it was not.
///
/// The run record commits to the Merkle roots of both lists, so that every score of every receipt
/// can be recomputed from this value alone.
public struct InfluenceIndex: Hashable, Sendable {
  /// Dimensions of every row: a multiple of 64, at most ``QueryVector/largestDimension``.
  public let dimension: Int
  /// A row a chunk, strictly sorted by record digest and chunk.
  public let records: [IndexedRecord]
  /// Sorted likewise; kept out of training.
  public let decoys: [IndexedRecord]

  /// Takes lists in any order.
  /// - Precondition: every row has `dimension` dimensions, no chunk appears twice, a record has one
  ///   origin, and none is both trained on and a decoy.
  public init(dimension: Int, records: [IndexedRecord], decoys: [IndexedRecord]) {
    self.dimension = dimension
    self.records = records.sorted { $0.name < $1.name }
    self.decoys = decoys.sorted { $0.name < $1.name }
    precondition(isWellFormed, "rows of one dimension, each chunk once, records of one origin")
  }

  /// Takes lists as they were published; nil if they are not as an index has them.
  init?(dimension: Int, sortedRecords: [IndexedRecord], sortedDecoys: [IndexedRecord]) {
    self.dimension = dimension
    records = sortedRecords
    decoys = sortedDecoys
    guard isWellFormed else { return nil }
  }

  public var root: Digest { Self.root(of: records) }
  public var decoyRoot: Digest { Self.root(of: decoys) }

  /// Who is credited with a row of a record; nil if it is not in the index.
  /// - Complexity: O(log n).
  public func credit(of name: RowName) -> RowCredit? {
    let place = records.firstPlace(notBefore: name)
    guard place < records.count, records[place].name == name else { return nil }
    return records[place].credit
  }

  /// The origin of a record of the run's snapshot, trained on or a decoy; nil if it is neither.
  /// - Complexity: O(log n).
  public func origin(of record: Digest) -> RecordOrigin? {
    (records.first(of: record) ?? decoys.first(of: record))?.origin
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
      .map { ScoredRecord($0.0.name, score: $0.1) }
      .sorted(by: ScoredRecord.precedes)
      .prefix(ContributorPay.longestList)
    return InfluenceEvidence(
      query: query, decoyScores: decoyScores, floor: floor, records: Array(listed))
  }

  private static func root(of list: [IndexedRecord]) -> Digest {
    MerkleTree(leaves: list.map(\.canonicalBytes)).root
  }

  private var isWellFormed: Bool {
    let rows = [records, decoys]
    return rows.allSatisfy { $0.isOrdered() } && dimension.isMultiple(of: 64)
      && (0...QueryVector.largestDimension).contains(dimension)
      && rows.allSatisfy { $0.allSatisfy { $0.row.signs.count * 64 == dimension } }
      && decoys.allSatisfy { records.first(of: $0.record) == nil }
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
