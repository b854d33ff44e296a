import ClientAPI
import LanguageModels
import Ledger
import ModelFactory
import OpenLoRA
import Primitives

extension Challenge {
  /// Looks for a lie in a run: by integers, then by computing it again.
  /// - Throws: `challenge_over` once nothing of it can be disputed any more.
  func find(inRun id: Identifier<Run>, _ run: RunRecord) async throws -> [Found] {
    let header = try await source.ledger.status().header
    let release = try await source.ledger.record(.heldOut(run.epoch))?.release
    func isOver(_ end: Deadline?) -> Bool {
      end?.hasCome(at: header.time, height: header.height) ?? false
    }
    let isOnlyUplift = isOver(run.challengeEnds)
    guard !isOnlyUplift || !isOver(release) else {
      throw CommandFailure(.challengeOver, "run \(id): its challenge window is over")
    }
    try await source.fetchArtifacts(of: run)
    if !isOnlyUplift {
      let audit = RunAudit(ledger: source.ledger, blobs: source.blobs)
      if let finding = try await audit.finding(in: id, of: run) {
        return [try await found(finding, in: id, run)]
      }
    }
    guard recomputes else { return [] }
    let judge = try await judge(of: id, run)
    if judge.questions == nil {
      print("not looked at: uplift, because its questions are not all revealed and here")
    }
    if !trains, !isOnlyUplift { print("not looked at: curvature and training; add --replay") }
    let depth: RunJudge.Depth = isOnlyUplift ? .uplift : trains ? .training : .rows
    guard let finding = try await judge.finding(depth, told: { print("computing again: \($0)") })
    else { return [] }
    return [
      try await disputing(
        finding.piece, of: id, run, code: finding.fault.rawValue, right: finding.right)
    ]
  }

  private func judge(of id: Identifier<Run>, _ run: RunRecord) async throws -> RunJudge {
    try await source.judge(
      of: id, run, engine: try LocalModel.open(), weights: try LocalModel.weightsDigest())
  }

  /// What integers show; who opens a dispute about it says how the run's money is rightly shared.
  private func found(
    _ finding: RunAudit.Finding, in id: Identifier<Run>, _ run: RunRecord
  ) async throws -> Found {
    let code = finding.fault.rawValue
    guard recomputes, case .openDispute(let dispute) = finding.message,
      case .run(_, let piece, _) = dispute.claim
    else { return Found(code: code, message: finding.message, mayLeadOn: false) }
    let right = try await judge(of: id, run).right()
    return try await disputing(piece, of: id, run, code: code, right: right)
  }

  private func disputing(
    _ piece: RunPiece, of id: Identifier<Run>, _ run: RunRecord, code: String, right: PayShares
  ) async throws -> Found {
    let bond = try await source.ledger.status().parameters.disputes.disputeBond
    let sum = right.shares.reduce(0.0) { $0 + Double($1.weight) }
    let shares = right.shares.map {
      "  \((100 * Double($0.weight) / sum).rounded(places: 1)) % to \($0.account)"
    }
    return Found(
      code: code,
      message: .openDispute(
        OpenDispute(
          claim: .run(run: id, piece: piece, right: right), grounds: run.claim.manifest)),
      mayLeadOn: false,
      words: (["disputing it before a panel, with a bond of \(bond.tokens) WHN; rightly shared:"]
        + (shares.isEmpty ? ["  as the run's uplift says"] : shares)).joined(separator: "\n"))
  }
}
