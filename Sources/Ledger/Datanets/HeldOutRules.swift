internal import Primitives

extension LedgerState {
  /// Applies the commitment to a part of an epoch's held-out set.
  ///
  /// - Throws: `notFound`, `closed`, `notCurator`, `curatorContributes`;
  ///   `heldOutAlreadyCommitted` if the signer has a part, or the set takes no more.
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
  /// The first closes the epoch to versions and runs and starts the window for the others; the last
  /// schedules the contributors' pay. Every run of the epoch was submitted before, so one challenge
  /// window from there outlasts all of theirs.
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

    let isFirst = !heldOut.isOpened
    heldOut.isOpened = true
    heldOut.parts[index].blob = message.blob
    uncover(MemberName(datanet: message.datanet, account: context.signer))
    if heldOut.parts.allSatisfy({ $0.blob != nil }) {
      scheduleRelease(of: name, &heldOut, at: context.time, height: context.height)
    } else if isFirst {
      schedule(
        .closeHeldOut(name), at: context.parameters.datanets.revealWindow.end(from: context))
    }
    set(.heldOut(name), to: heldOut)
    emit(.heldOutRevealed, message.datanet.digest)
  }

  /// Ends the wait for parts that nobody revealed: their curators lose their bonds to the treasury.
  mutating func closeHeldOut(
    _ name: EpochName, at time: BlockTime, height: Height
  ) throws(Rejection) {
    guard var heldOut = heldOut(of: name.datanet, epoch: name.epoch), heldOut.release == nil else {
      return
    }
    for part in heldOut.parts where part.blob == nil {
      let curator = MemberName(datanet: name.datanet, account: part.curator)
      uncover(curator)
      try slashCurator(curator, to: .treasury)
    }
    scheduleRelease(of: name, &heldOut, at: time, height: height)
    set(.heldOut(name), to: heldOut)
  }

  private mutating func scheduleRelease(
    of name: EpochName, _ heldOut: inout HeldOutRecord, at time: BlockTime, height: Height
  ) {
    guard let window = parameters?.receipts.challengeWindow else { return }
    let release = window.end(from: time, height: height)
    heldOut.release = release
    schedule(.releaseEpoch(name), at: release)
    schedule(.continueErasures(name), at: release)
  }

  /// Counts one hidden part less.
  private mutating func uncover(_ name: MemberName) {
    var member = member(name)
    precondition(member.hiddenParts > 0, "a hidden part is counted")
    member.hiddenParts -= 1
    set(.member(name), to: member)
  }
}
