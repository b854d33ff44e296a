import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct AgentRulesTests {
  @Test func `an agent is registered behind a bond, with a purse of its own`() throws {
    var story = try AgentStory()
    #expect(story.balance(.agentBond(story.agent)) == tokens(10))
    #expect(story.balance(.agentPurse(story.agent)) == tokens(100))
    #expect(story.record?.status == .active)
    #expect(story.chain.state.agentWindow(1, of: story.agent)?.cap == tokens(20))
    let poor = RegisterAgent(name: "poor", terms: AgentStory.terms, bond: tokens(3))
    #expect(
      try story.chain.rejection(of: .registerAgent(poor), by: alice) == .agent(.bondTooSmall))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `the key spends up to the cap of a window, and the next window begins anew`() throws {
    var story = try AgentStory()
    try story.chain.success(story.pay(tokens(15)), by: robot)
    #expect(
      try story.chain.rejection(of: story.pay(tokens(6)), by: robot) == .agent(.overBudget))
    try story.chain.success(story.pay(tokens(5)), by: robot)
    #expect(story.balance(.account(bob.account)) == tokens(1020))

    // The window ends 20 seconds after the registration; the next has the same cap.
    try story.chain.pass(blocks: 20)
    try story.chain.success(story.pay(tokens(20)), by: robot)
    #expect(story.record?.window == 2)
    #expect(
      try story.chain.rejection(of: story.pay(Amount(baseUnits: 1)), by: robot)
        == .agent(.overBudget))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `only the key acts, and only for an active agent with its whole bond`() throws {
    var story = try AgentStory()
    let pay = story.pay(tokens(1))
    #expect(try story.chain.rejection(of: pay, by: alice) == .agent(.notAgentKey))
    let nobody = ActAsAgent(
      agent: Identifier(digest("nobody")),
      act: .pay(Transfer(to: bob.account, amount: tokens(1), memo: "")))
    #expect(
      try story.chain.rejection(of: .actAsAgent(nobody), by: robot) == .agent(.notFound))

    let pause = Message.pauseAgent(PauseAgent(agent: story.agent, isPaused: true))
    #expect(try story.chain.rejection(of: pause, by: robot) == .agent(.notOwner))
    try story.chain.success(pause, by: alice)
    #expect(try story.chain.rejection(of: pay, by: robot) == .agent(.notActive))
    try story.chain.success(
      .pauseAgent(PauseAgent(agent: story.agent, isPaused: false)), by: alice)
    try story.chain.success(pay, by: robot)

    try story.chain.success(
      .reportContradiction(
        ReportContradiction(one: story.receipt(1), other: story.receipt(1, spent: tokens(2)))),
      by: carol)
    #expect(try story.chain.rejection(of: pay, by: robot) == .agent(.bondTooSmall))
    try story.chain.success(
      .bondAgent(BondAgent(agent: story.agent, amount: tokens(4))), by: alice)
    try story.chain.success(pay, by: robot)
  }

  @Test func `new terms change key and manifest at once, and the cap from the next window`() throws
  {
    var story = try AgentStory()
    var terms = AgentStory.terms
    terms.key = dave.key.publicKey
    terms.cap = tokens(1)
    let update = Message.updateAgent(UpdateAgent(agent: story.agent, terms: terms))
    #expect(try story.chain.rejection(of: update, by: robot) == .agent(.notOwner))
    try story.chain.success(update, by: alice)
    #expect(story.chain.state.agentTerms(1, of: story.agent) == AgentStory.terms)
    #expect(story.chain.state.agentTerms(2, of: story.agent) == terms)
    #expect(
      try story.chain.rejection(of: story.pay(tokens(1)), by: robot) == .agent(.notAgentKey))
    try story.chain.success(story.pay(tokens(20)), by: dave)
    try story.chain.pass(blocks: 20)
    #expect(
      try story.chain.rejection(of: story.pay(tokens(2)), by: dave) == .agent(.overBudget))
    try story.chain.success(story.pay(tokens(1)), by: dave)
  }

  @Test func `what an agent prepays counts against its cap and returns to its purse`() throws {
    var story = try AgentStory()
    let open = OpenChannel(
      server: erin.account, signingKey: robot.key.publicKey, deposit: tokens(12))
    let channel = Identifier<Channel>(
      creator: robot.account,
      sequence: try story.chain.success(story.act(.openChannel(open)), by: robot))
    #expect(story.chain.state.channel(channel)?.payer == alice.account)
    #expect(story.balance(.channelEscrow(channel)) == tokens(12))
    func topUp(_ count: UInt128, _ channel: Identifier<Channel>) -> Message {
      story.act(.topUpChannel(TopUpChannel(channel: channel, amount: tokens(count))))
    }
    #expect(
      try story.chain.rejection(of: topUp(9, channel), by: robot) == .agent(.overBudget))
    try story.chain.success(topUp(8, channel), by: robot)

    let other = Identifier<Channel>(
      creator: alice.account,
      sequence: try story.chain.success(.openChannel(open), by: alice))
    #expect(
      try story.chain.rejection(of: topUp(0, other), by: robot) == .agent(.notAgentChannel))

    try story.chain.success(.closeChannel(CloseChannel(channel: channel)), by: alice)
    try story.chain.pass(blocks: 6)
    #expect(story.chain.state.channel(channel)?.status == .closed)
    #expect(story.balance(.agentPurse(story.agent)) == tokens(100))
  }

  @Test func `an owner takes money back from the purse at any time`() throws {
    var story = try AgentStory()
    func defund(_ count: UInt128) -> Message {
      .defundAgent(DefundAgent(agent: story.agent, amount: tokens(count)))
    }
    #expect(try story.chain.rejection(of: defund(1), by: robot) == .agent(.notOwner))
    try story.chain.success(defund(60), by: alice)
    #expect(
      try story.chain.rejection(of: defund(41), by: alice) == .account(.insufficientBalance))
  }

  @Test func `a retired agent gets bond and purse back after the window, and never acts again`()
    throws
  {
    var story = try AgentStory()
    let retire = Message.retireAgent(RetireAgent(agent: story.agent))
    #expect(try story.chain.rejection(of: retire, by: bob) == .agent(.notOwner))
    let before = story.balance(.account(alice.account))
    try story.chain.success(retire, by: alice)
    #expect(
      try story.chain.rejection(of: story.pay(tokens(1)), by: robot) == .agent(.notActive))
    #expect(try story.chain.rejection(of: retire, by: alice) == .agent(.retired))
    try story.chain.pass(blocks: 7)
    #expect(story.balance(.agentBond(story.agent)) == tokens(10))
    let executed = try story.chain.block()
    #expect(executed.endEvents.map(\.kind) == [.agentRetired])
    #expect(story.record?.status == .retired)
    // Two transactions' fees of 1000 base units are gone.
    #expect(
      story.balance(.account(alice.account)).baseUnits
        == before.baseUnits + tokens(110).baseUnits - 2 * TestChain.fee.baseUnits)
    #expect(
      try story.chain.rejection(
        of: .fundAgent(FundAgent(agent: story.agent, amount: tokens(1))), by: alice)
        == .agent(.retired))
    #expect(story.chain.state.brokenInvariants() == [])
  }
}
