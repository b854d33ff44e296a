internal import Primitives

extension LedgerState {
  /// Applies the registration of a base model.
  public mutating func apply(
    _ message: RegisterBaseModel, in context: BlockContext
  ) throws(Rejection) {
    let id = context.newIdentifier(of: BaseModel.self)
    set(
      .baseModel(id),
      to: BaseModelRecord(
        owner: context.signer, name: message.name, weights: message.weights,
        licence: message.licence))
    emit(.baseModelRegistered, id.digest)
  }

  /// Applies a run record: bonds the signer's money behind the claim and opens its window.
  ///
  /// The bond stays while the run's adapters may earn; disputes will take it, and withdrawing it
  /// comes with them.
  ///
  /// - Throws: `baseModelNotFound`, `versionNotFound`, `heldOutRevealed`, `bondTooSmall`,
  ///   `indexEmpty`, `upliftUnsorted`, `upliftOfStranger`; `account_insufficient_balance`.
  public mutating func apply(
    _ message: SubmitRunRecord, in context: BlockContext
  ) throws(Rejection) {
    guard baseModel(message.baseModel) != nil else { throw .model(.baseModelNotFound) }
    guard let version = version(message.version.number, of: message.version.datanet) else {
      throw .model(.versionNotFound)
    }
    let heldOut = heldOut(of: message.version.datanet, epoch: version.heldOutEpoch)
    guard heldOut?.blob == nil else { throw .model(.heldOutRevealed) }
    guard message.bond >= context.parameters.models.minimumRunBond else {
      throw .model(.bondTooSmall)
    }
    guard message.rowCount > 0, message.decoyCount > 0 else { throw .model(.indexEmpty) }
    try check(message.uplift, against: version)
    try move(message.bond, from: .account(context.signer), to: .runBonds, for: .runBond)

    let id = context.newIdentifier(of: Run.self)
    set(
      .run(id),
      to: RunRecord(
        owner: context.signer, claim: message, heldOutEpoch: version.heldOutEpoch,
        challengeEnds: context.parameters.receipts.challengeWindow.end(from: context)))
    emit(.runSubmitted, id.digest, amount: message.bond)
  }

  /// Applies the offer of an adapter.
  ///
  /// - Throws: `runNotFound`, `notRunOwner`, `rateBelowFloor`.
  public mutating func apply(
    _ message: PublishAdapter, in context: BlockContext
  ) throws(Rejection) {
    guard let run = run(message.run) else { throw .model(.runNotFound) }
    guard run.owner == context.signer else { throw .model(.notRunOwner) }
    guard let datanet = datanet(run.claim.version.datanet),
      message.rateIn >= datanet.floorRateIn, message.rateOut >= datanet.floorRateOut
    else { throw .model(.rateBelowFloor) }

    let id = context.newIdentifier(of: Adapter.self)
    set(.adapter(id), to: AdapterRecord(owner: context.signer, offer: message))
    emit(.adapterPublished, id.digest)
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
        contribution(entry.contribution)?.contributor == entry.contributor
      else { throw .model(.upliftOfStranger) }
    }
  }
}
