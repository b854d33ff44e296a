import Ledger
import Primitives
import Testing

@Suite struct ContributionRulesTests {
  @Test func `a deposit waits in its purse from commit to reveal`() throws {
    var chain = try TestChain()
    let datanet = Identifier<Datanet>(
      creator: alice.account, sequence: try chain.success(Story.create, by: alice))
    let commit = CommitContribution(
      datanet: datanet, commitment: Story.commitment(of: "records", by: bob))
    let sequence = try chain.success(.commitContribution(commit), by: bob)
    #expect(chain.state.balance(of: .contributionDeposits) == tokens(2))

    let id = Identifier<Contribution>(creator: bob.account, sequence: sequence)
    #expect(
      try chain.rejection(of: .revealContribution(Story.reveal(id, "other records")), by: bob)
        == .datanet(.commitmentMismatch))
    #expect(
      try chain.rejection(of: .revealContribution(Story.reveal(id, "records")), by: carol)
        == .datanet(.notContributor))
    try chain.success(.revealContribution(Story.reveal(id, "records")), by: bob)
    #expect(chain.state.balance(of: .contributionDeposits) == .zero)
    #expect(
      try chain.rejection(of: .revealContribution(Story.reveal(id, "records")), by: bob)
        == .datanet(.alreadyRevealed))
  }

  @Test func `a reveal in its commit's block is too early`() throws {
    var chain = try TestChain()
    let datanet = Identifier<Datanet>(
      creator: alice.account, sequence: try chain.success(Story.create, by: alice))
    let commit = CommitContribution(
      datanet: datanet, commitment: Story.commitment(of: "records", by: bob))
    let id = Identifier<Contribution>(creator: bob.account, sequence: chain.sequence(of: bob))
    let executed = try chain.block([
      chain.transaction(.commitContribution(commit), by: bob),
      chain.transaction(.revealContribution(Story.reveal(id, "records")), by: bob, ahead: 1),
    ])
    #expect(executed.results.map(\.rejection) == [nil, .datanet(.revealTooEarly)])
  }

  @Test func `whoever commits seen records later cannot reveal them as theirs`() throws {
    var story = try Story()
    let commit = CommitContribution(
      datanet: story.datanet, commitment: Story.commitment(of: "bob's records", by: dave))
    let sequence = try story.chain.success(.commitContribution(commit), by: dave)
    let copy = Identifier<Contribution>(creator: dave.account, sequence: sequence)
    #expect(
      try story.chain.rejection(
        of: .revealContribution(Story.reveal(copy, "bob's records")), by: dave)
        == .datanet(.recordsNotFirst))
    #expect(
      story.chain.state.firstContribution(ofRecordsRoot: digest("bob's records")) == story.bobs)
  }

  @Test func `whoever committed first stays first, even revealing last`() throws {
    var story = try Story()
    func commit(by person: Person) throws -> Identifier<Contribution> {
      let commit = CommitContribution(
        datanet: story.datanet, commitment: Story.commitment(of: "new", by: person))
      let sequence = try story.chain.success(.commitContribution(commit), by: person)
      return Identifier(creator: person.account, sequence: sequence)
    }
    let first = try commit(by: dave)
    let second = try commit(by: erin)
    try story.chain.success(.revealContribution(Story.reveal(second, "new")), by: erin)
    #expect(story.chain.state.firstContribution(ofRecordsRoot: digest("new")) == second)
    try story.chain.success(.revealContribution(Story.reveal(first, "new")), by: dave)
    #expect(story.chain.state.firstContribution(ofRecordsRoot: digest("new")) == first)
  }

  @Test func `a closed circle takes only those its owner names`() throws {
    var chain = try TestChain()
    var create = Story.creation
    create.isOpen = false
    let datanet = Identifier<Datanet>(
      creator: alice.account, sequence: try chain.success(.createDatanet(create), by: alice))
    let commit = Message.commitContribution(
      CommitContribution(datanet: datanet, commitment: Story.commitment(of: "records", by: bob)))
    #expect(try chain.rejection(of: commit, by: bob) == .datanet(.notAllowed))
    let grant = GrantRole(datanet: datanet, account: bob.account, role: .contributor)
    #expect(try chain.rejection(of: .grantRole(grant), by: bob) == .datanet(.notOwner))
    try chain.success(.grantRole(grant), by: alice)
    try chain.success(commit, by: bob)
    let revoke = RevokeRole(datanet: datanet, account: bob.account, role: .contributor)
    try chain.success(.revokeRole(revoke), by: alice)
    #expect(try chain.rejection(of: commit, by: bob) == .datanet(.notAllowed))
  }

  @Test func `a contribution is judged once, by a curator, never by its contributor`() throws {
    var story = try Story()
    let fresh = try Story.contribute("fresh", by: bob, to: story.datanet, on: &story.chain)
    func judge(_ id: Identifier<Contribution>) -> Message {
      .judgeContributions(
        JudgeContributions(datanet: story.datanet, accepted: [], rejected: [id]))
    }
    #expect(
      try story.chain.rejection(of: judge(fresh), by: dave) == .datanet(.notCurator))
    #expect(
      try story.chain.rejection(of: judge(story.bobs), by: alice) == .datanet(.alreadyJudged))
    let grant = GrantRole(datanet: story.datanet, account: bob.account, role: .curator)
    try story.chain.success(.grantRole(grant), by: alice)
    #expect(try story.chain.rejection(of: judge(fresh), by: bob) == .datanet(.notCurator))
    let bond = BondCurator(datanet: story.datanet, amount: tokens(4))
    try story.chain.success(.bondCurator(bond), by: bob)
    #expect(try story.chain.rejection(of: judge(fresh), by: bob) == .datanet(.ownContribution))
    try story.chain.success(judge(fresh), by: alice)
    #expect(story.chain.state.contribution(fresh)?.verdict == .rejected)
    let draft = Story.draft(of: story.datanet, [fresh], epoch: 2)
    try story.chain.success(.commitHeldOut(Story.heldOut(of: story.datanet, epoch: 2)), by: alice)
    #expect(
      try story.chain.rejection(of: .draftVersion(draft), by: alice)
        == .datanet(.contributionNotAccepted))
  }
}
