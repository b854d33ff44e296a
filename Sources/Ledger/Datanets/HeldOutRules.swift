internal import Primitives

extension LedgerState {
  /// Applies the commitment to a part of an epoch's held-out set.
  ///
  /// - Throws: `notFound`, `closed`, `notCurator`, `curatorContributes`; `bondTooSmall` of an owner who
  ///   lost the datanet's; `heldOutAlreadyCommitted` if the signer has a part, or the set takes no
  ///   more.
  public mutating func apply(
    _ message: CommitHeldOut, in context: BlockContext
  ) throws(Rejection) {
    guard let datanet = datanet(message.datanet) else { throw .datanet(.notFound) }
    guard !datanet.isClosed else { throw .datanet(.closed) }
    let isOperatorEnough = context.parameters.datanets.curatorsRequired == 1
    try checkCurator(context.signer, of: message.datanet, orOwner: isOperatorEnough)
    let memberName = MemberName(datanet: message.datanet, account: context.signer)
    var member = member(memberName)
    guard member.contributions == 0, member.heldOutParts < .max else {
      throw .datanet(.curatorContributes)
    }
    // What an owner withholds costs the datanet's bond; where it is gone already, there is none.
    guard
      datanet.owner != context.signer || datanet.bond > .zero
        || context.parameters.datanets.minimumBond == .zero
    else { throw .datanet(.bondTooSmall) }
    let name = EpochName(datanet: message.datanet, epoch: message.epoch)
    var heldOut =
      heldOut(of: message.datanet, epoch: message.epoch)
      ?? HeldOutRecord(
        parts: [], isOperatorFinal: true, isFixed: false, version: nil, isOpened: false,
        release: nil)
    guard !heldOut.isFixed, !heldOut.isOpened, heldOut.parts.count < HeldOutRecord.partMaximum,
      !heldOut.parts.contains(where: { $0.curator == context.signer })
    else { throw .datanet(.heldOutAlreadyCommitted) }

    heldOut.parts.append(
      HeldOutPart(
        curator: context.signer, commitment: message.commitment, committedAt: context.height,
        blob: nil))
    heldOut.isOperatorFinal =
      heldOut.parts.count { $0.curator != datanet.owner } < HeldOutRecord.independentCurators
    set(.heldOut(name), to: heldOut)
    member.heldOutParts += 1
    member.hiddenParts += 1
    set(.member(memberName), to: member)
    emit(.heldOutCommitted, message.datanet.digest)
  }

  /// Applies the reveal of the signer's part of an epoch's held-out set.
  ///
  /// The first opens the set, if the ledger has not, and so closes the epoch to versions and runs; the
  /// last schedules the contributors' pay. Every run of the epoch was submitted before, so one
  /// challenge window from there outlasts all of theirs.
  ///
  /// - Throws: `notFound`, `heldOutNotCommitted`, `heldOutAlreadyRevealed`, `revealTooEarly`,
  ///   `commitmentMismatch`.
  public mutating func apply(
    _ message: RevealHeldOut, in context: BlockContext
  ) throws(Rejection) {
    guard datanet(message.datanet) != nil else { throw .datanet(.notFound) }
    let name = EpochName(datanet: message.datanet, epoch: message.epoch)
    guard var heldOut = heldOut(of: message.datanet, epoch: message.epoch),
      let index = heldOut.parts.firstIndex(where: { $0.curator == context.signer })
    else { throw .datanet(.heldOutNotCommitted) }
    let part = heldOut.parts[index]
    guard part.blob == nil, heldOut.release == nil else {
      throw .datanet(.heldOutAlreadyRevealed)
    }
    guard part.committedAt < context.height else { throw .datanet(.revealTooEarly) }
    let commitment = CommitHeldOut.commitment(
      datanet: message.datanet, curator: context.signer, salt: message.salt, blob: message.blob)
    guard part.commitment == commitment else { throw .datanet(.commitmentMismatch) }

    heldOut.parts[index].blob = message.blob
    uncover(MemberName(datanet: message.datanet, account: context.signer))
    if heldOut.parts.allSatisfy({ $0.blob != nil }) {
      scheduleRelease(of: name, &heldOut, at: Moment(context))
    } else if !heldOut.isOpened {
      open(name, &heldOut, at: Moment(context))
    }
    set(.heldOut(name), to: heldOut)
    emit(.heldOutRevealed, message.datanet.digest)
  }

  /// Begins the training on a published version: its set opens by itself when the window is over.
  mutating func beginTraining(
    on name: EpochName, _ heldOut: inout HeldOutRecord, in context: BlockContext
  ) {
    let end = context.parameters.datanets.trainingWindow.end(from: context)
    heldOut.waitsUntil = end
    schedule(.openHeldOut(name), at: end)
  }

  /// Opens a set that no curator has opened in time: whoever has a part must reveal it now.
  mutating func openHeldOut(_ name: EpochName, at now: Moment) {
    guard var heldOut = heldOut(of: name.datanet, epoch: name.epoch), !heldOut.isOpened else {
      return
    }
    open(name, &heldOut, at: now)
    set(.heldOut(name), to: heldOut)
    emit(.heldOutOpened, name.datanet.digest)
  }

  /// Ends the wait for parts that nobody revealed: whoever has them loses what stands behind them to
  /// the treasury.
  mutating func closeHeldOut(_ name: EpochName, at now: Moment) throws(Rejection) {
    guard var heldOut = heldOut(of: name.datanet, epoch: name.epoch), heldOut.release == nil else {
      return
    }
    for part in heldOut.parts where part.blob == nil {
      let curator = MemberName(datanet: name.datanet, account: part.curator)
      uncover(curator)
      try slashCurator(curator, to: .treasury)
      if datanet(name.datanet)?.owner == part.curator { try slashDatanet(name.datanet) }
    }
    scheduleRelease(of: name, &heldOut, at: now)
    set(.heldOut(name), to: heldOut)
    if heldOut.isWithheld { emit(.heldOutWithheld, name.datanet.digest) }
  }

  /// Closes an epoch to versions and runs, and begins the wait for the parts of its set.
  private mutating func open(
    _ name: EpochName, _ heldOut: inout HeldOutRecord, at now: Moment
  ) {
    guard let window = parameters?.datanets.revealWindow else { return }
    stopWaiting(for: name, &heldOut)
    heldOut.isOpened = true
    let end = window.end(from: now.time, height: now.height)
    heldOut.waitsUntil = end
    schedule(.closeHeldOut(name), at: end)
  }

  private mutating func scheduleRelease(
    of name: EpochName, _ heldOut: inout HeldOutRecord, at now: Moment
  ) {
    guard let window = parameters?.receipts.challengeWindow else { return }
    stopWaiting(for: name, &heldOut)
    heldOut.isOpened = true
    let release = window.end(from: now.time, height: now.height)
    heldOut.release = release
    schedule(.releaseEpoch(name), at: release)
    schedule(.continueErasures(name), at: release)
  }

  private mutating func stopWaiting(for name: EpochName, _ heldOut: inout HeldOutRecord) {
    guard let end = heldOut.waitsUntil else { return }
    unschedule(heldOut.isOpened ? .closeHeldOut(name) : .openHeldOut(name), at: end)
    heldOut.waitsUntil = nil
  }

  /// Counts one hidden part less.
  private mutating func uncover(_ name: MemberName) {
    var member = member(name)
    precondition(member.hiddenParts > 0, "a hidden part is counted")
    member.hiddenParts -= 1
    set(.member(name), to: member)
  }
}
