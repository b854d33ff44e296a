import Ledger
import Primitives

/// Draws stake, votes and wraps, sensible ones and wrong ones, from a seed and what exists so far.
struct GovernanceHistory {
  var generator: SeededGenerator
  private(set) var proposals: [Identifier<Proposal>] = []

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private mutating func chance(_ oneIn: UInt64) -> Bool { generator.next(below: oneIn) == 0 }

  private mutating func person() -> Person {
    everyone[Int(generator.next(below: UInt64(everyone.count)))]
  }

  /// Now and then an odd number of base units.
  private mutating func amount(atMost most: UInt64) -> Amount {
    let whole = tokens(UInt128(1 + generator.next(below: most)))
    guard chance(3) else { return whole }
    return Amount(baseUnits: whole.baseUnits - UInt128(generator.next(below: 1 << 50)))
  }

  private mutating func option() -> VoteOption {
    chance(2) ? .yes : VoteOption.allCases[Int(generator.next(below: 4))]
  }

  private mutating func proposal() -> Identifier<Proposal>? {
    let recent = proposals.suffix(5)
    guard !recent.isEmpty else { return nil }
    return recent[recent.startIndex + Int(generator.next(below: UInt64(recent.count)))]
  }

  mutating func message(
    on chain: TestChain, sequence: (Person) -> UInt64
  ) -> (Message, Person)? {
    let signer = person()
    let validator = [alice, bob, carol][Int(generator.next(below: 3))].account
    switch generator.next(below: 20) {
    case 0, 1:
      proposals.append(Identifier(creator: signer.account, sequence: sequence(signer)))
      let deposit = chance(3) ? amount(atMost: 9) : tokens(10)
      guard chance(2), let parameters = chain.state.parameters else {
        return (GovernanceFixture.text(deposit: deposit), signer)
      }
      return (
        GovernanceFixture.change(change(of: parameters), from: parameters, deposit: deposit), signer
      )
    case 2:
      guard let proposal = proposal() else { return nil }
      return (
        .depositForProposal(DepositForProposal(proposal: proposal, amount: amount(atMost: 6))),
        signer
      )
    case 3...7:
      guard let proposal = proposal() else { return nil }
      return (.castVote(CastVote(proposal: proposal, option: option())), signer)
    case 8, 9:
      guard let proposal = proposal() else { return nil }
      let accounts = everyone.map(\.account).sorted().filter { _ in chance(2) }
      return (
        .castEntrustedVotes(
          CastEntrustedVotes(proposal: proposal, option: option(), accounts: accounts)), signer
      )
    case 10:
      return (.entrustVote(EntrustVote(to: chance(4) ? nil : person().account)), signer)
    case 11:
      return (
        .delegate(
          Delegate(
            validator: validator, amount: amount(atMost: 20),
            lock: chance(4) ? StakingFixture.lock : nil)), signer
      )
    case 12:
      return (.undelegate(Undelegate(validator: validator, amount: amount(atMost: 20))), signer)
    case 13:
      return (
        .redelegate(
          Redelegate(
            from: validator, to: [alice, bob, carol][Int(generator.next(below: 3))].account,
            amount: amount(atMost: 20))), signer
      )
    case 14: return (.withdrawRewards(WithdrawRewards(validator: validator)), signer)
    default: return wrap(at: validator, by: signer)
    }
  }

  private mutating func change(of parameters: LedgerParameters) -> ParameterChange {
    switch generator.next(below: 3) {
    case 0:
      var receipts = parameters.receipts
      let part = UInt32(generator.next(below: 5))
      receipts.split.server = .percent(10 + part)
      receipts.split.contributors = .percent(55 - part)
      return .receipts(receipts)
    case 1:
      var governance = parameters.governance
      governance.quorum = .percent(10 + UInt32(generator.next(below: 30)))
      governance.votingMaximum = UInt32(2 + generator.next(below: 3))
      return .governance(governance)
    default:
      var staking = parameters.staking
      staking.maximumValidators = UInt32(2 + generator.next(below: 2))
      return .staking(staking)
    }
  }

  private mutating func wrap(
    at validator: Identifier<Account>, by signer: Person
  ) -> (Message, Person) {
    let shares = amount(atMost: 10).baseUnits
    switch generator.next(below: 3) {
    case 0: return (.wrapStake(WrapStake(validator: validator, shares: shares)), signer)
    case 1: return (.unwrapStake(UnwrapStake(validator: validator, shares: shares)), signer)
    default:
      return (
        .transferWrappedStake(
          TransferWrappedStake(validator: validator, to: person().account, shares: shares)),
        signer
      )
    }
  }
}
