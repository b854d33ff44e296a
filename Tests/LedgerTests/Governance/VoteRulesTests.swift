import Ledger
import Primitives
import Testing

@Suite struct VoteRulesTests {
  private func count(
    _ yes: UInt128 = 0, no: UInt128 = 0, abstain: UInt128 = 0, veto: UInt128 = 0
  ) -> VoteCount {
    var count = VoteCount()
    count.yes = tokens(yes)
    count.no = tokens(no)
    count.abstain = tokens(abstain)
    count.veto = tokens(veto)
    count.bonded = tokens(300)
    return count
  }

  @Test func `a validator speaks for all stake behind it that says nothing itself`() throws {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit()
    #expect(chain.state.voteCount(on: proposal) == count())
    try chain.vote(.yes, on: proposal, by: alice)
    #expect(chain.state.voteCount(on: proposal) == count(160))
    try chain.vote(.no, on: proposal, by: carol)
    #expect(chain.state.voteCount(on: proposal) == count(100, no: 60))
    try chain.vote(.abstain, on: proposal, by: dave)
    #expect(chain.state.voteCount(on: proposal) == count(100, no: 60, abstain: 40))
    try chain.vote(.veto, on: proposal, by: bob)
    #expect(chain.state.voteCount(on: proposal) == count(100, no: 60, abstain: 40, veto: 100))
    try chain.vote(.yes, on: proposal, by: carol)
    #expect(chain.state.voteCount(on: proposal) == count(160, abstain: 40, veto: 100))
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `a vote weighs what its voter's stake weighs at the end`() throws {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit()
    try chain.vote(.no, on: proposal, by: carol)
    try chain.vote(.yes, on: proposal, by: bob)
    try chain.block([
      chain.transaction(
        .redelegate(Redelegate(from: alice.account, to: bob.account, amount: tokens(20))),
        by: carol),
      chain.transaction(
        .delegate(
          Delegate(validator: alice.account, amount: tokens(5), lock: StakingFixture.lock)),
        by: dave),
    ])
    var expected = count(140, no: 60)
    expected.bonded = tokens(305)
    #expect(chain.state.voteCount(on: proposal) == expected)
    try chain.success(
      .undelegate(Undelegate(validator: alice.account, amount: tokens(30))), by: carol)
    expected = count(140, no: 30)
    expected.bonded = tokens(275)
    #expect(chain.state.voteCount(on: proposal) == expected)
    try chain.passWindow()
    #expect(chain.state.proposal(proposal)?.count == expected)
    #expect(chain.status(of: proposal) == .accepted)
  }

  @Test func `a slash takes weight from votes as it takes worth from stake`() throws {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit()
    try chain.vote(.no, on: proposal, by: carol)
    try chain.vote(.yes, on: proposal, by: bob)
    try chain.block(report: chain.doubleSign(by: bob, at: chain.height))
    // The offender takes part no more, and nobody votes through it.
    var expected = count(no: 60)
    expected.bonded = tokens(160)
    #expect(chain.state.voteCount(on: proposal) == expected)
  }

  @Test func `only stake and validators vote, and only while the vote is open`() throws {
    var chain = try GovernanceFixture.chain()
    let waiting = try chain.submit(GovernanceFixture.text(deposit: tokens(2)))
    let proposal = try chain.submit()
    func cast(_ proposal: Identifier<Proposal>) -> Message {
      .castVote(CastVote(proposal: proposal, option: .yes))
    }
    #expect(try chain.refusal(of: cast(proposal), by: erin) == .governance(.noStake))
    #expect(try chain.refusal(of: cast(waiting), by: carol) == .governance(.voteClosed))
    #expect(
      try chain.refusal(of: cast(Identifier(digest("none"))), by: carol)
        == .governance(.proposalNotFound))
    try chain.passWindow()
    #expect(
      try chain.refusal(of: cast(proposal), by: carol) == .governance(.voteClosed))
  }

  @Test func `a trustee votes for those who let it, and each of them can overrule it`() throws {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit()
    try chain.success(.entrustVote(EntrustVote(to: erin.account)), by: carol)
    try chain.success(.entrustVote(EntrustVote(to: erin.account)), by: dave)
    #expect(
      chain.state.entrustedVotes(to: erin.account) == [carol.account, dave.account].sorted())
    let both = [carol.account, dave.account].sorted()
    func cast(_ option: VoteOption) -> Message {
      .castEntrustedVotes(
        CastEntrustedVotes(proposal: proposal, option: option, accounts: both))
    }
    try chain.success(cast(.no), by: erin)
    #expect(chain.state.voteCount(on: proposal) == count(no: 100))
    try chain.vote(.yes, on: proposal, by: carol)
    try chain.success(cast(.veto), by: erin)
    #expect(chain.state.voteCount(on: proposal) == count(60, veto: 40))
    let voted = chain.state.vote(BallotName(proposal: proposal, account: dave.account))
    #expect(voted == VoteRecord(option: .veto, castBy: erin.account))
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `trust is given and taken back by its giver alone`() throws {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit()
    let cast = Message.castEntrustedVotes(
      CastEntrustedVotes(proposal: proposal, option: .yes, accounts: [carol.account]))
    #expect(try chain.refusal(of: cast, by: erin) == .governance(.nothingEntrusted))
    try chain.success(.entrustVote(EntrustVote(to: erin.account)), by: carol)
    try chain.success(cast, by: erin)
    try chain.success(.entrustVote(EntrustVote(to: nil)), by: carol)
    #expect(chain.state.entrustedVotes(to: erin.account).isEmpty)
    #expect(chain.state.voteTrustee(of: carol.account) == nil)
    #expect(try chain.refusal(of: cast, by: erin) == .governance(.nothingEntrusted))
    #expect(chain.state.voteCount(on: proposal) == count(60))
    #expect(
      try chain.refusal(of: .entrustVote(EntrustVote(to: carol.account)), by: carol)
        == .governance(.entrustedToSelf))
    let unsorted = CastEntrustedVotes(
      proposal: proposal, option: .yes, accounts: [carol.account, carol.account])
    #expect(
      try chain.refusal(of: .castEntrustedVotes(unsorted), by: erin)
        == .governance(.accountsUnsorted))
  }

  @Test func `nothing is left of a vote once it is counted`() throws {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit()
    for person in [alice, bob, carol] { try chain.vote(.yes, on: proposal, by: person) }
    try chain.passWindow()
    #expect(chain.status(of: proposal) == .accepted)
    #expect(chain.state.openVotes.isEmpty && chain.state.votes(on: proposal).isEmpty)
    let left = chain.state.entries(
      withPrefix: [StateTable.directVotes.rawValue], after: nil, limit: 1)
    #expect(left.isEmpty)
  }
}

