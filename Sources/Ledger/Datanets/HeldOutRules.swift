internal import Primitives

extension LedgerState {
  /// Applies the commitment to an epoch's held-out set.
  ///
  /// - Throws: `notFound`, `notOwner`, `heldOutAlreadyCommitted`.
  public mutating func apply(
    _ message: CommitHeldOut, in context: BlockContext
  ) throws(Rejection) {
    _ = try datanet(message.datanet, ownedBy: context.signer)
    let name = EpochName(datanet: message.datanet, epoch: message.epoch)
    guard heldOut(of: message.datanet, epoch: message.epoch) == nil else {
      throw .datanet(.heldOutAlreadyCommitted)
    }
    set(
      .heldOut(name),
      to: HeldOutRecord(
        commitment: message.commitment, committedAt: context.height, blob: nil, release: nil))
    emit(.heldOutCommitted, message.datanet.digest)
  }

  /// Applies the reveal of an epoch's held-out set and schedules its contributors' pay.
  ///
  /// Every run of the epoch was submitted before this block, so one challenge window from here
  /// outlasts all of theirs.
  ///
  /// - Throws: `notFound`, `notOwner`, `heldOutNotCommitted`, `heldOutAlreadyRevealed`,
  ///   `revealTooEarly`, `commitmentMismatch`.
  public mutating func apply(
    _ message: RevealHeldOut, in context: BlockContext
  ) throws(Rejection) {
    _ = try datanet(message.datanet, ownedBy: context.signer)
    let name = EpochName(datanet: message.datanet, epoch: message.epoch)
    var heldOut = try unrevealedHeldOut(of: message.datanet, epoch: message.epoch)
    guard heldOut.committedAt < context.height else { throw .datanet(.revealTooEarly) }
    let commitment = CommitHeldOut.commitment(
      datanet: message.datanet, salt: message.salt, blob: message.blob)
    guard heldOut.commitment == commitment else { throw .datanet(.commitmentMismatch) }

    let release = context.parameters.receipts.challengeWindow.end(from: context)
    heldOut.blob = message.blob
    heldOut.release = release
    set(.heldOut(name), to: heldOut)
    schedule(.releaseEpoch(name), at: release)
    emit(.heldOutRevealed, message.datanet.digest)
  }

  /// Returns an epoch's set that is committed and still hidden.
  func unrevealedHeldOut(
    of datanet: Identifier<Datanet>, epoch: UInt32
  ) throws(Rejection) -> HeldOutRecord {
    guard let heldOut = heldOut(of: datanet, epoch: epoch) else {
      throw .datanet(.heldOutNotCommitted)
    }
    guard heldOut.blob == nil else { throw .datanet(.heldOutAlreadyRevealed) }
    return heldOut
  }
}
