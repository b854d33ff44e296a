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
      dispute.panel.voters(of: verdict.opposite), by: parameters.disputes.minoritySlash)
    try close(id, &dispute, now: now, parameters: parameters, as: verdict.outcome)
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
      try putRight(id, dispute, parameters: parameters, believingOpener: true)
      try dividePot(
        winner: dispute.opener, panel: dispute.panel.voters(of: .faulty), parameters: parameters)
    case .rejected:
      try move(dispute.bond, from: .disputeBonds, to: .disputePot, for: .disputeSlash)
      try dividePot(
        winner: dispute.accused, panel: dispute.panel.voters(of: .sound), parameters: parameters)
    case .withheld:
      try putRight(id, dispute, parameters: parameters, believingOpener: false)
      try dividePot(
        winner: nil, panel: dispute.panel.voters(of: .withheld), parameters: parameters)
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
      case .withheld: .disputeWithheld
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

  func voters(of verdict: Verdict?) -> [Identifier<Account>] {
    guard let verdict else { return [] }
    return filter { $0.verdict == verdict }.map(\.verifier)
  }

  /// Who brought the panel no nearer to a verdict, present or not.
  var undecided: [Identifier<Account>] {
    filter { $0.verdict == nil || $0.verdict == .undecidable }.map(\.verifier)
  }

  /// What more than half of those found who could say; nil if they are no quorum, or divided.
  func majority(quorum: Share) -> Verdict? {
    let decided = count - undecided.count
    guard
      UInt64(decided) * UInt64(Share.whole.partsPerBillion)
        >= UInt64(count) * UInt64(quorum.partsPerBillion)
    else { return nil }
    return [Verdict.sound, .faulty, .withheld].first { 2 * voters(of: $0).count > decided }
  }
}

extension Verdict {
  /// What those found whom this verdict, as the majority's, contradicts.
  ///
  /// Nobody is wrong about what was shown to him or was not: the accused may show it to some.
  fileprivate var opposite: Verdict? {
    switch self {
    case .sound: .faulty
    case .faulty: .sound
    case .undecidable, .withheld: nil
    }
  }

  fileprivate var outcome: DisputeOutcome {
    switch self {
    case .sound: .rejected
    case .faulty: .upheld
    case .undecidable: .dismissed
    case .withheld: .withheld
    }
  }
}
