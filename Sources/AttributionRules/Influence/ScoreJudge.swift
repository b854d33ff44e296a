internal import Cryptography

/// What is wrong with a receipt's influence evidence; the raw values are stable.
public enum ScoreFault: String, CaseIterable, Sendable {
  /// The query has another dimension than the index.
  case dimensionWrong = "scores_dimension_wrong"
  /// The list is not strictly in order, names a row twice, or goes down to the floor.
  case listDisordered = "scores_list_disordered"
  /// A listed row's score does not follow from query and row.
  case scoreWrong = "scores_score_wrong"
  /// A listed row is not in the index.
  case recordAbsent = "scores_record_absent"
  /// A row is not listed, though its score is above the lowest listed one, or above the floor of
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
    case .absent(let row, let gap):
      records.contains { $0.name == row } && index.hasNoRecord(row...row, gap: gap)
        ? .recordAbsent : nil
    case .omitted(let opened): omissionFault(opened, index: index)
    case .decoy(let opened): decoyFault(opened, index: index)
    }
  }

  /// Returns the first fault of the whole list, given every listed row; nil for none.
  ///
  /// Level 2 without the index: what it can't show is a row that was left out, and a wrong score of
  /// a decoy.
  /// - Parameter rows: opened, in the list's order.
  /// - Complexity: O(list · (dimensions + log rows)).
  public func fault(listing rows: [OpenedRecord], index: IndexCommitment) -> ScoreFault? {
    if let fault = faultOfItself(index: index) { return fault }
    guard rows.count == records.count else { return .recordAbsent }
    for (listed, opened) in zip(records, rows) {
      guard listed.name == opened.record.name, index.holds(opened) else { return .recordAbsent }
      guard let score = score(of: opened) else { return .dimensionWrong }
      guard score == listed.score else { return .scoreWrong }
    }
    return nil
  }

  private func faultOfItself(index: IndexCommitment) -> ScoreFault? {
    guard decoyScores.count == Int(index.decoyCount) else { return .decoyScoreWrong }
    guard floor == NoiseFloor.value(decoyScores: decoyScores, recordCount: Int(index.count))
    else { return .floorWrong }
    let isOrdered = zip(records, records.dropFirst()).allSatisfy(ScoredRecord.precedes)
    guard isOrdered, Set(records.map(\.name)).count == records.count,
      records.allSatisfy({ $0.score > floor }), records.count <= ContributorPay.longestList
    else { return .listDisordered }
    return nil
  }

  private func scoreFault(_ opened: OpenedRecord, index: IndexCommitment) -> ScoreFault? {
    guard index.holds(opened) else { return nil }
    guard let score = score(of: opened) else { return .dimensionWrong }
    let isWrong = records.contains { $0.name == opened.record.name && $0.score != score }
    return isWrong ? .scoreWrong : nil
  }

  private func omissionFault(_ opened: OpenedRecord, index: IndexCommitment) -> ScoreFault? {
    guard index.holds(opened) else { return nil }
    guard let score = score(of: opened) else { return .dimensionWrong }
    let name = opened.record.name
    guard score > floor, !records.contains(where: { $0.name == name }) else { return nil }
    guard records.count >= ContributorPay.longestList else { return .recordOmitted }
    // Of a list that may be out of order, the lowest is no matter of place.
    let candidate = ScoredRecord(name, score: score)
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
