internal import Primitives

extension LedgerState {
  /// Applies a draft: the next number, of contributions that are accepted and not withdrawn.
  ///
  /// From now on nobody adds to the epoch's held-out set, since the snapshot may be known.
  ///
  /// - Throws: `notFound`, `notOwner`, `closed`, `versionsFull`, `noRecords`; by the epoch's set
  ///   `heldOutNotCommitted`, `heldOutAlreadyRevealed`, `heldOutUsed`; by what is listed
  ///   `contributionsUnsorted`, `contributionNotFound`, `contributionNotRevealed`,
  ///   `contributionNotAccepted`, `contributionWithdrawn`.
  public mutating func apply(
    _ message: DraftVersion, in context: BlockContext
  ) throws(Rejection) {
    var datanet = try openDatanet(message.datanet, ownedBy: context.signer)
    guard datanet.versionCount < .max else { throw .datanet(.versionsFull) }
    guard message.recordCount > 0 else { throw .datanet(.noRecords) }
    let epoch = EpochName(datanet: message.datanet, epoch: message.heldOutEpoch)
    var heldOut = try usableHeldOut(epoch)
    guard heldOut.parts.count >= Int(context.parameters.datanets.curatorsRequired),
      heldOut.parts.allSatisfy({ $0.committedAt < context.height })
    else { throw .datanet(.heldOutNotCommitted) }
    guard !message.contributions.isEmpty,
      message.contributions.isStrictlySorted(by: { $0 })
    else { throw .datanet(.contributionsUnsorted) }

    datanet.versionCount += 1
    for id in message.contributions {
      try list(id, of: message.datanet, in: datanet.versionCount)
    }
    set(.datanet(message.datanet), to: datanet)
    heldOut.isFixed = true
    set(.heldOut(epoch), to: heldOut)
    set(
      .version(VersionName(datanet: message.datanet, number: datanet.versionCount)),
      to: VersionRecord(
        status: .draft, contributions: message.contributions, snapshotRoot: message.snapshotRoot,
        recordCount: message.recordCount, heldOutEpoch: message.heldOutEpoch))
    emit(.versionDrafted, message.datanet.digest)
  }

  /// Applies a curator's acceptance of a draft; the last one needed makes it accepted.
  ///
  /// - Throws: `notFound`, `notCurator`, `versionNotFound`, `versionNotDraft`, `alreadyAccepted`.
  public mutating func apply(
    _ message: AcceptVersion, in context: BlockContext
  ) throws(Rejection) {
    let name = message.version
    let required = context.parameters.datanets.curatorsRequired
    try checkCurator(context.signer, of: name.datanet, orOwner: required == 1)
    guard var version = version(name.number, of: name.datanet) else {
      throw .datanet(.versionNotFound)
    }
    guard version.status == .draft else { throw .datanet(.versionNotDraft) }
    guard !version.acceptedBy.contains(context.signer) else {
      throw .datanet(.alreadyAccepted)
    }
    version.acceptedBy.append(context.signer)
    if version.acceptedBy.count >= Int(required) { version.status = .accepted }
    set(.version(name), to: version)
    emit(.versionAccepted, name.datanet.digest)
  }

  /// Applies the publication of an accepted version, which alone uses its epoch's held-out set: runs
  /// are submitted from now on until the set is opened.
  ///
  /// - Throws: `notFound`, `notOwner`, `closed`, `versionNotFound`, `versionNotAccepted`;
  ///   `heldOutAlreadyRevealed`, `heldOutUsed`.
  public mutating func apply(
    _ message: PublishVersion, in context: BlockContext
  ) throws(Rejection) {
    let name = message.version
    _ = try openDatanet(name.datanet, ownedBy: context.signer)
    guard var version = version(name.number, of: name.datanet) else {
      throw .datanet(.versionNotFound)
    }
    guard version.status == .accepted else { throw .datanet(.versionNotAccepted) }
    let epoch = EpochName(datanet: name.datanet, epoch: version.heldOutEpoch)
    var heldOut = try usableHeldOut(epoch)

    heldOut.version = name.number
    beginTraining(on: epoch, &heldOut, in: context)
    set(.heldOut(epoch), to: heldOut)
    version.status = .published
    version.publishedAt = context.height
    set(.version(name), to: version)
    emit(.versionPublished, name.datanet.digest)
  }

  /// Returns an epoch's set that is committed, hidden, and used by no version.
  private func usableHeldOut(_ epoch: EpochName) throws(Rejection) -> HeldOutRecord {
    guard let heldOut = heldOut(of: epoch.datanet, epoch: epoch.epoch) else {
      throw .datanet(.heldOutNotCommitted)
    }
    guard !heldOut.isOpened else { throw .datanet(.heldOutAlreadyRevealed) }
    guard heldOut.version == nil else { throw .datanet(.heldOutUsed) }
    return heldOut
  }

  /// Enters a contribution into a draft.
  private mutating func list(
    _ id: Identifier<Contribution>, of datanet: Identifier<Datanet>, in number: UInt32
  ) throws(Rejection) {
    var contribution = try revealed(id, of: datanet)
    guard contribution.verdict == .accepted else { throw .datanet(.contributionNotAccepted) }
    guard contribution.use == .active else { throw .datanet(.contributionWithdrawn) }
    if contribution.versions.count == ContributionRecord.versionMaximum {
      contribution.versions = contribution.versions.filter { isOpen($0, of: datanet) }
    }
    guard contribution.versions.count < ContributionRecord.versionMaximum else {
      throw .datanet(.versionsFull)
    }
    contribution.versions.append(number)
    set(.contribution(id), to: contribution)
  }

  /// Whether a version may still be published, or is and its epoch has not been scheduled for pay.
  private func isOpen(_ number: UInt32, of datanet: Identifier<Datanet>) -> Bool {
    guard let version = version(number, of: datanet), version.status != .void else { return false }
    return heldOut(of: datanet, epoch: version.heldOutEpoch)?.release == nil
  }
}
