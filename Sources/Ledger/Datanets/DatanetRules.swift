internal import Primitives

extension LedgerState {
  /// Applies the opening of a datanet; it is named by the signer and the transaction's sequence.
  public mutating func apply(
    _ message: CreateDatanet, in context: BlockContext
  ) throws(Rejection) {
    let id = context.newIdentifier(of: Datanet.self)
    set(
      .datanet(id),
      to: DatanetRecord(
        owner: context.signer, name: message.name, licence: message.licence,
        floorRateIn: message.floorRateIn, floorRateOut: message.floorRateOut,
        contributionDeposit: message.contributionDeposit, versionCount: 0))
    emit(.datanetCreated, id.digest)
  }

  /// Applies the publication of a version: the next number, of revealed contributions only.
  ///
  /// - Throws: `notFound`, `notOwner`, `versionsFull`, `noRecords`; `heldOutNotCommitted` or
  ///   `heldOutAlreadyRevealed` by the epoch's set; `contributionsUnsorted`,
  ///   `contributionNotFound` or `contributionNotRevealed` by what is listed.
  public mutating func apply(
    _ message: PublishVersion, in context: BlockContext
  ) throws(Rejection) {
    var datanet = try datanet(message.datanet, ownedBy: context.signer)
    guard datanet.versionCount < .max else { throw .datanet(.versionsFull) }
    guard message.recordCount > 0 else { throw .datanet(.noRecords) }
    let heldOut = try unrevealedHeldOut(of: message.datanet, epoch: message.heldOutEpoch)
    guard heldOut.committedAt < context.height else { throw .datanet(.heldOutNotCommitted) }
    guard !message.contributions.isEmpty,
      message.contributions.isStrictlySorted(by: { $0 })
    else { throw .datanet(.contributionsUnsorted) }
    for id in message.contributions {
      guard let contribution = contribution(id), contribution.datanet == message.datanet else {
        throw .datanet(.contributionNotFound)
      }
      guard contribution.content != nil else { throw .datanet(.contributionNotRevealed) }
    }

    datanet.versionCount += 1
    set(.datanet(message.datanet), to: datanet)
    set(
      .version(VersionName(datanet: message.datanet, number: datanet.versionCount)),
      to: VersionRecord(
        contributions: message.contributions, snapshotRoot: message.snapshotRoot,
        recordCount: message.recordCount, heldOutEpoch: message.heldOutEpoch))
    emit(.versionPublished, message.datanet.digest)
  }

  /// Returns a datanet that `signer` may administer.
  func datanet(
    _ id: Identifier<Datanet>, ownedBy signer: Identifier<Account>
  ) throws(Rejection) -> DatanetRecord {
    guard let datanet = datanet(id) else { throw .datanet(.notFound) }
    guard datanet.owner == signer else { throw .datanet(.notOwner) }
    return datanet
  }
}
