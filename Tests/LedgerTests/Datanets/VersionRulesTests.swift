import Ledger
import Primitives
import Testing

@Suite struct VersionRulesTests {
  /// A story with another epoch's held-out set committed.
  private func story() throws -> Story {
    var story = try Story()
    try story.chain.success(.commitHeldOut(Story.heldOut(of: story.datanet, epoch: 2)), by: alice)
    return story
  }

  @Test func `only the owner drafts and publishes`() throws {
    var story = try story()
    let draft = Message.draftVersion(Story.draft(of: story.datanet, [story.bobs], epoch: 2))
    #expect(try story.chain.rejection(of: draft, by: bob) == .datanet(.notOwner))
    try story.chain.success(draft, by: alice)
    #expect(story.chain.state.datanet(story.datanet)?.versionCount == 2)
    let version = VersionName(datanet: story.datanet, number: 2)
    let publish = Message.publishVersion(PublishVersion(version: version))
    #expect(try story.chain.rejection(of: publish, by: alice) == .datanet(.versionNotAccepted))
    try story.chain.success(.acceptVersion(AcceptVersion(version: version)), by: alice)
    #expect(try story.chain.rejection(of: publish, by: bob) == .datanet(.notOwner))
    try story.chain.success(publish, by: alice)
    #expect(try story.chain.rejection(of: publish, by: alice) == .datanet(.versionNotAccepted))
    let none = AcceptVersion(version: VersionName(datanet: story.datanet, number: 3))
    #expect(
      try story.chain.rejection(of: .acceptVersion(none), by: alice)
        == .datanet(.versionNotFound))
  }

  @Test func `a version holds only revealed contributions of its own datanet, once each`() throws {
    var story = try story()
    func rejection(_ contributions: [Identifier<Contribution>]) throws -> Rejection? {
      var draft = Story.draft(of: story.datanet, [], epoch: 2)
      draft.contributions = contributions
      return try story.chain.rejection(of: .draftVersion(draft), by: alice)
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
    let draft = Story.draft(of: story.datanet, [story.bobs], epoch: 2)
    #expect(
      try story.chain.rejection(of: .draftVersion(draft), by: alice)
        == .datanet(.heldOutNotCommitted))
    let together = try story.chain.block([
      story.chain.transaction(
        .commitHeldOut(Story.heldOut(of: story.datanet, epoch: 2)), by: alice),
      story.chain.transaction(.draftVersion(draft), by: alice, ahead: 1),
    ])
    #expect(together.results.map(\.rejection) == [nil, .datanet(.heldOutNotCommitted)])
    try story.chain.success(.draftVersion(draft), by: alice)
    let version = VersionName(datanet: story.datanet, number: 2)
    try story.chain.success(.acceptVersion(AcceptVersion(version: version)), by: alice)
    try story.chain.success(
      .revealHeldOut(Story.heldOutReveal(of: story.datanet, epoch: 2)), by: alice)
    #expect(
      try story.chain.rejection(
        of: .publishVersion(PublishVersion(version: version)), by: alice)
        == .datanet(.heldOutAlreadyRevealed))
  }

  @Test func `an epoch's held-out set is used by one version alone, and fixed by its draft`()
    throws
  {
    var story = try story()
    #expect(
      try story.chain.rejection(
        of: .draftVersion(Story.draft(of: story.datanet, [story.bobs], epoch: 1)), by: alice)
        == .datanet(.heldOutUsed))
    let draft = Message.draftVersion(Story.draft(of: story.datanet, [story.bobs], epoch: 2))
    try story.chain.success(draft, by: alice)
    let grant = GrantRole(datanet: story.datanet, account: erin.account, role: .curator)
    try story.chain.success(.grantRole(grant), by: alice)
    let bond = BondCurator(datanet: story.datanet, amount: tokens(4))
    try story.chain.success(.bondCurator(bond), by: erin)
    #expect(
      try story.chain.rejection(
        of: .commitHeldOut(Story.heldOut(of: story.datanet, epoch: 2, by: erin)), by: erin)
        == .datanet(.heldOutAlreadyCommitted))
    // A second draft of the same epoch may take the first one's place.
    try story.chain.success(draft, by: alice)
    for number in [UInt32(2), 3] {
      let version = VersionName(datanet: story.datanet, number: number)
      try story.chain.success(.acceptVersion(AcceptVersion(version: version)), by: alice)
    }
    func publish(_ number: UInt32) -> Message {
      .publishVersion(
        PublishVersion(version: VersionName(datanet: story.datanet, number: number)))
    }
    try story.chain.success(publish(3), by: alice)
    #expect(try story.chain.rejection(of: publish(2), by: alice) == .datanet(.heldOutUsed))
  }

  @Test func `a run trains only on what is published, and privately only if it may`() throws {
    var chain = try TestChain()
    var create = Story.creation
    create.isPrivate = true
    let datanet = Identifier<Datanet>(
      creator: alice.account, sequence: try chain.success(.createDatanet(create), by: alice))
    let bobs = try Story.contribute("bob's records", by: bob, to: datanet, on: &chain)
    try Story.accept([bobs], of: datanet, on: &chain)
    try chain.success(.commitHeldOut(Story.heldOut(of: datanet)), by: alice)
    try chain.success(.draftVersion(Story.draft(of: datanet, [bobs])), by: alice)
    let register = RegisterBaseModel(
      name: "base", weights: digest("weights"), licence: .custom(digest("terms")))
    let base = Identifier<BaseModel>(
      creator: alice.account, sequence: try chain.success(.registerBaseModel(register), by: alice))
    let version = VersionName(datanet: datanet, number: 1)
    var record = Story.runRecord(version, base, bobs: bobs, carols: bobs)
    record.uplift = []
    let submit = Message.submitRunRecord(record)
    #expect(try chain.rejection(of: submit, by: carol) == .model(.versionNotPublished))
    try chain.success(.acceptVersion(AcceptVersion(version: version)), by: alice)
    try chain.success(.publishVersion(PublishVersion(version: version)), by: alice)
    #expect(try chain.rejection(of: submit, by: carol) == .model(.datanetPrivate))
    let grant = GrantRole(datanet: datanet, account: carol.account, role: .trainer)
    try chain.success(.grantRole(grant), by: alice)
    try chain.success(submit, by: carol)
  }
}
