internal import CanonicalCoding
public import ClientAPI
public import Cryptography
public import Ledger
public import Primitives
public import Storage

/// A verifier's duty on the panels that he was drawn for: commits to a verdict, and reveals it when
/// nobody can commit any more.
///
/// What is committed is on disk before it is on the ledger, so that another process can reveal it.
/// One process serves one verifier.
public struct PanelDuty: Sendable {
  /// A dispute that waits for this verifier's verdict.
  public struct Summons: Sendable {
    public let id: Identifier<Dispute>
    public let dispute: DisputeRecord
    /// Whether half of the time to commit is over: who has not shown by now what is disputed has had
    /// time enough.
    public let isLate: Bool
    /// When whoever computes still has to commit to what he knows by then.
    public let lastCall: BlockTime
  }

  /// What was done about a dispute.
  public enum Step: Equatable, Sendable {
    case committed(Identifier<Dispute>, Verdict)
    case revealed(Identifier<Dispute>, Verdict)
    /// The ledger refuses it; it is tried again while there is time.
    case refused(Identifier<Dispute>, Rejection)
  }

  public let ledger: any LedgerClient
  /// Verdicts by dispute and round, from before they are committed until the dispute is closed.
  public let verdicts: DocumentFolder
  public let key: SigningKey
  public let account: Identifier<Account>
  private let clock: @Sendable () -> BlockTime

  public init(
    ledger: any LedgerClient, verdicts: DocumentFolder, key: SigningKey,
    account: Identifier<Account>, clock: @escaping @Sendable () -> BlockTime
  ) {
    self.ledger = ledger
    self.verdicts = verdicts
    self.key = key
    self.account = account
    self.clock = clock
  }

  /// Reveals what can be revealed now, and forgets the verdicts of disputes that are closed.
  ///
  /// Quick: to be called often, beside ``judgeNext(_:)``, which may compute for minutes.
  /// - Throws: `ClientFailure`, `StorageFailure`.
  @discardableResult
  public func revealDue() async throws -> [Step] {
    var steps: [Step] = []
    let moment = try await nextBlock()
    for (id, dispute) in try await sittings() {
      guard case .voting(let commitUntil, let revealUntil) = dispute.phase,
        commitUntil.hasCome(at: moment.time, height: moment.height),
        !revealUntil.hasCome(at: moment.time, height: moment.height),
        let seat = dispute.seat(of: account), seat.verdict == nil,
        let kept = try kept(id, dispute), seat.commitment == kept.commitment(verifier: account)
      else { continue }
      let rejection = try await send(.revealVerdict(kept), at: moment.time)
      steps.append(rejection.map { .refused(id, $0) } ?? .revealed(id, kept.verdict))
    }
    try await forgetClosed()
    return steps
  }

  /// Commits to the first verdict that `judge` comes to; what an earlier process decided and could
  /// not commit stands.
  ///
  /// - Parameter judge: returns nil to abstain for now: the dispute is asked for again.
  /// - Returns: what was committed; nil if there is nothing to judge, or `judge` always abstained.
  /// - Throws: `ClientFailure`, `StorageFailure`, what `judge` throws.
  public func judgeNext(_ judge: (Summons) async throws -> Verdict?) async throws -> Step? {
    for (id, dispute) in try await sittings() {
      guard let seat = dispute.seat(of: account), seat.commitment == nil,
        case .voting(let commitUntil, _) = dispute.phase
      else { continue }
      let now = try await nextBlock()
      guard !commitUntil.hasCome(at: now.time, height: now.height) else { continue }
      let reveal: RevealVerdict
      if let kept = try kept(id, dispute) {
        reveal = kept
      } else {
        let window = try await ledger.status().parameters.disputes.commitWindow.milliseconds
        let end = commitUntil.time.milliseconds
        let summons = Summons(
          id: id, dispute: dispute, isLate: now.time.milliseconds + window / 2 >= end,
          lastCall: BlockTime(milliseconds: end - min(end, window / 8)))
        guard let verdict = try await judge(summons) else { continue }
        reveal = RevealVerdict(
          dispute: id, verdict: verdict, salt: InferenceServer.drawnDigest())
        try verdicts.put(reveal.canonicalBytes, as: Self.name(id, dispute))
      }
      let commitment = CommitVerdict(
        dispute: id, commitment: reveal.commitment(verifier: account))
      let rejection = try await send(.commitVerdict(commitment), at: now.time)
      return rejection.map { .refused(id, $0) } ?? .committed(id, reveal.verdict)
    }
    return nil
  }

  // MARK: - Parts

  /// The disputes on whose panel this verifier sits, in the order of what they are about.
  private func sittings() async throws -> [(Identifier<Dispute>, DisputeRecord)] {
    let open = try await ledger.records(
      in: .openDisputes, named: DisputeTarget.self, as: Identifier<Dispute>.self)
    var sittings: [(Identifier<Dispute>, DisputeRecord)] = []
    for id in open.map(\.record) {
      guard let dispute = try await ledger.record(.dispute(id)), dispute.seat(of: account) != nil
      else { continue }
      sittings.append((id, dispute))
    }
    return sittings
  }

  /// Where what is sent now can stand at the earliest.
  private func nextBlock() async throws -> Deadline {
    let header = try await ledger.status().header
    return Deadline(
      time: max(header.time, clock()), height: Height(header.height.number + 1))
  }

  /// A second panel's verdict has a salt of its own: the first one's is known.
  private static func name(_ id: Identifier<Dispute>, _ dispute: DisputeRecord) -> String {
    "\(id)-\(dispute.round)"
  }

  private func kept(
    _ id: Identifier<Dispute>, _ dispute: DisputeRecord
  ) throws -> RevealVerdict? {
    try verdicts.bytes(of: Self.name(id, dispute)).map { try RevealVerdict(canonicalBytes: $0) }
  }

  private func forgetClosed() async throws {
    for name in try verdicts.names() {
      guard let bytes = try verdicts.bytes(of: name),
        let kept = try? RevealVerdict(canonicalBytes: bytes),
        let dispute = try await ledger.record(.dispute(kept.dispute)),
        case .closed = dispute.phase
      else { continue }
      try verdicts.remove(name)
    }
  }

  /// Sends a message that shares no sequence with what else the account does meanwhile.
  /// - Returns: why the ledger refuses it; nil if it does not.
  private func send(_ message: Message, at now: BlockTime) async throws -> Rejection? {
    let lifetime = try await ledger.status().parameters.accounts.nonceLifetime
    let expiry = BlockTime(milliseconds: now.milliseconds + lifetime / 2)
    return try await ledger.send(
      message, by: key, of: account,
      ordering: .unordered(expiry: expiry, nonce: .random(in: .min ... .max))
    ).rejection
  }
}

extension DisputeRecord {
  fileprivate func seat(of verifier: Identifier<Account>) -> PanelSeat? {
    panel.first { $0.verifier == verifier }
  }
}
