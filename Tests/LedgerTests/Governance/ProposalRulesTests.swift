import Ledger
import Primitives
import Testing

@Suite struct ProposalRulesTests {
  @Test func `deposits open the vote when they reach the minimum`() throws {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit(GovernanceFixture.text(deposit: tokens(4)))
    guard case .depositing = chain.status(of: proposal) else {
      Issue.record("four tokens open nothing")
      return
    }
    #expect(chain.state.balance(of: .proposalDeposits) == tokens(4))
    try chain.success(
      .depositForProposal(DepositForProposal(proposal: proposal, amount: tokens(6))), by: dave)
    guard case .voting = chain.status(of: proposal) else {
      Issue.record("ten tokens open the vote")
      return
    }
    #expect(chain.state.openVotes == [proposal])
    #expect(
      try chain.refusal(
        of: .depositForProposal(DepositForProposal(proposal: proposal, amount: tokens(1))),
        by: dave) == .governance(.depositClosed))
  }

  @Test func `a proposal that nobody backs lapses, and its deposits return`() throws {
    var chain = try GovernanceFixture.chain()
    let before = chain.money(of: dave)
    let proposal = try chain.submit(GovernanceFixture.text(deposit: tokens(4)))
    try chain.success(
      .depositForProposal(DepositForProposal(proposal: proposal, amount: tokens(5))), by: dave)
    try chain.pass(seconds: 20, blocks: 4)
    #expect(chain.status(of: proposal) == .lapsed)
    try chain.block()
    #expect(chain.state.balance(of: .proposalDeposits) == .zero)
    #expect(
      chain.money(of: dave)
        == (try before.subtracting(TestChain.fee)))
    #expect(
      chain.state.proposalDeposit(BallotName(proposal: proposal, account: dave.account)) == .zero)
    #expect(
      try chain.refusal(
        of: .depositForProposal(DepositForProposal(proposal: proposal, amount: tokens(5))),
        by: dave) == .governance(.depositClosed))
  }

  @Test func `what could never be decided is refused`() throws {
    var chain = try GovernanceFixture.chain()
    #expect(
      try chain.refusal(of: GovernanceFixture.text(""), by: erin) == .governance(.titleMissing))
    #expect(
      try chain.refusal(
        of: GovernanceFixture.text(deposit: Amount(baseUnits: 9)), by: erin)
        == .governance(.depositTooSmall))
    #expect(
      try chain.refusal(of: GovernanceFixture.text(deposit: tokens(5000)), by: erin)
        == .account(.insufficientBalance))
    #expect(
      try chain.refusal(
        of: .depositForProposal(
          DepositForProposal(proposal: Identifier(digest("none")), amount: tokens(1))), by: erin)
        == .governance(.proposalNotFound))
    let proposal = try chain.submit(GovernanceFixture.text(deposit: tokens(2)))
    #expect(
      try chain.refusal(
        of: .depositForProposal(DepositForProposal(proposal: proposal, amount: .zero)), by: erin)
        == .governance(.depositTooSmall))
  }

  @Test func `as many votes are open at a time as parameters let`() throws {
    var chain = try GovernanceFixture.chain()
    for _ in 0..<3 { _ = try chain.submit() }
    #expect(try chain.refusal(of: GovernanceFixture.text(), by: erin) == .governance(.votesFull))
    let waiting = try chain.submit(GovernanceFixture.text(deposit: tokens(9)))
    let rest = Message.depositForProposal(
      DepositForProposal(proposal: waiting, amount: tokens(1)))
    #expect(try chain.refusal(of: rest, by: erin) == .governance(.votesFull))
    try chain.passWindow()
    try chain.success(rest, by: erin)
  }

  @Test(
    arguments: [
      { (parameters: inout LedgerParameters) in
        parameters.receipts.split.treasury = .percent(2)
        parameters.receipts.split.server = .percent(16)
      },
      {
        $0.receipts.split.contributors = .percent(39); $0.receipts.split.server = .percent(26)
      },
      {
        $0.receipts.split.validators = .percent(13); $0.receipts.split.server = .percent(9)
      },
      { $0.receipts.split.server = .percent(16) },
      { $0.governance.threshold = .percent(49) },
      { $0.governance.quorum = .percent(9) },
      { $0.governance.vetoShare = .percent(51) },
      { $0.governance.votingMaximum = 0 },
      { $0.governance.timelock.milliseconds = 7_776_000_001 },
      { $0.governance.initialDeposit = tokens(11) },
    ] as [@Sendable (inout LedgerParameters) -> Void])
  func `no vote crosses the bounds that genesis sets`(
    edit: @Sendable (inout LedgerParameters) -> Void
  ) throws {
    var chain = try GovernanceFixture.chain()
    var parameters = GovernanceFixture.genesis.parameters
    edit(&parameters)
    let changed = ParameterSubject.allCases.first {
      parameters.current($0) != GovernanceFixture.genesis.parameters.current($0)
    }
    let subject = try #require(changed)
    #expect(
      try chain.refusal(of: GovernanceFixture.change(parameters.current(subject)), by: erin)
        == .governance(.outOfBounds))
  }

  @Test func `a change names what it replaces, and changes something`() throws {
    var chain = try GovernanceFixture.chain()
    let current = GovernanceFixture.genesis.parameters
    #expect(
      try chain.refusal(of: GovernanceFixture.change(.receipts(current.receipts)), by: erin)
        == .governance(.notInForce))
    var other = current
    other.receipts.platformFee = tokens(1)
    #expect(
      try chain.refusal(
        of: GovernanceFixture.change(.receipts(GovernanceFixture.receipts), from: other), by: erin)
        == .governance(.notInForce))
  }
}
