internal import CanonicalCoding
internal import Primitives

extension LedgerState {
  /// Applies a delegator's wish to be paid what his stake at a validator has earned.
  ///
  /// - Throws: `delegationNotFound`.
  public mutating func apply(
    _ message: WithdrawRewards, in context: BlockContext
  ) throws(Rejection) {
    let names = delegations(of: context.signer, at: message.validator).map(\.name)
    guard !names.isEmpty else { throw .staking(.delegationNotFound) }
    for name in names { try close(try openPosition(name, at: Moment(context))) }
  }

  /// Applies an operator's wish to be paid his commission.
  ///
  /// - Throws: `validatorNotFound`.
  public mutating func apply(
    _ message: WithdrawCommission, in context: BlockContext
  ) throws(Rejection) {
    let id = context.signer
    guard validator(id) != nil else { throw .staking(.validatorNotFound) }
    var pot = rewardPot(of: id)
    let commission = pot.commission
    pot.commission = .zero
    pot.take(commission)
    set(.rewardPot(id), to: pot)
    try move(commission, from: .stakingRewards, to: .account(id), for: .commission)
    emit(.commissionPaid, id.digest, amount: commission)
  }

  /// Shares what lies in the validators' purse by power, to the unit, among those who signed the
  /// block before; without a report, among the active ones.
  ///
  /// Nothing is created: no fees, no rewards. Without anyone to pay, the money stays.
  ///
  /// Cost: two reads and a write for each validator.
  mutating func shareFees(_ report: ConsensusReport) throws(Rejection) {
    let purse = balance(of: .validators)
    guard purse > .zero else { return }
    let payees = rewarded(by: report)
    guard let parts = try? splitByLargestRemainder(purse, weights: payees.map { UInt128($0.power) })
    else { return }
    var shared = Amount.zero
    for (payee, part) in zip(payees, parts) where part > .zero {
      var pot = rewardPot(of: payee.id)
      let rate = validator(payee.id)?.commission.rate ?? .zero
      guard pot.add(part, commission: rate) else { continue }
      set(.rewardPot(payee.id), to: pot)
      shared = shared.addingWithinSupply(part)
    }
    try move(shared, from: .validators, to: .stakingRewards, for: .feeShare)
  }

  /// Who is paid for the block before, sorted, each once; only who has somebody to pay it on to.
  private func rewarded(
    by report: ConsensusReport
  ) -> [(id: Identifier<Account>, power: UInt64)] {
    var payees: [(id: Identifier<Account>, power: UInt64)] = []
    if report.votes.isEmpty {
      payees = activeSet.members.map { ($0.validator, $0.power) }
    } else {
      for vote in report.votes where vote.signed {
        if let id = validator(at: vote.validator) { payees.append((id, vote.power)) }
      }
    }
    payees.sort { $0.id < $1.id }
    var last: Identifier<Account>?
    return payees.filter { payee in
      defer { last = payee.id }
      return payee.id != last && rewardPot(of: payee.id).weight > 0
    }
  }
}
