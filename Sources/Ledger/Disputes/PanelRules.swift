internal import CanonicalCoding
internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Sends a dispute to be drawn a panel, by a header that does not exist yet.
  mutating func beginDraw(
    of id: Identifier<Dispute>, _ dispute: inout DisputeRecord, now: Deadline,
    parameters: LedgerParameters
  ) {
    let end = parameters.disputes.drawWindow.end(after: now)
    dispute.phase = .drawing(from: end)
    set(.dispute(id), to: dispute)
    schedule(.drawPanel(id), at: end)
  }

  /// Draws a dispute's panel and lets it vote; without verifiers the dispute is dismissed.
  ///
  /// Cost: a hash for each verifier, of whom there are at most 256.
  mutating func drawPanel(of id: Identifier<Dispute>, now: Deadline) throws(Rejection) {
    guard var dispute = dispute(id), case .drawing = dispute.phase, let parameters else {
      throw .dispute(.notFound)
    }
    let panel = isMoot(dispute.target) ? [] : draw(for: id, dispute, parameters.disputes)
    // Of the panel before, nothing is needed any more.
    dispute.panel = panel.map { PanelSeat(verifier: $0, commitment: nil, verdict: nil) }
    dispute.isOperatorFinal = panel.count < Int(parameters.disputes.smallestPanel)
    guard !panel.isEmpty else {
      try close(id, &dispute, now: now, parameters: parameters, as: dispute.undecided)
      return
    }
    for verifier in panel { changeSeats(of: verifier) { $0 += 1 } }
    let commitUntil = parameters.disputes.commitWindow.end(after: now)
    let revealUntil = parameters.disputes.revealWindow.end(after: commitUntil)
    dispute.phase = .voting(commitUntil: commitUntil, revealUntil: revealUntil)
    set(.dispute(id), to: dispute)
    schedule(.closeVoting(id), at: revealUntil)
    emit(.panelDrawn, id.digest)
  }

  /// The accounts of a panel, sorted: the first in the order of a hash with the lottery's digest.
  private func draw(
    for id: Identifier<Dispute>, _ dispute: DisputeRecord, _ parameters: DisputeParameters
  ) -> [Identifier<Account>] {
    let undecided = dispute.panel.undecided
    let eligible = verifiers().filter { account, record in
      record.registeredAt < dispute.openedAt && record.retires == nil
        && balance(of: .verifierBond(account)) >= parameters.verifierBond
        && account != dispute.opener && account != dispute.accused && !undecided.contains(account)
    }
    let ranked = eligible.map { account, _ in
      var encoder = CanonicalEncoder()
      encoder.encode(lottery)
      encoder.encode(id)
      encoder.encode(account)
      return (account: account, rank: Digest(domain: "whence/panel", hashing: encoder.bytes))
    }
    return ranked.sorted { $0.rank < $1.rank }.prefix(Int(parameters.panelSize))
      .map(\.account).sorted()
  }

  /// Applies a verifier's commitment.
  ///
  /// - Throws: `notFound`, `wrongPhase`, `notOnPanel`, `alreadyDone`.
  public mutating func apply(
    _ message: CommitVerdict, in context: BlockContext
  ) throws(Rejection) {
    guard var dispute = dispute(message.dispute) else { throw .dispute(.notFound) }
    guard case .voting(let commitUntil, _) = dispute.phase,
      !commitUntil.hasCome(at: context.time, height: context.height)
    else { throw .dispute(.wrongPhase) }
    let seat = try seat(of: context.signer, in: dispute)
    guard dispute.panel[seat].commitment == nil else { throw .dispute(.alreadyDone) }
    dispute.panel[seat].commitment = message.commitment
    set(.dispute(message.dispute), to: dispute)
    emit(.verdictCommitted, message.dispute.digest)
  }

  /// Applies the reveal of a verdict, when nobody can commit any more.
  ///
  /// - Throws: `notFound`, `wrongPhase`, `notOnPanel`, `alreadyDone`, `commitmentMismatch`.
  public mutating func apply(
    _ message: RevealVerdict, in context: BlockContext
  ) throws(Rejection) {
    guard var dispute = dispute(message.dispute) else { throw .dispute(.notFound) }
    guard case .voting(let commitUntil, let revealUntil) = dispute.phase,
      commitUntil.hasCome(at: context.time, height: context.height),
      !revealUntil.hasCome(at: context.time, height: context.height)
    else { throw .dispute(.wrongPhase) }
    let seat = try seat(of: context.signer, in: dispute)
    guard dispute.panel[seat].verdict == nil else { throw .dispute(.alreadyDone) }
    guard dispute.panel[seat].commitment == message.commitment(verifier: context.signer) else {
      throw .dispute(.commitmentMismatch)
    }
    dispute.panel[seat].verdict = message.verdict
    set(.dispute(message.dispute), to: dispute)
    emit(.verdictRevealed, message.dispute.digest)
  }

  private func seat(
    of verifier: Identifier<Account>, in dispute: DisputeRecord
  ) throws(Rejection) -> Int {
    guard let seat = dispute.panel.firstIndex(where: { $0.verifier == verifier }) else {
      throw .dispute(.notOnPanel)
    }
    return seat
  }
}
