public import AttributionRules

/// An index with its rows packed for scanning: the evidence of answer after answer.
public struct IndexScanner: Sendable {
  public let index: InfluenceIndex
  private let records: PackedRows
  private let decoys: PackedRows

  /// Cost: copies the rows once.
  public init(_ index: InfluenceIndex) {
    self.index = index
    records = PackedRows(index.records.map(\.row), dimension: index.dimension)
    decoys = PackedRows(index.decoys.map(\.row), dimension: index.dimension)
  }

  /// What ``AttributionRules/InfluenceIndex/evidence(for:)`` gives, by scans.
  /// - Precondition: `query` has the index's dimension.
  public func evidence(for query: QueryVector) -> InfluenceEvidence {
    index.evidence(
      for: query, scores: records.scores(query), decoyScores: decoys.scores(query))
  }
}
