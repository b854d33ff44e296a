internal import Primitives

extension LedgerState {
  /// Counts the verdicts and ends the dispute; without quorum or majority it is drawn once more,
  /// then dismissed.
  mutating func closeVoting(on id: Identifier<Dispute>, now: Deadline) throws(Rejection) {
    guard var dispute = dispute(id), case .voting = dispute.phase, let parameters else {
      throw .dispute(.notFound)
    }
    try punish(dispute.panel.absent, by: parameters.disputes.absenceSlash)
    guard let verdict = dispute.panel.majority(quorum: parameters.disputes.quorum),
      !isMoot(dispute.target)
    else {
      try extend(id, &dispute, now: now, parameters: parameters)
      return
    }
    try punish(
      dispute.panel.voters(of: verdict == .sound ? .faulty : .sound),
      by: parameters.disputes.minoritySlash)
    try close(
      id, &dispute, now: now, parameters: parameters,
      as: verdict == .faulty ? .upheld : .rejected)
  }

  private mutating func extend(
    _ id: Identifier<Dispute>, _ dispute: inout DisputeRecord, now: Deadline,
    parameters: LedgerParameters
  ) throws(Rejection) {
    guard dispute.round == 1, !isMoot(dispute.target) else {
      try close(id, &dispute, now: now, parameters: parameters, as: dispute.undecided)
      return
    }
    dispute.round = 2
    try dismissPanel(of: dispute, now: now)
    beginDraw(of: id, &dispute, now: now, parameters: parameters)
    emit(.disputeExtended, id.digest)
  }

  /// Ends a dispute: moves the bonds, puts things right, and lets go of all that it held.
  mutating func close(
    _ id: Identifier<Dispute>, _ dispute: inout DisputeRecord, now: Deadline,
    parameters: LedgerParameters, as outcome: DisputeOutcome
  ) throws(Rejection) {
    let outcome = isMoot(dispute.target) ? .dismissed : outcome
    if case .voting = dispute.phase { try dismissPanel(of: dispute, now: now) }
    switch outcome {
    case .upheld:
      try putRight(id, dispute, parameters: parameters)
      try dividePot(
        winner: dispute.opener, panel: dispute.panel.voters(of: .faulty), parameters: parameters)
    case .rejected:
      try move(dispute.bond, from: .disputeBonds, to: .disputePot, for: .disputeSlash)
      try dividePot(
        winner: dispute.accused, panel: dispute.panel.voters(of: .sound), parameters: parameters)
    case .dismissed: break
    }
    if outcome != .rejected {
      try move(
        dispute.bond, from: .disputeBonds, to: .account(dispute.opener), for: .disputeBondReturn)
    }
    try release(dispute.target, now: now)
    dispute.phase = .closed(outcome)
    set(.dispute(id), to: dispute)
    set(.openDispute(dispute.target), to: nil)
    set(.disputedPayouts(id), to: nil)
    set(.disputedShares(id), to: nil)
    set(.disputedReceipt(id), to: nil)
    let kind: EventKind =
      switch outcome {
      case .upheld: .disputeUpheld
      case .rejected: .disputeRejected
      case .dismissed: .disputeDismissed
      }
    emit(kind, id.digest, amount: dispute.bond)
  }

  private mutating func dismissPanel(of dispute: DisputeRecord, now: Deadline) throws(Rejection) {
    for seat in dispute.panel {
      changeSeats(of: seat.verifier) { $0 -= 1 }
      try finishRetirement(ofVerifier: seat.verifier, now: now)
    }
  }

  private mutating func punish(
    _ verifiers: [Identifier<Account>], by share: Share
  ) throws(Rejection) {
    for verifier in verifiers {
      let taken = balance(of: .verifierBond(verifier)).part(share)
      try move(taken, from: .verifierBond(verifier), to: .treasury, for: .verifierSlash)
      emit(.verifierSlashed, verifier.digest, amount: taken)
    }
  }
}

extension [PanelSeat] {
  var absent: [Identifier<Account>] { filter { $0.verdict == nil }.map(\.verifier) }

  func voters(of verdict: Verdict) -> [Identifier<Account>] {
    filter { $0.verdict == verdict }.map(\.verifier)
  }

  /// What more than half of those found who revealed; nil without a quorum or at a tie.
  func majority(quorum: Share) -> Verdict? {
    let faulty = voters(of: .faulty).count
    let sound = voters(of: .sound).count
    let revealed = UInt64(faulty + sound) * UInt64(Share.whole.partsPerBillion)
    guard revealed >= UInt64(count) * UInt64(quorum.partsPerBillion), faulty != sound else {
      return nil
    }
    return faulty > sound ? .faulty : .sound
  }
}
