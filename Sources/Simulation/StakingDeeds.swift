internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let stakingDeeds: [Deed] = [
    Deed(3) { $0.createValidator() },
    Deed(4) { $0.editValidator() },
    Deed(5) { $0.unjail() },
    Deed(16) { $0.delegate() },
    Deed(10) { $0.undelegate() },
    Deed(8) { $0.redelegate() },
    Deed(6) { $0.cancelUnbonding() },
    Deed(7) { $0.withdrawRewards() },
    Deed(3) { $0.withdrawCommission() },
  ]
}

// MARK: - Validators
extension World {
  fileprivate mutating func createValidator() -> Intent? {
    let known = state.validators()
    let standing = known.filter { $0.record.status == .standing }
    guard standing.count < 4 || mayMake(.createValidator, every: 300) || isCareless else {
      return nil
    }
    guard
      let account = pick(actors.map(\.account), where: { id in !known.contains { $0.id == id } })
    else { return nil }
    let taken = pick(known).map(\.record.consensusKey)
    let key = isCareless && chance(1, in: 3) ? taken : nil
    let claim = CreateValidator(
      consensusKey: key ?? self.key().publicKey, name: "validator", details: "",
      rate: .percent(UInt32(below(isCareless ? 40 : 20))), maximumRate: .percent(20),
      maximumStep: .percent(5), stake: amount(isCareless ? 0 : 1_000, 2_000_000))
    return Intent(account, .createValidator(claim))
  }

  fileprivate mutating func editValidator() -> Intent? {
    guard let (id, record) = pick(state.validators()) else { return nil }
    let now = Int(record.commission.rate.partsPerBillion / 10_000_000)
    let rate = isCareless ? below(60) : max(0, min(20, now - 4 + below(9)))
    let edit = EditValidator(
      name: "edited", details: "since \(chain.height)",
      rate: chance(1, in: 2) ? .percent(UInt32(rate)) : nil)
    return Intent(signer(id), .editValidator(edit))
  }

  fileprivate mutating func unjail() -> Intent? {
    let moment = (now, Height(chain.height + 1))
    let jailed = pick(state.validators()) { validator in
      guard case .jailed(let until) = validator.record.status else { return false }
      return until.hasCome(at: moment.0, height: moment.1)
    }
    guard let id = jailed?.id else { return nil }
    return Intent(signer(id), .unjail(Unjail()))
  }

  fileprivate mutating func withdrawCommission() -> Intent? {
    guard let id = pick(state.validators())?.id else { return nil }
    return Intent(signer(id), .withdrawCommission(WithdrawCommission()))
  }
}

// MARK: - Delegations
extension World {
  /// A validator to stake with: any that is not out for ever.
  mutating func openValidator() -> Identifier<Account>? {
    pick(state.validators()) { $0.record.offence == nil && $0.record.tokens > .zero }?.id
  }

  /// Somebody's delegation.
  mutating func delegation(
    where fits: (DelegationName, DelegationRecord) -> Bool
  ) -> (name: DelegationName, record: DelegationRecord)? {
    for _ in 0..<6 {
      let account = chance(1, in: 4) ? (pick(state.validators())?.id ?? anyone()) : anyone()
      let own = state.delegations(of: account)
      if let found = pick(own, where: { fits($0.name, $0.record) }) { return found }
    }
    return nil
  }

  func worth(of delegation: (name: DelegationName, record: DelegationRecord)) -> Amount {
    state.validator(delegation.name.validator)?.worth(of: delegation.record.shares) ?? .zero
  }

  private mutating func validatorOrNobody(
    _ id: Identifier<Account>
  ) -> Identifier<Account> { isCareless && chance(1, in: 6) ? anyone() : id }

  fileprivate mutating func delegate() -> Intent? {
    guard let validator = openValidator() else { return nil }
    let term = chance(1, in: 4) ? pick(chain.parameters.staking.terms)?.window : nil
    let other = Window(milliseconds: 1 + random.next(below: 1000), blocks: 1)
    let message = Delegate(
      validator: validatorOrNobody(validator), amount: amount(1, 200_000),
      lock: isCareless && chance(1, in: 4) ? other : term)
    return Intent(anyone(), .delegate(message))
  }

  fileprivate mutating func undelegate() -> Intent? {
    guard
      let found = delegation(where: { name, record in
        record.lock == nil && name.number != DelegationName.wrapped
      })
    else { return nil }
    let worth = worth(of: found)
    let message = Undelegate(
      validator: found.name.validator, number: found.name.number, amount: part(of: worth))
    return Intent(signer(found.name.delegator), .undelegate(message))
  }

  fileprivate mutating func redelegate() -> Intent? {
    guard
      let found = delegation(where: { name, record in
        record.exposure == nil && name.number != DelegationName.wrapped
      }), let target = pick(state.validators().map(\.id), where: { $0 != found.name.validator })
    else { return nil }
    let worth = worth(of: found)
    let message = Redelegate(
      from: found.name.validator, number: found.name.number, to: validatorOrNobody(target),
      amount: part(of: worth))
    return Intent(signer(found.name.delegator), .redelegate(message))
  }

  fileprivate mutating func cancelUnbonding() -> Intent? {
    for _ in 0..<8 {
      let account = anyone()
      guard let (name, record) = pick(state.unbondings(of: account)) else { continue }
      let message = CancelUnbonding(
        validator: name.validator, number: isCareless ? name.number + 1 : name.number,
        amount: part(of: record.balance))
      return Intent(account, .cancelUnbonding(message))
    }
    return nil
  }

  fileprivate mutating func withdrawRewards() -> Intent? {
    guard let found = delegation(where: { _, _ in true }) else { return nil }
    return Intent(
      signer(found.name.delegator),
      .withdrawRewards(WithdrawRewards(validator: found.name.validator)))
  }
}
