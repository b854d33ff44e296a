public import CanonicalCoding
public import Primitives

// Wrapped stake is a delegation under a number of its own. It has no lock and answers for no other
// validator, so that every wrapped share of a validator is like any other: this is what makes it a
// token. Staking's rules do the rest: rewards by the pot's ratio, slashes by the worth of a share.

extension DelegationName {
  /// The number of wrapped stake; numbers given to others never reach it.
  public static let wrapped = UInt64.max
}

extension LedgerState {
  /// Applies a wrap: the signer's free shares become transferable.
  ///
  /// Pays what they have earned.
  ///
  /// - Throws: `sharesZero`, `ownValidator`, `sharesTooFew`; `staking_delegation_not_found`,
  ///   `staking_too_many_delegations`.
  public mutating func apply(
    _ message: WrapStake, in context: BlockContext
  ) throws(Rejection) {
    guard message.validator != context.signer else { throw .liquidStake(.ownValidator) }
    let free = DelegationName(delegator: context.signer, validator: message.validator)
    let worth = try moveShares(
      message.shares, from: free, to: free.numbered(DelegationName.wrapped), in: context)
    emit(.stakeWrapped, message.validator.digest, amount: worth)
  }

  /// Applies an unwrap: shares join the signer's delegation number 0.
  ///
  /// Pays what they have earned.
  ///
  /// - Throws: `sharesZero`, `sharesTooFew`; `staking_delegation_not_found`,
  ///   `staking_too_many_delegations`.
  public mutating func apply(
    _ message: UnwrapStake, in context: BlockContext
  ) throws(Rejection) {
    let free = DelegationName(delegator: context.signer, validator: message.validator)
    let worth = try moveShares(
      message.shares, from: free.numbered(DelegationName.wrapped), to: free, in: context)
    emit(.stakeUnwrapped, message.validator.digest, amount: worth)
  }

  /// Applies a transfer of wrapped stake.
  ///
  /// Pays both sides what theirs has earned. An account takes stake of a validator that is new to
  /// it only while it has less than half as many delegations as it may: strangers can't fill what
  /// its own delegations need.
  ///
  /// - Throws: `sharesZero`, `sameAccount`, `ownValidator`, `holderFull`, `sharesTooFew`;
  ///   `staking_delegation_not_found`.
  public mutating func apply(
    _ message: TransferWrappedStake, in context: BlockContext
  ) throws(Rejection) {
    guard message.to != context.signer else { throw .liquidStake(.sameAccount) }
    guard message.to != message.validator else { throw .liquidStake(.ownValidator) }
    let source = DelegationName(
      delegator: context.signer, validator: message.validator, number: DelegationName.wrapped)
    let target = DelegationName(
      delegator: message.to, validator: message.validator, number: DelegationName.wrapped)
    guard
      delegation(target) != nil
        || staker(message.to).delegationCount < context.parameters.staking.maximumDelegations / 2
    else { throw .liquidStake(.holderFull) }
    let worth = try moveShares(message.shares, from: source, to: target, in: context)
    emit(.wrappedStakeTransferred, message.to.digest, amount: worth)
  }

  /// Moves shares between two delegations at one validator, both paid and brought up to date first;
  /// neither the validator's shares nor the pot's weight change.
  ///
  /// - Returns: what the shares are worth.
  private mutating func moveShares(
    _ shares: UInt128, from source: DelegationName, to target: DelegationName,
    in context: BlockContext
  ) throws(Rejection) -> Amount {
    guard shares > 0 else { throw .liquidStake(.sharesZero) }
    let moment = Moment(context)
    var giving = try openPosition(source, at: moment)
    guard shares <= giving.delegation.shares else { throw .liquidStake(.sharesTooFew) }
    let worth = giving.validator.worth(of: shares)
    giving.delegation.shares -= shares
    try close(giving)
    guard
      delegation(target) != nil
        || staker(target.delegator).delegationCount < context.parameters.staking.maximumDelegations
    else { throw .staking(.tooManyDelegations) }
    var taking =
      delegation(target) == nil ? try newPosition(target) : try openPosition(target, at: moment)
    taking.delegation.shares += shares
    try close(taking)
    return worth
  }

  /// Keeps the sum of a validator's wrapped shares; whatever writes a delegation's shares calls it.
  mutating func recountWrapped(_ name: DelegationName, from old: UInt128, to new: UInt128) {
    guard name.number == DelegationName.wrapped, old != new else { return }
    let sum = wrappedShares(of: name.validator) - old + new
    set(.wrappedShares(name.validator), to: sum == 0 ? nil : sum)
  }
}

extension DelegationName {
  func numbered(_ number: UInt64) -> DelegationName {
    DelegationName(delegator: delegator, validator: validator, number: number)
  }
}

extension StateReader {
  /// How many of a validator's shares are wrapped: the supply of its liquid token.
  public func wrappedShares(of validator: Identifier<Account>) -> UInt128 {
    record(.wrappedShares(validator)) ?? 0
  }

  /// How many wrapped shares of a validator an account holds.
  public func wrappedShares(
    of validator: Identifier<Account>, heldBy account: Identifier<Account>
  ) -> UInt128 {
    delegation(
      DelegationName(delegator: account, validator: validator, number: DelegationName.wrapped))?
      .shares ?? 0
  }
}

extension StateKey {
  public static func wrappedShares(_ validator: Identifier<Account>) -> StateKey<UInt128> {
    .init(.wrappedShares, validator)
  }
}
