import Ledger
import Primitives
import Testing

@Suite struct DatanetRulesTests {
  @Test func `a stranger cannot publish, and nothing changes`() throws {
    var story = try Story()
    let publication = Story.publication(of: story.datanet, [story.bobs])
    #expect(
      try story.chain.rejection(of: .publishVersion(publication), by: bob) == .datanet(.notOwner))
    try story.chain.success(.publishVersion(publication), by: alice)
    #expect(story.chain.state.datanet(story.datanet)?.versionCount == 2)
  }

  @Test func `a version holds only revealed contributions of its own datanet, once each`() throws {
    var story = try Story()
    func rejection(_ contributions: [Identifier<Contribution>]) throws -> Rejection? {
      var publication = Story.publication(of: story.datanet, [])
      publication.contributions = contributions
      return try story.chain.rejection(of: .publishVersion(publication), by: alice)
    }
    #expect(try rejection([]) == .datanet(.contributionsUnsorted))
    #expect(try rejection([story.bobs, story.bobs]) == .datanet(.contributionsUnsorted))
    #expect(
      try rejection([story.bobs, story.carols].sorted().reversed())
        == .datanet(.contributionsUnsorted))
    #expect(try rejection([Identifier(digest("none"))]) == .datanet(.contributionNotFound))

    let committed = CommitContribution(datanet: story.datanet, commitment: digest("hidden"))
    let sequence = try story.chain.success(.commitContribution(committed), by: dave)
    let hidden = Identifier<Contribution>(creator: dave.account, sequence: sequence)
    #expect(try rejection([hidden]) == .datanet(.contributionNotRevealed))

    let other = Identifier<Datanet>(
      creator: bob.account, sequence: try story.chain.success(Story.create, by: bob))
    let foreign = try Story.contribute("foreign", by: dave, to: other, on: &story.chain)
    #expect(try rejection([foreign]) == .datanet(.contributionNotFound))
  }

  @Test func `a version needs a held-out set committed in an earlier block and still hidden`()
    throws
  {
    var story = try Story()
    var publication = Story.publication(of: story.datanet, [story.bobs])
    publication.heldOutEpoch = 2
    #expect(
      try story.chain.rejection(of: .publishVersion(publication), by: alice)
        == .datanet(.heldOutNotCommitted))
    let together = try story.chain.block([
      story.chain.transaction(
        .commitHeldOut(Story.heldOut(of: story.datanet, epoch: 2)), by: alice),
      story.chain.transaction(.publishVersion(publication), by: alice, ahead: 1),
    ])
    #expect(together.results.map(\.rejection) == [nil, .datanet(.heldOutNotCommitted)])
    try story.chain.success(.publishVersion(publication), by: alice)
    try story.chain.success(
      .revealHeldOut(Story.heldOutReveal(of: story.datanet, epoch: 2)), by: alice)
    #expect(
      try story.chain.rejection(of: .publishVersion(publication), by: alice)
        == .datanet(.heldOutAlreadyRevealed))
  }
}

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
}

@Suite struct HeldOutRulesTests {
  @Test func `an epoch has one held-out set, opened only by what was committed`() throws {
    var story = try Story()
    #expect(
      try story.chain.rejection(
        of: .commitHeldOut(Story.heldOut(of: story.datanet)), by: alice)
        == .datanet(.heldOutAlreadyCommitted))
    var reveal = Story.heldOutReveal(of: story.datanet)
    reveal.blob = digest("a kinder set")
    #expect(
      try story.chain.rejection(of: .revealHeldOut(reveal), by: alice)
        == .datanet(.commitmentMismatch))
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    #expect(story.chain.state.heldOut(of: story.datanet, epoch: 1)?.blob == digest("held out"))
  }
}
