import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct AgentHistoryTests {
  /// Draws a message about the story's agents, sensible or not, and who sends it.
  private func draw(
    _ generator: inout SeededGenerator, _ story: AgentStory
  ) -> (Message, Person) {
    func below(_ bound: UInt64) -> UInt64 { generator.next(below: bound) }
    let stranger = [bob, carol, dave][Int(below(3))]
    let amount = Amount(baseUnits: UInt128(below(6)) * tokens(1).baseUnits)
    let run = 1 + below(8)
    let window = max(1, (story.record?.window ?? 1) - below(2))
    func receipt() -> SignedActionReceipt {
      story.receipt(run, spent: Amount(baseUnits: amount.baseUnits * UInt128(1 + below(5)))) {
        $0.window = window
      }
    }
    switch below(14) {
    case 0: return (.fundAgent(FundAgent(agent: story.agent, amount: amount)), stranger)
    case 1: return (.defundAgent(DefundAgent(agent: story.agent, amount: amount)), alice)
    case 2: return (.bondAgent(BondAgent(agent: story.agent, amount: amount)), alice)
    case 3, 4: return (story.pay(amount), robot)
    case 5:
      let open = OpenChannel(
        server: erin.account, signingKey: robot.key.publicKey, deposit: amount)
      return (story.act(.openChannel(open)), robot)
    case 6, 7:
      let next = (story.record?.lastRun ?? 0) + 1
      return (story.recording(story.receipt(next, spent: amount) { $0.window = window }), robot)
    case 8, 9: return (story.demand(run, UInt32(below(4))), stranger)
    case 10: return (.serveAction(story.serving(run, UInt32(below(3)))), robot)
    case 11:
      return (
        .reportContradiction(ReportContradiction(one: receipt(), other: receipt())), stranger
      )
    case 12:
      let isPaused = below(4) == 0
      return (.pauseAgent(PauseAgent(agent: story.agent, isPaused: isPaused)), alice)
    default:
      return below(12) == 0
        ? (.retireAgent(RetireAgent(agent: story.agent)), alice)
        : (.reportOverspending(ReportOverspending(receipts: [receipt()])), stranger)
    }
  }

  @Test(arguments: UInt64(0)..<6)
  func `whatever happens to an agent, every promise holds and nothing stays open`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    var story = try AgentStory()
    for _ in 0..<120 {
      story.chain.stepInMilliseconds = 1 + generator.next(below: 3000)
      let (message, person) = draw(&generator, story)
      try story.chain.block([story.chain.transaction(message, by: person)])
      #expect(story.chain.state.brokenInvariants() == [], "seed \(seed)")
    }
    _ = try? story.chain.block([
      story.chain.transaction(.retireAgent(RetireAgent(agent: story.agent)), by: alice)
    ])
    story.chain.stepInMilliseconds = 3000
    try story.chain.pass(blocks: 12)
    #expect(story.record?.status == .retired, "seed \(seed)")
    #expect(story.balance(.agentDeposits) == .zero, "seed \(seed)")
    #expect(story.chain.state.brokenInvariants() == [], "seed \(seed)")
  }
}
