internal import Cryptography
internal import Primitives

/// What is wrong with a receipt's influence evidence; the raw values are stable.
public enum ScoreFault: String, CaseIterable, Sendable {
  /// The query has another dimension than the index.
  case dimensionWrong = "scores_dimension_wrong"
  /// The list is not strictly in order, names a record twice, or goes down to the floor.
  case listDisordered = "scores_list_disordered"
  /// A listed record's score does not follow from query and row.
  case scoreWrong = "scores_score_wrong"
  /// A listed record is not in the index.
  case recordAbsent = "scores_record_absent"
  /// A record is not listed, though its score is above the lowest listed one, or above the floor of
  /// a list that is not full.
  case recordOmitted = "scores_record_omitted"
  /// There is not one score a decoy, or one does not follow from query and row.
  case decoyScoreWrong = "scores_decoy_score_wrong"
  /// The floor does not follow from the decoys' scores.
  case floorWrong = "scores_floor_wrong"
}

extension InfluenceEvidence {
  /// Returns the fault that opened rows show, given query and committed index; nil for none.
  ///
  /// Level 2 of disputes (DESIGN section 5): one row decides, nobody recomputes the rest.
  /// - Complexity: O(dimensions + list + decoys · log decoys), and two Merkle paths.
  public func fault(
    shownBy evidence: ScoreEvidence, index: IndexCommitment
  ) -> ScoreFault? {
    switch evidence {
    case .itself: faultOfItself(index: index)
    case .score(let opened): scoreFault(opened, index: index)
    case .absent(let record, let before, let after):
      absenceFault(record, before: before, after: after, index: index)
    case .omitted(let opened): omissionFault(opened, index: index)
    case .decoy(let opened): decoyFault(opened, index: index)
    }
  }

  private func faultOfItself(index: IndexCommitment) -> ScoreFault? {
    guard decoyScores.count == Int(index.decoyCount) else { return .decoyScoreWrong }
    guard floor == NoiseFloor.value(decoyScores: decoyScores, recordCount: Int(index.count))
    else { return .floorWrong }
    let isOrdered = zip(records, records.dropFirst()).allSatisfy(ScoredRecord.precedes)
    guard isOrdered, Set(records.map(\.record)).count == records.count,
      records.allSatisfy({ $0.score > floor }), records.count <= ContributorPay.longestList
    else { return .listDisordered }
    return nil
  }

  private func scoreFault(_ opened: OpenedRecord, index: IndexCommitment) -> ScoreFault? {
    guard index.holds(opened) else { return nil }
    guard let score = score(of: opened) else { return .dimensionWrong }
    let isWrong = records.contains { $0.record == opened.record.record && $0.score != score }
    return isWrong ? .scoreWrong : nil
  }

  private func absenceFault(
    _ record: Digest, before: OpenedRecord?, after: OpenedRecord?, index: IndexCommitment
  ) -> ScoreFault? {
    guard records.contains(where: { $0.record == record }) else { return nil }
    if let before {
      guard index.holds(before), before.record.record < record else { return nil }
    }
    if let after {
      guard index.holds(after), record < after.record.record else { return nil }
    }
    // Rows are sorted by record, so that nothing stands between two neighbours. Without a neighbour
    // before, the one after is the first row; without one after, the one before is the last.
    let next = before.map { $0.proof.leafIndex + 1 } ?? 0
    return next == after?.proof.leafIndex ?? UInt64(index.count) ? .recordAbsent : nil
  }

  private func omissionFault(_ opened: OpenedRecord, index: IndexCommitment) -> ScoreFault? {
    guard index.holds(opened) else { return nil }
    guard let score = score(of: opened) else { return .dimensionWrong }
    let record = opened.record.record
    guard score > floor, !records.contains(where: { $0.record == record }) else { return nil }
    guard records.count >= ContributorPay.longestList else { return .recordOmitted }
    // Of a list that may be out of order, the lowest is no matter of place.
    let candidate = ScoredRecord(record: record, score: score)
    return records.contains { ScoredRecord.precedes(candidate, $0) } ? .recordOmitted : nil
  }

  private func decoyFault(_ opened: OpenedRecord, index: IndexCommitment) -> ScoreFault? {
    guard index.holdsDecoy(opened) else { return nil }
    guard let score = score(of: opened) else { return .dimensionWrong }
    let place = Int(opened.proof.leafIndex)
    guard decoyScores.indices.contains(place), decoyScores[place] == score else {
      return .decoyScoreWrong
    }
    return nil
  }

  /// Nil if row and query differ in dimension.
  private func score(of opened: OpenedRecord) -> Int64? {
    let row = opened.record.row
    return row.signs.count * 64 == query.values.count ? row.score(query) : nil
  }
}
