import Ledger
import Primitives
import Testing

@Suite struct WithdrawalRulesTests {
  private func withdraw(_ id: Identifier<Contribution>, to use: ContributionUse) -> Message {
    .withdrawContribution(WithdrawContribution(contribution: id, use: use))
  }

  @Test func `a withdrawal only goes further, by contributor or owner`() throws {
    var story = try Story()
    #expect(
      try story.chain.rejection(of: withdraw(story.bobs, to: .noNewTraining), by: carol)
        == .datanet(.notContributor))
    #expect(
      try story.chain.rejection(of: withdraw(story.bobs, to: .active), by: bob)
        == .datanet(.withdrawalBackwards))
    try story.chain.success(withdraw(story.bobs, to: .retrievalOff), by: bob)
    #expect(
      try story.chain.rejection(of: withdraw(story.bobs, to: .noNewTraining), by: bob)
        == .datanet(.withdrawalBackwards))
    try story.chain.success(withdraw(story.bobs, to: .erased), by: alice)
    #expect(
      try story.chain.rejection(of: withdraw(story.bobs, to: .erased), by: bob)
        == .datanet(.withdrawalBackwards))
  }

  @Test func `a withdrawn contribution enters no version and no run`() throws {
    var story = try Story()
    try story.chain.success(.commitHeldOut(Story.heldOut(of: story.datanet, epoch: 2)), by: alice)
    let draft = Message.draftVersion(Story.draft(of: story.datanet, [story.bobs], epoch: 2))
    try story.chain.success(draft, by: alice)
    try story.chain.success(withdraw(story.bobs, to: .noNewTraining), by: bob)
    #expect(story.chain.state.version(2, of: story.datanet)?.status == .void)
    #expect(story.chain.state.version(1, of: story.datanet)?.status == .published)
    #expect(
      try story.chain.rejection(of: draft, by: alice) == .datanet(.contributionWithdrawn))
    let record = Story.runRecord(
      story.version, story.baseModel, bobs: story.bobs, carols: story.carols)
    #expect(
      try story.chain.rejection(of: .submitRunRecord(record), by: alice)
        == .model(.upliftOfWithdrawn))
  }

  @Test func `erasure waits until the epoch is paid and every window is over`() throws {
    var story = try Story()
    func record() throws -> ContributionRecord {
      try #require(story.chain.state.contribution(story.bobs))
    }
    let run = try #require(story.chain.state.run(story.run))
    #expect(story.chain.state.mayPay(bob.account, of: run))
    try story.chain.success(withdraw(story.bobs, to: .erased), by: bob)
    #expect(try record().use == .retrievalOff && record().isErasing)
    #expect(!story.chain.state.mayPay(bob.account, of: run))
    try story.chain.pass(blocks: 30)
    #expect(try record().use == .retrievalOff)

    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.chain.pass(blocks: 15)
    #expect(try record().use == .retrievalOff)
    try story.chain.pass(blocks: 10)
    #expect(try record().use == .erased && !record().isErasing)
    #expect(try record().content?.recordsRoot == digest("bob's records"))
  }

  @Test func `what no version lists is erased after one window`() throws {
    var story = try Story()
    let fresh = try Story.contribute("fresh", by: dave, to: story.datanet, on: &story.chain)
    try story.chain.success(withdraw(fresh, to: .erased), by: dave)
    try story.chain.pass(blocks: 8)
    #expect(story.chain.state.contribution(fresh)?.use == .retrievalOff)
    try story.chain.pass(blocks: 4)
    #expect(story.chain.state.contribution(fresh)?.use == .erased)
  }
}
