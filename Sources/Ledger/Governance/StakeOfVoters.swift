internal import Primitives

// What votes know of staking.

extension Moment {
  /// A deadline that has come: what is scheduled for it is done at the next block's end.
  var deadline: Deadline { Deadline(time: time, height: height) }
}

extension StateReader {
  /// The shares an account votes with, one entry for each validator it stands behind, wrapped
  /// shares and locked ones included.
  ///
  /// Cost: the account's delegations, whose number the parameters bound.
  func voteShares(
    of account: Identifier<Account>
  ) -> [(validator: Identifier<Account>, shares: UInt128)] {
    var stakes: [(validator: Identifier<Account>, shares: UInt128)] = []
    for (name, delegation) in delegations(of: account) {
      if let last = stakes.indices.last, stakes[last].validator == name.validator {
        stakes[last].shares += delegation.shares
      } else {
        stakes.append((name.validator, delegation.shares))
      }
    }
    return stakes
  }

  /// The active validators, whose stake is what votes.
  func votingValidators() -> [(id: Identifier<Account>, record: ValidatorRecord)] {
    activeSet.members.compactMap { member in
      validator(member.validator).map { (member.validator, $0) }
    }
  }

  /// Whether an account's vote can count for anything.
  func hasVoice(_ account: Identifier<Account>) -> Bool {
    staker(account).delegationCount > 0 || validator(account) != nil
  }
}
