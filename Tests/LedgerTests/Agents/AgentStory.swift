import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

/// The key of alice's agent; its account pays its own transaction fees.
let robot = Person("robot")

/// A chain on which alice's agent has a bond of 10, a purse of 100 and a cap of 20 a window.
struct AgentStory {
  var chain: TestChain
  let agent: Identifier<Agent>

  static let parameters = AgentParameters(
    minimumBond: tokens(4), budgetWindow: Window(milliseconds: 20_000, blocks: 3),
    oversightWindow: Window(milliseconds: 10_000, blocks: 3),
    servingWindow: Window(milliseconds: 5_000, blocks: 2),
    retirementWindow: Window(milliseconds: 10_000, blocks: 3), demandDeposit: tokens(1),
    contradictionSlash: .whole, overspendingSlash: .percent(50), withholdingSlash: .percent(20),
    reporterShare: .percent(50))

  static let terms = AgentTerms(
    manifest: digest("manifest"), key: robot.key.publicKey, price: Amount(baseUnits: 500),
    cap: tokens(20))

  /// What the agent did in a run: three calls.
  static let actions = (0..<3).map { index in
    ActionRecord(
      tool: "terms", input: digest("in \(index)"), output: digest("out \(index)"),
      receipt: index == 0 ? digest("receipt") : nil, spent: tokens(1))
  }

  static let tree = MerkleTree(leaves: actions.map(\.canonicalBytes))

  init() throws {
    var genesis = Genesis.test
    genesis.parameters.agents = AgentStory.parameters
    chain = try TestChain(genesis)
    try chain.success(
      .transfer(Transfer(to: robot.account, amount: tokens(1), memo: "for fees")), by: erin)
    agent = Identifier(
      creator: alice.account,
      sequence: try chain.success(
        .registerAgent(RegisterAgent(name: "robot", terms: AgentStory.terms, bond: tokens(10))),
        by: alice))
    try chain.success(.fundAgent(FundAgent(agent: agent, amount: tokens(100))), by: alice)
  }

  var record: AgentRecord? { chain.state.agent(agent) }

  func balance(_ holder: Holder) -> Amount { chain.state.balance(of: holder) }

  func act(_ act: AgentAct) -> Message { .actAsAgent(ActAsAgent(agent: agent, act: act)) }

  func pay(_ amount: Amount) -> Message {
    act(.pay(Transfer(to: bob.account, amount: amount, memo: "")))
  }

  func receipt(
    _ run: UInt64, spent: Amount = tokens(3), edit: (inout ActionReceipt) -> Void = { _ in }
  ) -> SignedActionReceipt {
    var receipt = ActionReceipt(
      chain: chain.id, agent: agent, version: 1, run: run, window: 1,
      actions: AgentStory.tree.root, count: 3, spent: spent)
    edit(&receipt)
    return receipt.signed(by: robot.key)
  }

  func recording(_ receipt: SignedActionReceipt) -> Message {
    .recordActions(RecordActions(receipt: receipt))
  }

  func name(_ run: UInt64, _ index: UInt32) -> AgentActionName {
    AgentActionName(run: AgentRunName(agent: agent, run: run), index: index)
  }

  func demand(_ run: UInt64, _ index: UInt32) -> Message {
    .demandAction(DemandAction(action: name(run, index)))
  }

  func serving(_ run: UInt64, _ index: UInt32) -> ServeAction {
    ServeAction(
      action: name(run, index), content: AgentStory.actions[Int(index)],
      proof: AgentStory.tree.proof(ofLeaf: Int(index)))
  }

  /// One message of each kind, whether or not it would succeed.
  func samples() -> [Message] {
    [
      .registerAgent(RegisterAgent(name: "robot", terms: AgentStory.terms, bond: tokens(10))),
      .updateAgent(UpdateAgent(agent: agent, terms: AgentStory.terms)),
      .fundAgent(FundAgent(agent: agent, amount: tokens(1))),
      .defundAgent(DefundAgent(agent: agent, amount: tokens(1))),
      .bondAgent(BondAgent(agent: agent, amount: tokens(1))),
      .pauseAgent(PauseAgent(agent: agent, isPaused: true)),
      .retireAgent(RetireAgent(agent: agent)),
      pay(tokens(1)),
      act(.topUpChannel(TopUpChannel(channel: Identifier(digest("c")), amount: tokens(1)))),
      act(
        .openChannel(
          OpenChannel(
            server: erin.account, signingKey: robot.key.publicKey, deposit: tokens(1)))),
      recording(receipt(1)), demand(1, 0), .serveAction(serving(1, 0)),
      .reportContradiction(
        ReportContradiction(one: receipt(1), other: receipt(1, spent: tokens(2)))),
      .reportOverspending(ReportOverspending(receipts: [receipt(1), receipt(2)])),
    ]
  }
}