@Suite struct VoteOutcomeTests {
  /// Alice and carol have 160 of 300, bob and dave 140.
  private func outcome(
    _ votes: [(VoteOption, Person)]
  ) throws -> (ProposalStatus?, chain: TestChain) {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit()
    try chain.block(
      votes.map { option, person in
        chain.transaction(
          .castVote(CastVote(proposal: proposal, option: option)), by: person)
      })
    try chain.passWindow()
    try chain.block()
    return (chain.status(of: proposal), chain)
  }

  @Test func `a majority of those who decide is needed`() throws {
    #expect(try outcome([(.yes, alice), (.no, bob)]).0 == .accepted)
    #expect(try outcome([(.no, alice), (.yes, bob)]).0 == .rejected)
    #expect(try outcome([(.abstain, alice), (.yes, dave)]).0 == .accepted)
  }

  @Test func `abstentions count for the quorum alone`() throws {
    #expect(try outcome([(.yes, carol)]).0 == .rejected)
    #expect(try outcome([(.yes, carol), (.abstain, dave)]).0 == .rejected)
    #expect(try outcome([(.yes, carol), (.abstain, bob)]).0 == .accepted)
    #expect(try outcome([(.abstain, alice), (.abstain, bob)]).0 == .rejected)
    #expect(try outcome([]).0 == .rejected)
  }

  @Test func `a veto of more than its share rejects, and the treasury keeps the deposits`() throws {
    let (status, chain) = try outcome([(.yes, alice), (.veto, bob)])
    #expect(status == .vetoed)
    #expect(chain.state.balance(of: .treasury) == tokens(10))
    #expect(chain.state.balance(of: .proposalDeposits) == .zero)
    let (mild, other) = try outcome([(.yes, alice), (.yes, bob), (.veto, dave)])
    #expect(mild == .accepted)
    #expect(other.state.balance(of: .treasury) == .zero)
    #expect(other.state.balance(of: .proposalDeposits) == .zero)
  }
}
