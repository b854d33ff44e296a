internal import Primitives

extension LedgerState {
  /// Applies the opening of a datanet; it is named by the signer and the transaction's sequence.
  ///
  /// - Throws: `licenceMalformed`, `bondTooSmall`; `account_insufficient_balance` for the bond.
  public mutating func apply(
    _ message: CreateDatanet, in context: BlockContext
  ) throws(Rejection) {
    guard message.licence.isWellFormed else { throw .datanet(.licenceMalformed) }
    guard message.bond >= context.parameters.datanets.minimumBond else {
      throw .datanet(.bondTooSmall)
    }
    try move(message.bond, from: .account(context.signer), to: .datanetBonds, for: .datanetBond)

    let id = context.newIdentifier(of: Datanet.self)
    set(
      .datanet(id),
      to: DatanetRecord(
        owner: context.signer, name: message.name, type: message.type, licence: message.licence,
        floorRateIn: message.floorRateIn, floorRateOut: message.floorRateOut,
        contributionDeposit: message.contributionDeposit, bond: message.bond,
        isOpen: message.isOpen, isPrivate: message.isPrivate, isClosed: false, versionCount: 0))
    emit(.datanetCreated, id.digest)
  }

  /// Applies the transfer of a datanet; its bond is the new owner's from now on.
  ///
  /// - Throws: `notFound`, `notOwner`; `heldOutStillHidden` while the bond stands behind a part of the
  ///   signer's; `recipientIsCurator`, so that a curator is never the owner.
  public mutating func apply(
    _ message: TransferDatanet, in context: BlockContext
  ) throws(Rejection) {
    var datanet = try datanet(message.datanet, ownedBy: context.signer)
    try checkNothingHidden(by: context.signer, in: message.datanet)
    let recipient = member(MemberName(datanet: message.datanet, account: message.to))
    guard !recipient.hasCuratorsPart || message.to == context.signer else {
      throw .datanet(.recipientIsCurator)
    }
    datanet.owner = message.to
    set(.datanet(message.datanet), to: datanet)
    emit(.datanetTransferred, message.datanet.digest)
  }

  /// Applies new terms; adapters on offer keep their price.
  ///
  /// - Throws: `notFound`, `notOwner`, `closed`.
  public mutating func apply(
    _ message: ChangeDatanetTerms, in context: BlockContext
  ) throws(Rejection) {
    var datanet = try openDatanet(message.datanet, ownedBy: context.signer)
    datanet.floorRateIn = message.floorRateIn
    datanet.floorRateOut = message.floorRateOut
    datanet.contributionDeposit = message.contributionDeposit
    datanet.isOpen = message.isOpen
    set(.datanet(message.datanet), to: datanet)
    emit(.datanetTermsChanged, message.datanet.digest)
  }

  /// Applies the end of a datanet: what was published stays in use, nothing new enters.
  ///
  /// - Throws: `notFound`, `notOwner`, `closed`; `heldOutStillHidden` while the bond stands behind a
  ///   part of the signer's.
  public mutating func apply(
    _ message: CloseDatanet, in context: BlockContext
  ) throws(Rejection) {
    var datanet = try openDatanet(message.datanet, ownedBy: context.signer)
    try checkNothingHidden(by: context.signer, in: message.datanet)
    datanet.isClosed = true
    set(.datanet(message.datanet), to: datanet)
    schedule(
      .returnDatanetBond(message.datanet),
      at: context.parameters.datanets.bondWindow.end(from: context))
    emit(.datanetClosed, message.datanet.digest)
  }

  /// Returns a closed datanet's bond to whoever owns it then.
  mutating func returnBond(of id: Identifier<Datanet>) throws(Rejection) {
    guard var datanet = datanet(id) else { return }
    let bond = datanet.bond
    try move(bond, from: .datanetBonds, to: .account(datanet.owner), for: .datanetBondReturn)
    datanet.bond = .zero
    set(.datanet(id), to: datanet)
    emit(.datanetBondReturned, id.digest, amount: bond)
  }

  /// Takes what stands behind a datanet, because its owner withheld a part of a held-out set.
  mutating func slashDatanet(_ id: Identifier<Datanet>) throws(Rejection) {
    guard var datanet = datanet(id), datanet.bond > .zero else { return }
    let bond = datanet.bond
    try move(bond, from: .datanetBonds, to: .treasury, for: .datanetBondSlash)
    datanet.bond = .zero
    set(.datanet(id), to: datanet)
    emit(.datanetSlashed, id.digest, amount: bond)
  }

  /// Checks that an owner has no part of a held-out set that is still hidden.
  private func checkNothingHidden(
    by owner: Identifier<Account>, in datanet: Identifier<Datanet>
  ) throws(Rejection) {
    guard member(MemberName(datanet: datanet, account: owner)).hiddenParts == 0 else {
      throw .datanet(.heldOutStillHidden)
    }
  }

  /// Returns a datanet that `signer` may administer.
  func datanet(
    _ id: Identifier<Datanet>, ownedBy signer: Identifier<Account>
  ) throws(Rejection) -> DatanetRecord {
    guard let datanet = datanet(id) else { throw .datanet(.notFound) }
    guard datanet.owner == signer else { throw .datanet(.notOwner) }
    return datanet
  }

  /// Returns a datanet that `signer` may administer and that is not closed.
  func openDatanet(
    _ id: Identifier<Datanet>, ownedBy signer: Identifier<Account>
  ) throws(Rejection) -> DatanetRecord {
    let datanet = try datanet(id, ownedBy: signer)
    guard !datanet.isClosed else { throw .datanet(.closed) }
    return datanet
  }

  /// Checks that `signer` may act as a curator: bonded, or the owner where that is enough.
  func checkCurator(
    _ signer: Identifier<Account>, of id: Identifier<Datanet>, orOwner isOwnerEnough: Bool
  ) throws(Rejection) {
    guard let datanet = datanet(id) else { throw .datanet(.notFound) }
    if isOwnerEnough, datanet.owner == signer { return }
    guard isBondedCurator(MemberName(datanet: id, account: signer)) else {
      throw .datanet(.notCurator)
    }
  }
}
