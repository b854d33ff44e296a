internal import CanonicalCoding
internal import Primitives

extension Invariant {
  static let governanceInvariants = [
    Invariant("the proposals' purse holds what was put up and not returned") {
      $0.auditProposalDeposits()
    },
    Invariant("open votes are those of the proposals that are voted on") { $0.auditOpenVotes() },
    Invariant("direct votes are what a recount of every voter's shares gives") {
      $0.auditDirectVotes()
    },
    Invariant("entrusted votes are listed under their trustees") { $0.auditEntrustedVotes() },
    Invariant("the wrapped shares of each validator are its holders'") { $0.auditWrappedShares() },
    Invariant("the parameters in force are within their bounds") {
      $0.parameters?.isWithinBounds ?? false
    },
  ]
}

extension StateReader {
  /// Sums of parts of the supply, which fit.
  private func sum(_ amounts: some Sequence<Amount>) -> Amount {
    Amount(baseUnits: amounts.reduce(0) { $0 + $1.baseUnits })
  }

  fileprivate func auditProposalDeposits() -> Bool {
    let deposits = records(in: .proposalDeposits, named: BallotName.self, as: Amount.self)
    guard sum(deposits.map(\.record)) == balance(of: .proposalDeposits) else { return false }
    return proposals().allSatisfy { id, record in
      switch record.status {
      case .depositing, .voting: sum(proposalDeposits(of: id).map(\.amount)) == record.deposit
      default: sum(proposalDeposits(of: id).map(\.amount)) <= record.deposit
      }
    }
  }

  fileprivate func auditOpenVotes() -> Bool {
    let voted = proposals().filter {
      if case .voting = $0.record.status { true } else { false }
    }
    return voted.map(\.id) == openVotes
  }

  fileprivate func auditDirectVotes() -> Bool {
    openVotes.allSatisfy { proposal in
      var recount: [Identifier<Account>: DirectVotes] = [:]
      for (name, vote) in votes(on: proposal) {
        for (validator, shares) in voteShares(of: name.account) {
          recount[validator, default: DirectVotes()][vote.option] += shares
        }
      }
      let kept = allDirectVotes(on: proposal)
      return kept.allSatisfy { recount[$0.name.validator] == $0.votes }
        && kept.count == recount.count
    }
  }

  fileprivate func auditWrappedShares() -> Bool {
    var held: [Identifier<Account>: UInt128] = [:]
    let all = records(in: .delegations, named: DelegationName.self, as: DelegationRecord.self)
    for (name, delegation) in all where name.number == DelegationName.wrapped {
      guard delegation.multiplier == .flexible, delegation.lock == nil, delegation.exposure == nil,
        name.delegator != name.validator
      else { return false }
      held[name.validator, default: 0] += delegation.shares
    }
    let kept = records(in: .wrappedShares, named: Identifier<Account>.self, as: UInt128.self)
    return kept.count == held.count && kept.allSatisfy { held[$0.name] == $0.record }
  }

  fileprivate func auditEntrustedVotes() -> Bool {
    let trustees = records(
      in: .voteTrustees, named: Identifier<Account>.self, as: Identifier<Account>.self)
    let listed = records(in: .entrustedVotes, named: EntrustedVoteName.self, as: Bool.self)
    return trustees.count == listed.count
      && trustees.allSatisfy { record(.entrustedVote(EntrustedVoteName(to: $1, by: $0))) == true }
  }
}
