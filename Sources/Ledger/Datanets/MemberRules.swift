internal import Primitives

extension LedgerState {
  /// Applies the grant of a role.
  ///
  /// - Throws: `notFound`, `notOwner`; `ownerHasNoRole`, so that a curator is never the owner.
  public mutating func apply(
    _ message: GrantRole, in context: BlockContext
  ) throws(Rejection) {
    _ = try datanet(message.datanet, ownedBy: context.signer)
    guard message.account != context.signer else { throw .datanet(.ownerHasNoRole) }
    change(
      message.role, of: MemberName(datanet: message.datanet, account: message.account), to: true)
    emit(.roleGranted, message.account.digest)
  }

  /// Applies the end of a role.
  ///
  /// - Throws: `notFound`, `notOwner`.
  public mutating func apply(
    _ message: RevokeRole, in context: BlockContext
  ) throws(Rejection) {
    _ = try datanet(message.datanet, ownedBy: context.signer)
    change(
      message.role, of: MemberName(datanet: message.datanet, account: message.account), to: false)
    emit(.roleRevoked, message.account.digest)
  }

  private mutating func change(_ role: DatanetRole, of name: MemberName, to isGranted: Bool) {
    var member = member(name)
    switch role {
    case .curator: member.isCurator = isGranted
    case .contributor: member.isContributor = isGranted
    case .trainer: member.isTrainer = isGranted
    }
    set(.member(name), to: member)
  }

  /// Applies a curator's bond.
  ///
  /// - Throws: `notCurator` without the role, `bondLeaving`; `account_insufficient_balance`.
  public mutating func apply(
    _ message: BondCurator, in context: BlockContext
  ) throws(Rejection) {
    let name = MemberName(datanet: message.datanet, account: context.signer)
    var member = member(name)
    guard member.isCurator else { throw .datanet(.notCurator) }
    guard member.unbonding == .zero else { throw .datanet(.bondLeaving) }
    try move(message.amount, from: .account(context.signer), to: .curatorBonds, for: .curatorBond)
    guard let bond = try? member.bond.adding(message.amount) else {
      preconditionFailure("bonds are covered by their purse, which the supply bounds")
    }
    member.bond = bond
    set(.member(name), to: member)
    emit(.curatorBonded, context.signer.digest, amount: message.amount)
  }

  /// Applies the end of a curator's bond: it returns after the bond window.
  ///
  /// - Throws: `notCurator` without a bond, `bondLeaving`; `heldOutStillHidden`.
  public mutating func apply(
    _ message: UnbondCurator, in context: BlockContext
  ) throws(Rejection) {
    let name = MemberName(datanet: message.datanet, account: context.signer)
    var member = member(name)
    guard member.unbonding == .zero else { throw .datanet(.bondLeaving) }
    guard member.bond > .zero else { throw .datanet(.notCurator) }
    guard member.hiddenParts == 0 else { throw .datanet(.heldOutStillHidden) }
    member.unbonding = member.bond
    member.bond = .zero
    set(.member(name), to: member)
    schedule(
      .returnCuratorBond(name), at: context.parameters.datanets.bondWindow.end(from: context))
    emit(.curatorUnbonding, context.signer.digest, amount: member.unbonding)
  }

  /// Returns a curator's bond at the end of its window.
  mutating func returnCuratorBond(_ name: MemberName) throws(Rejection) {
    var member = member(name)
    let bond = member.unbonding
    member.unbonding = .zero
    set(.member(name), to: member)
    try move(bond, from: .curatorBonds, to: .account(name.account), for: .curatorBondReturn)
    emit(.curatorBondReturned, name.account.digest, amount: bond)
  }

  /// Takes all that stands behind a curator, on its way back or not.
  ///
  /// - Returns: what `target` received.
  @discardableResult
  mutating func slashCurator(_ name: MemberName, to target: Holder) throws(Rejection) -> Amount {
    var member = member(name)
    let bond = Amount(baseUnits: member.bond.baseUnits + member.unbonding.baseUnits)
    member.bond = .zero
    member.unbonding = .zero
    set(.member(name), to: member)
    try move(bond, from: .curatorBonds, to: target, for: .curatorBondSlash)
    emit(.curatorSlashed, name.account.digest, amount: bond)
    return bond
  }
}
