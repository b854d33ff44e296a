import Ledger
import Primitives

extension StakingModel {
  /// Follows a block; returns the places of transactions that the ledger treated otherwise.
  mutating func enter(_ executed: ExecutedBlock) -> [Int] {
    let block = executed.block
    let now = Deadline(time: block.header.time, height: block.header.height)
    begin(block.report, at: now)
    var surprises: [Int] = []
    for (place, transaction) in block.transactions.enumerated() {
      let content = transaction.content
      give(content.fee.baseUnits, from: .account(content.signer), to: .validators)
      var attempt = self
      do {
        try attempt.apply(content.message, by: content.signer, at: now)
        self = attempt
        if executed.results[place].code != 0 { surprises.append(place) }
      } catch {
        if executed.results[place].code == 0 { surprises.append(place) }
      }
    }
    end(at: now)
    return surprises
  }

  private func place(of address: ConsensusAddress) -> Int? {
    validators.firstIndex { ConsensusAddress($0.key) == address }
  }

  private mutating func begin(_ report: ConsensusReport, at now: Deadline) {
    shareFees(report)
    for misbehaviour in report.misbehaviours {
      guard let place = place(of: misbehaviour.validator), validators[place].offence == nil else {
        continue
      }
      let age = (
        blocks: now.height.number - misbehaviour.height.number,
        milliseconds: now.time.milliseconds - misbehaviour.time.milliseconds
      )
      let window = parameters.unbonding
      if age.blocks > window.blocks, age.milliseconds > window.milliseconds { continue }
      slash(place, parameters.doubleSignSlash)
      validators[place].jailedUntil = nil
      validators[place].offence = Offence(
        height: Height(misbehaviour.height.number - 1), judged: now,
        fraction: parameters.doubleSignSlash)
    }
    for vote in report.votes {
      guard let place = place(of: vote.validator), validators[place].isStanding else { continue }
      count(place, signed: vote.signed, at: now)
    }
  }

  private mutating func shareFees(_ report: ConsensusReport) {
    let purse = balances[.validators] ?? 0
    var payees =
      report.votes.isEmpty
      ? active.map { ($0.id, $0.power) }
      : report.votes.filter(\.signed).compactMap { vote in
        place(of: vote.validator).map { (validators[$0].id, vote.power) }
      }
    payees = payees.filter { weight(of: $0.0) > 0 }.sorted { $0.0 < $1.0 }
    let whole = payees.reduce(0) { $0 + UInt128($1.1) }
    guard whole > 0 else { return }
    var parts = payees.map { scaled(purse, UInt128($0.1), whole) }
    let rest = purse - parts.reduce(0, +)
    let byRemainder = payees.indices.sorted { one, two in
      func remainder(_ index: Int) -> UInt128 {
        whole.dividingFullWidth(purse.multipliedFullWidth(by: UInt128(payees[index].1))).remainder
      }
      let (first, second) = (remainder(one), remainder(two))
      return first == second ? one < two : first > second
    }
    for index in byRemainder.prefix(Int(rest)) { parts[index] += 1 }
    for (payee, part) in zip(payees, parts) where part > 0 { reward(payee.0, part) }
  }

  private mutating func reward(_ id: Identifier<Account>, _ part: UInt128) {
    guard let place = validators.firstIndex(where: { $0.id == id }) else { return }
    let cut = scaled(part, validators[place].rate, 1_000_000_000)
    let weight = weight(of: id)
    // (part − cut) · 2⁶⁴ + remainder, in two halves.
    let product = (part - cut).multipliedFullWidth(by: 1 << 64)
    let (low, carried) = product.low.addingReportingOverflow(validators[place].remainder)
    let (increment, left) = weight.dividingFullWidth((product.high + (carried ? 1 : 0), low))
    validators[place].increments.append(increment)
    validators[place].remainder = left
    validators[place].commission += cut
    validators[place].outstanding += part
    give(part, from: .validators, to: .stakingRewards)
    for delegation in delegations where delegation.name.validator == id {
      ideal.earn(
        part - cut, weight: delegation.weight, of: weight, by: delegation.name.delegator)
    }
  }

  private mutating func slash(_ place: Int, _ fraction: Share) {
    let before = validators[place].tokens
    let taken = scaled(before, UInt128(fraction.partsPerBillion), 1_000_000_000)
    validators[place].tokens -= taken
    validators[place].countedFrom = nil
    validators[place].missed = []
    give(taken, from: .bondedStake, to: .treasury)
    ideal.slash(validators[place].id, from: before, to: before - taken)
  }

  private mutating func count(_ place: Int, signed: Bool, at now: Deadline) {
    let height = now.height.number
    let start = validators[place].countedFrom ?? height
    validators[place].countedFrom = start
    if !signed { validators[place].missed.append(height) }
    let window = UInt64(parameters.signedBlocksWindow)
    // The block at the ring's other end is the one that was counted a window ago, whether or not
    // blocks without a report lie between.
    let recent = validators[place].missed.filter { missed in
      !validatorCountedSince(place, missed, window, height)
    }
    validators[place].missed = recent
    let required = window * UInt64(parameters.minimumSigned.partsPerBillion) / 1_000_000_000
    guard height - start >= window, UInt64(recent.count) > window - required else { return }
    slash(place, parameters.downtimeSlash)
    validators[place].jailedUntil = end(parameters.downtimeJail, now)
  }

  /// Whether this block takes the place in the window that an earlier missed one had.
  private func validatorCountedSince(
    _ place: Int, _ missed: UInt64, _ window: UInt64, _ height: UInt64
  ) -> Bool {
    missed < height && (height - missed) % window == 0
  }

  private mutating func end(at now: Deadline) {
    for unbonding in unbondings where hasCome(unbonding.completes, now) {
      guard let place = unbondings.firstIndex(where: { $0.name == unbonding.name }) else {
        continue
      }
      settleUnbonding(at: place)
      give(
        unbondings[place].balance, from: .unbondingStake, to: .account(unbonding.name.delegator))
      unbondings.remove(at: place)
    }
    let due = releases.filter { hasCome($0.deadline, now) }
    releases = releases.filter { !hasCome($0.deadline, now) }
    for release in due { free(release.name, at: now) }

    let strongest = validators.filter { $0.power > 0 }
      .sorted { $0.power == $1.power ? $0.id < $1.id : $0.power > $1.power }
      .prefix(Int(parameters.maximumValidators))
    active = strongest.map { ($0.id, $0.key, $0.power) }
  }

  private mutating func free(_ name: DelegationName, at now: Deadline) {
    let base = DelegationName(delegator: name.delegator, validator: name.validator)
    try? settle(name, at: now)
    guard let bound = delegations.first(where: { $0.name == name }), bound.lock == nil,
      bound.exposure == nil
    else { return }
    // What is free already may turn out to be worth nothing, and end here.
    try? settle(base, at: now)
    guard let own = try? position(of: name) else { return }
    if let flexible = try? position(of: base) {
      delegations[flexible].shares += bound.shares
      delegations.remove(at: own)
    } else {
      delegations[own].name = base
    }
  }
}
