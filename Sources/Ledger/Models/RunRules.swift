internal import Primitives

extension LedgerState {
  /// Applies a run record: bonds the signer's money behind the claim and opens its window.
  ///
  /// The bond stays while the run's adapters may earn, and a dispute can take it.
  ///
  /// - Throws: `baseModelNotFound`, `versionNotFound`, `versionNotPublished`, `datanetPrivate`,
  ///   `heldOutRevealed`, `bondTooSmall`, `indexEmpty`, `upliftUnsorted`, `upliftOfStranger`,
  ///   `upliftOfWithdrawn`; `account_insufficient_balance`.
  public mutating func apply(
    _ message: SubmitRunRecord, in context: BlockContext
  ) throws(Rejection) {
    guard baseModel(message.baseModel) != nil else { throw .model(.baseModelNotFound) }
    guard let version = version(message.version.number, of: message.version.datanet) else {
      throw .model(.versionNotFound)
    }
    guard version.status == .published else { throw .model(.versionNotPublished) }
    try checkTrainer(context.signer, of: message.version.datanet)
    let heldOut = heldOut(of: message.version.datanet, epoch: version.heldOutEpoch)
    guard heldOut?.isOpened == false else { throw .model(.heldOutRevealed) }
    guard message.bond >= context.parameters.models.minimumRunBond else {
      throw .model(.bondTooSmall)
    }
    guard message.rowCount > 0, message.decoyCount > 0 else { throw .model(.indexEmpty) }
    try check(message.uplift, against: version)
    try move(message.bond, from: .account(context.signer), to: .runBonds, for: .runBond)

    let id = context.newIdentifier(of: Run.self)
    let challengeEnds = context.parameters.receipts.challengeWindow.end(from: context)
    set(
      .run(id),
      to: RunRecord(
        owner: context.signer, claim: message, heldOutEpoch: version.heldOutEpoch,
        challengeEnds: challengeEnds))
    set(
      .standing(of: id),
      to: RunStanding(status: .open, bond: message.bond, bondHeldUntil: challengeEnds))
    schedule(.endRunChallenge(id), at: challengeEnds)
    emit(.runSubmitted, id.digest, amount: message.bond)
  }

  /// Applies the return of a run's bond.
  ///
  /// - Throws: `runNotFound`, `notRunOwner`; `bondNotDue` while an adapter is on offer, a window or
  ///   a dispute is open, its uplift can be disputed, or if the bond is gone.
  public mutating func apply(
    _ message: WithdrawRunBond, in context: BlockContext
  ) throws(Rejection) {
    var standing = try standing(of: message.run, ownedBy: context.signer)
    guard standing.status == .final || (standing.status == .slashed && standing.bond > .zero),
      standing.adaptersOnOffer == 0, standing.openDisputes == 0,
      standing.bondHeldUntil.hasCome(at: context.time, height: context.height),
      run(message.run)?.isChallenged(in: self, at: Moment(context)) == false
    else { throw .model(.bondNotDue) }

    let bond = standing.bond
    try move(bond, from: .runBonds, to: .account(context.signer), for: .runBondReturn)
    standing.bond = .zero
    if standing.status == .final { standing.status = .withdrawn }
    set(.standing(of: message.run), to: standing)
    emit(.runBondReturned, message.run.digest, amount: bond)
  }

  /// Ends a run's challenge window: undisputed, the claim is final.
  mutating func endChallenge(of run: Identifier<Run>) {
    guard var standing = standing(of: run), standing.status == .open else { return }
    standing.status = .final
    set(.standing(of: run), to: standing)
    emit(.runFinal, run.digest)
  }

  /// Returns the standing of a run that `signer` may act for.
  func standing(
    of run: Identifier<Run>, ownedBy signer: Identifier<Account>
  ) throws(Rejection) -> RunStanding {
    guard let record = self.run(run), let standing = standing(of: run) else {
      throw .model(.runNotFound)
    }
    guard record.owner == signer else { throw .model(.notRunOwner) }
    return standing
  }

  /// Checks that `signer` may train on a datanet.
  private func checkTrainer(
    _ signer: Identifier<Account>, of id: Identifier<Datanet>
  ) throws(Rejection) {
    guard let datanet = datanet(id), datanet.isPrivate, datanet.owner != signer else { return }
    guard member(MemberName(datanet: id, account: signer)).isTrainer else {
      throw .model(.datanetPrivate)
    }
  }

  /// Checks that the uplift speaks of the version's contributions and their own contributors.
  private func check(
    _ uplift: [UpliftEntry], against version: VersionRecord
  ) throws(Rejection) {
    guard uplift.isStrictlySorted(by: { $0.contribution }) else { throw .model(.upliftUnsorted) }
    // Both lists are sorted by contribution, so one walk over the version finds every entry.
    var remaining = version.contributions[...]
    for entry in uplift {
      remaining = remaining.drop { $0 < entry.contribution }
      guard remaining.first == entry.contribution,
        let contribution = contribution(entry.contribution),
        contribution.contributor == entry.contributor
      else { throw .model(.upliftOfStranger) }
      guard contribution.use == .active else { throw .model(.upliftOfWithdrawn) }
    }
  }
}
