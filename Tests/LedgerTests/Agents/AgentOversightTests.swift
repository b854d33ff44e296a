import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct AgentOversightTests {
  @Test func `a run is recorded once, signed, under terms and window that exist`() throws {
    var story = try AgentStory()
    func rejection(
      by person: Person = robot, key: Person = robot,
      _ edit: (inout ActionReceipt) -> Void = { _ in }
    ) throws -> Rejection? {
      let receipt = story.receipt(1, edit: edit).receipt.signed(by: key.key)
      return try story.chain.rejection(of: story.recording(receipt), by: person)
    }
    #expect(try rejection(by: bob) == .agent(.notOwner))
    #expect(try rejection(key: alice) == .agent(.badSignature))
    #expect(try rejection { $0.chain = Identifier(digest("fork")) } == .agent(.wrongChain))
    #expect(try rejection { $0.version = 2 } == .agent(.versionNotFound))
    #expect(try rejection { $0.run = 0 } == .agent(.runUsed))
    #expect(try rejection { $0.count = 0 } == .agent(.noActions))
    #expect(try rejection { $0.window = 2 } == .agent(.wrongWindow))
    // The last number of all has no next one.
    #expect(try rejection { $0.window = .max } == .agent(.wrongWindow))
    #expect(try rejection { $0.spent = tokens(21) } == .agent(.overBudget))

    try story.chain.success(story.recording(story.receipt(4)), by: robot)
    #expect(
      try story.chain.rejection(of: story.recording(story.receipt(4)), by: alice)
        == .agent(.runUsed))
    #expect(
      try story.chain.rejection(
        of: story.recording(story.receipt(5, spent: tokens(18))), by: alice)
        == .agent(.overBudget))
    try story.chain.success(story.recording(story.receipt(5, spent: tokens(17))), by: alice)
  }

  @Test func `whoever serves what was demanded keeps the bond and earns the deposit`() throws {
    var story = try AgentStory()
    try story.chain.success(story.recording(story.receipt(1)), by: robot)
    try story.chain.success(story.demand(1, 2), by: carol)
    #expect(
      try story.chain.rejection(of: story.demand(1, 2), by: dave) == .agent(.alreadyDemanded))
    var wrong = story.serving(1, 2)
    wrong.content.spent = tokens(9)
    #expect(
      try story.chain.rejection(of: .serveAction(wrong), by: robot) == .agent(.wrongAction))
    wrong = story.serving(1, 1)
    wrong.action.index = 2
    #expect(
      try story.chain.rejection(of: .serveAction(wrong), by: robot) == .agent(.wrongAction))
    let before = story.balance(.account(alice.account))
    try story.chain.success(.serveAction(story.serving(1, 2)), by: robot)
    #expect(
      story.balance(.account(alice.account)).baseUnits
        == before.baseUnits + tokens(1).baseUnits)
    #expect(
      try story.chain.rejection(of: .serveAction(story.serving(1, 2)), by: robot)
        == .agent(.demandNotFound))
    #expect(
      try story.chain.rejection(of: story.demand(1, 3), by: dave) == .agent(.actionNotFound))
    #expect(
      try story.chain.rejection(of: story.demand(2, 0), by: dave) == .agent(.runNotFound))
    try story.chain.pass(blocks: 10)
    #expect(story.balance(.agentBond(story.agent)) == tokens(10))
    #expect(story.record?.holds == 0)
    #expect(
      try story.chain.rejection(of: story.demand(1, 0), by: carol) == .agent(.oversightOver))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `what is not served in time voids the run and costs part of the bond, once`() throws {
    var story = try AgentStory()
    try story.chain.success(story.recording(story.receipt(1)), by: robot)
    let before = story.chain.state
    try story.chain.success(story.demand(1, 0), by: carol)
    try story.chain.success(story.demand(1, 1), by: dave)
    try story.chain.pass(blocks: 5)
    // 20 % of 10; half of it to carol, who was first.
    #expect(story.balance(.agentBond(story.agent)) == tokens(8))
    #expect(
      story.balance(.treasury).baseUnits
        == before.balance(of: .treasury).baseUnits + tokens(1).baseUnits)
    let fee = TestChain.fee.baseUnits
    #expect(
      story.balance(.account(carol.account)).baseUnits
        == before.balance(of: .account(carol.account)).baseUnits + tokens(1).baseUnits - fee)
    #expect(
      story.balance(.account(dave.account)).baseUnits
        == before.balance(of: .account(dave.account)).baseUnits - fee)
    #expect(story.chain.state.agentRun(story.name(1, 0).run)?.isVoid == true)
    #expect(try story.chain.rejection(of: story.demand(1, 2), by: carol) == .agent(.runVoid))
    #expect(story.balance(.agentDeposits) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `two receipts of one run cost the whole bond, and only once`() throws {
    var story = try AgentStory()
    func report(_ one: SignedActionReceipt, _ other: SignedActionReceipt) -> Message {
      .reportContradiction(ReportContradiction(one: one, other: other))
    }
    let one = story.receipt(7)
    let other = story.receipt(7, spent: tokens(4))
    #expect(
      try story.chain.rejection(of: report(one, one), by: carol) == .agent(.noContradiction))
    #expect(
      try story.chain.rejection(of: report(one, story.receipt(8)), by: carol)
        == .agent(.noContradiction))
    #expect(
      try story.chain.rejection(of: report(one, other.receipt.signed(by: carol.key)), by: carol)
        == .agent(.badSignature))
    let before = story.balance(.account(carol.account))
    try story.chain.success(report(one, other), by: carol)
    #expect(story.balance(.agentBond(story.agent)) == .zero)
    #expect(story.balance(.treasury) == tokens(5))
    #expect(
      story.balance(.account(carol.account)).baseUnits
        == before.baseUnits + tokens(5).baseUnits - TestChain.fee.baseUnits)
    #expect(
      try story.chain.rejection(of: report(other, one), by: carol) == .agent(.alreadyPunished))
  }

  @Test func `receipts above the cap of their window cost half the bond`() throws {
    var story = try AgentStory()
    func report(_ receipts: [SignedActionReceipt]) -> Message {
      .reportOverspending(ReportOverspending(receipts: receipts))
    }
    let two = [story.receipt(1, spent: tokens(10)), story.receipt(2, spent: tokens(10))]
    let more = two + [story.receipt(3, spent: Amount(baseUnits: 1))]
    #expect(try story.chain.rejection(of: report([]), by: carol) == .agent(.noOverspending))
    #expect(try story.chain.rejection(of: report(two), by: carol) == .agent(.noOverspending))
    #expect(
      try story.chain.rejection(of: report(two + two), by: carol) == .agent(.noOverspending))
    let mixed = two + [story.receipt(3) { $0.window = 2 }]
    #expect(try story.chain.rejection(of: report(mixed), by: carol) == .agent(.noOverspending))
    let huge = [
      story.receipt(1, spent: Amount(baseUnits: .max)),
      story.receipt(2, spent: Amount(baseUnits: .max)) { $0.version = 3 },
    ]
    #expect(
      try story.chain.rejection(of: report(huge), by: carol) == .agent(.versionNotFound))
    try story.chain.success(report(more), by: carol)
    #expect(story.balance(.agentBond(story.agent)) == tokens(5))
    #expect(
      try story.chain.rejection(of: report(more), by: dave) == .agent(.alreadyPunished))
  }

  @Test func `a demand outlasts a retirement, and its verdict comes before the bond's return`()
    throws
  {
    var story = try AgentStory()
    story.chain.stepInMilliseconds = 100
    try story.chain.success(.retireAgent(RetireAgent(agent: story.agent)), by: alice)
    #expect(
      try story.chain.rejection(of: story.recording(story.receipt(1)), by: robot)
        == .agent(.notActive))

    story = try AgentStory()
    try story.chain.success(story.recording(story.receipt(1)), by: robot)
    try story.chain.success(.retireAgent(RetireAgent(agent: story.agent)), by: alice)
    // Demanded when the run's oversight is almost over, so that serving ends after the retirement.
    try story.chain.pass(blocks: 7)
    try story.chain.success(story.demand(1, 0), by: carol)
    try story.chain.pass(blocks: 3)
    guard case .retiring(let end) = story.record?.status else {
      Issue.record("the demand holds the bond")
      return
    }
    #expect(end.hasCome(at: story.chain.head.header.time, height: story.chain.head.header.height))
    let executed = try story.chain.block()
    try story.chain.block()
    #expect(story.record?.status == .retired)
    #expect(executed.endEvents.isEmpty || executed.endEvents.map(\.kind).contains(.agentSlashed))
    #expect(story.balance(.agentBond(story.agent)) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
    #expect(try story.chain.rejection(of: story.demand(1, 1), by: carol) == .agent(.retired))
  }
}
