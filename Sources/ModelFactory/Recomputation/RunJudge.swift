internal import Attribution
internal import AttributionRules
public import ClientAPI
public import Ledger
public import Primitives

/// What a challenger, or a member of a panel, finds about a run by computing it again.
public struct RunJudge: Sendable {
  /// A lie, and what its dispute says.
  public struct Finding: Sendable {
    public let fault: RunFault
    public let piece: RunPiece
    /// How what the run brought is rightly shared.
    public let right: PayShares
  }

  public let ledger: any LedgerClient
  public let record: RunRecord
  public let recomputation: RunRecomputation
  /// The revealed held-out set; nil until all of it is revealed and here.
  public let questions: [HeldOutQuestion]?
  /// What the run's answers brought its contributors.
  public let answers: [RightShares.Answer]

  public init(
    ledger: any LedgerClient, record: RunRecord, recomputation: RunRecomputation,
    questions: [HeldOutQuestion]?, answers: [RightShares.Answer] = []
  ) {
    self.ledger = ledger
    self.record = record
    self.recomputation = recomputation
    self.questions = questions
    self.answers = answers
  }

  /// What a member of a panel finds about a disputed piece: `faulty` if it is wrong, and the dispute
  /// names the right shares; `undecidable` of uplift whose questions are not revealed, and of what
  /// follows from an erased text.
  ///
  /// - Parameter isKnownWrong: whether integers have shown already that the piece is wrong.
  /// - Throws: `ClientFailure`, `AttributionFailure`, `ModelFailure`; `ArithmeticError`.
  /// - Complexity: of a row, seconds; of a replay, the run's training.
  public func verdict(
    on piece: RunPiece, naming named: PayShares, openedAt: Height, isKnownWrong: Bool = false
  ) async throws -> Verdict {
    if case .uplift = piece, questions == nil { return .undecidable }
    if !isKnownWrong {
      guard try await fault(of: piece) != nil else { return .sound }
      // What differs may be what an erased record had in it.
      if piece != .replay, recomputation.run.lacksNeighbours { return .undecidable }
    }
    return try await rightShares().accept(named, of: record, openedAt: openedAt)
      ? .faulty : .sound
  }

  /// How much is computed again.
  public enum Depth: Comparable, Sendable {
    /// Uplift alone, if its questions are revealed.
    case uplift
    /// Records, draw and rows too.
    case rows
    /// Curvature and adapters too.
    case training
  }

  /// The first lie that is found; nil if there is none.
  ///
  /// - Parameter told: what is looked at.
  /// - Throws: as ``verdict(on:naming:openedAt:isKnownWrong:)``.
  public func finding(
    _ depth: Depth, told: (String) -> Void = { _ in }
  ) async throws -> Finding? {
    guard let (fault, piece) = try await firstFault(depth, told) else { return nil }
    return Finding(fault: fault, piece: piece, right: try await right())
  }

  /// How what the run brought is rightly shared, as a dispute that is opened now names it.
  /// - Throws: as ``verdict(on:naming:openedAt:isKnownWrong:)``.
  public func right() async throws -> PayShares { try await rightShares().named(of: record) }

  private func firstFault(
    _ depth: Depth, _ told: (String) -> Void
  ) async throws -> (RunFault, RunPiece)? {
    if depth >= .rows {
      told("records and the draw of decoys")
      if let fault = try await faultOfRecords() { return (fault, .replay) }
      told("\(record.claim.rowCount + record.claim.decoyCount) rows")
      if !recomputation.run.lacksNeighbours,
        let row = try await recomputation.wrongRows().first
      {
        let place = UInt32(row.place)
        return (.rowWrong, row.ofDecoys ? .decoyRow(place) : .row(place))
      }
    }
    if questions != nil, !recomputation.run.lacksNeighbours {
      told("uplift on the revealed questions")
      if let fault = try await fault(of: .uplift) { return (fault, .uplift) }
    }
    if depth >= .training {
      told("curvature and training")
      if let fault = try await recomputation.faultOfTraining() { return (fault, .replay) }
    }
    return nil
  }

  // MARK: - Pieces

  private func fault(of piece: RunPiece) async throws -> RunFault? {
    switch piece {
    case .row(let place):
      try await recomputation.wrongRow(at: Int(place), ofDecoys: false).map { _ in .rowWrong }
    case .decoyRow(let place):
      try await recomputation.wrongRow(at: Int(place), ofDecoys: true).map { _ in .rowWrong }
    case .replay:
      if let fault = try await faultOfRecords() {
        fault
      } else {
        try await recomputation.faultOfTraining()
      }
    case .uplift:
      if let questions {
        RunRecomputation.fault(
          ofUplift: record.groupUplift,
          recomputed: try await recomputation.uplift(on: questions))
      } else {
        nil
      }
    }
  }

  /// What texts show, beside the version and the header that drew its decoys.
  private func faultOfRecords() async throws -> RunFault? {
    guard let version = try await ledger.record(.version(record.claim.version)) else {
      return .recordsWrong
    }
    let base = try await ledger.record(.baseModel(record.claim.baseModel))
    guard base?.weights == recomputation.run.manifest.baseWeights else { return .adapterWrong }
    var header: Digest?
    if let published = version.publishedAt {
      header = try await ledger.block(at: Height(published.number + 1))?.header.digest
    }
    return try recomputation.faultOfRecords(snapshotRoot: version.snapshotRoot, header: header)
  }

  private func rightShares() async throws -> RightShares {
    var uplift = record.groupUplift
    if let questions { uplift = try await recomputation.uplift(on: questions).paid }
    // Rows decide nothing where no receipt is known.
    let isKnown = answers.contains { $0.evidence != nil }
    let wrong = isKnown ? try await recomputation.wrongRows() : []
    return try RightShares(
      uplift: uplift, index: recomputation.index(without: wrong), answers: answers)
  }
}
