internal import CanonicalCoding
internal import Primitives

extension LedgerState {
  /// Applies the creation of a validator: the signer is its operator and first delegator.
  ///
  /// - Throws: `validatorExists`, `consensusKeyTaken`, `commissionInvalid`, `selfStakeTooSmall`,
  ///   `tooManyDelegations`; `account_key_unusable`, `account_insufficient_balance`.
  public mutating func apply(
    _ message: CreateValidator, in context: BlockContext
  ) throws(Rejection) {
    let id = context.signer
    let address = ConsensusAddress(message.consensusKey)
    try message.consensusKey.checkUsable()
    guard validator(id) == nil else { throw .staking(.validatorExists) }
    guard validator(at: address) == nil else { throw .staking(.consensusKeyTaken) }
    let commission = Commission(
      rate: message.rate, maximum: message.maximumRate, maximumStep: message.maximumStep,
      changeable: context.parameters.staking.commissionWindow.end(from: context))
    guard commission.isValid else { throw .staking(.commissionInvalid) }
    guard message.stake >= context.parameters.staking.minimumSelfStake else {
      throw .staking(.selfStakeTooSmall)
    }
    set(.consensusAddress(address), to: id)
    setValidator(
      id,
      to: ValidatorRecord(
        consensusKey: message.consensusKey, name: message.name, details: message.details,
        commission: commission, status: .standing, tokens: .zero, shares: 0))
    emit(.validatorCreated, id.digest, amount: message.stake)
    try apply(Delegate(validator: id, amount: message.stake), in: context)
  }

  /// Applies a change of what a validator says of itself, and of its commission.
  ///
  /// - Throws: `validatorNotFound`, `commissionTooSoon`, `commissionStepTooLarge`,
  ///   `commissionInvalid`.
  public mutating func apply(
    _ message: EditValidator, in context: BlockContext
  ) throws(Rejection) {
    guard var record = validator(context.signer) else { throw .staking(.validatorNotFound) }
    record.name = message.name
    record.details = message.details
    if let rate = message.rate, rate != record.commission.rate {
      let before = record.commission
      guard before.changeable.hasCome(at: Moment(context)) else {
        throw .staking(.commissionTooSoon)
      }
      let (low, high) = (min(rate, before.rate), max(rate, before.rate))
      guard high.partsPerBillion - low.partsPerBillion <= before.maximumStep.partsPerBillion else {
        throw .staking(.commissionStepTooLarge)
      }
      record.commission.rate = rate
      record.commission.changeable = context.parameters.staking.commissionWindow.end(from: context)
      guard record.commission.isValid else { throw .staking(.commissionInvalid) }
    }
    setValidator(context.signer, to: record)
    emit(.validatorEdited, context.signer.digest)
  }

  /// Applies an operator's wish to take part again.
  ///
  /// - Throws: `validatorNotFound`, `validatorTombstoned`, `notJailed`, `jailNotOver`,
  ///   `selfStakeTooSmall`.
  public mutating func apply(_ message: Unjail, in context: BlockContext) throws(Rejection) {
    let id = context.signer
    guard var record = validator(id) else { throw .staking(.validatorNotFound) }
    switch record.status {
    case .tombstoned: throw .staking(.validatorTombstoned)
    case .standing: throw .staking(.notJailed)
    case .jailed(let until):
      guard until.hasCome(at: Moment(context)) else { throw .staking(.jailNotOver) }
    }
    guard stake(of: id, at: id) >= context.parameters.staking.minimumSelfStake else {
      throw .staking(.selfStakeTooSmall)
    }
    record.status = .standing
    setValidator(id, to: record)
    emit(.validatorUnjailed, id.digest)
  }

  /// Jails a validator whose operator has just taken away his own stake; he may bring it back.
  mutating func jailIfAbandoned(
    _ id: Identifier<Account>, by signer: Identifier<Account>, in context: BlockContext
  ) {
    guard id == signer, let record = validator(id), record.status == .standing,
      stake(of: id, at: id) < context.parameters.staking.minimumSelfStake
    else { return }
    jail(id, record, until: Deadline(time: context.time, height: context.height))
  }

  mutating func jail(
    _ id: Identifier<Account>, _ record: consuming ValidatorRecord, until: Deadline
  ) {
    record.status = .jailed(until)
    setValidator(id, to: record)
    set(.signing(id), to: nil)
    emit(.validatorJailed, id.digest)
  }
}

extension Commission {
  fileprivate var isValid: Bool {
    rate <= maximum && maximum <= .whole && maximumStep <= maximum
  }
}
