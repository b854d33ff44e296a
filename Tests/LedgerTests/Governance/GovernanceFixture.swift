import Ledger
import Primitives
import Testing

enum GovernanceFixture {
  /// Windows short enough to wait for.
  static let parameters: GovernanceParameters = {
    var parameters = GovernanceParameters.standard
    parameters.initialDeposit = tokens(1)
    parameters.minimumDeposit = tokens(10)
    parameters.depositWindow = Window(milliseconds: 60_000, blocks: 4)
    parameters.votingWindow = Window(milliseconds: 20_000, blocks: 4)
    parameters.timelock = Window(milliseconds: 10_000, blocks: 2)
    parameters.votingMaximum = 3
    parameters.termsNotice = 30_000
    return parameters
  }()

  static let genesis: Genesis = {
    var genesis = StakingFixture.genesis
    genesis.parameters.governance = parameters
    return genesis
  }()

  static func text(_ title: String = "words", deposit: Amount = tokens(10)) -> Message {
    .submitProposal(
      SubmitProposal(
        title: title, summary: "", document: nil, content: .text, deposit: deposit))
  }

  static func change(
    _ change: ParameterChange, from parameters: LedgerParameters = genesis.parameters,
    deposit: Amount = tokens(10)
  ) -> Message {
    .submitProposal(
      SubmitProposal(
        title: "numbers", summary: "why", document: digest("paper"),
        content: .parameters(change: change, replacing: parameters.current(change.subject).digest),
        deposit: deposit))
  }

  /// A kinder split than the standard one.
  static let receipts: ReceiptParameters = {
    var receipts = genesis.parameters.receipts
    receipts.split.server = .percent(10)
    receipts.split.contributors = .percent(55)
    return receipts
  }()

  /// One message of each kind.
  static let messages: [Message] = [
    text(),
    change(.receipts(receipts)),
    .depositForProposal(
      DepositForProposal(proposal: Identifier(digest("proposal")), amount: tokens(1))),
    .castVote(CastVote(proposal: Identifier(digest("proposal")), option: .veto)),
    .castEntrustedVotes(
      CastEntrustedVotes(
        proposal: Identifier(digest("proposal")), option: .abstain, accounts: [alice.account])),
    .entrustVote(EntrustVote(to: bob.account)),
    .entrustVote(EntrustVote(to: nil)),
    .wrapStake(WrapStake(validator: bob.account, shares: 1)),
    .unwrapStake(UnwrapStake(validator: bob.account, shares: 1 << 100)),
    .transferWrappedStake(
      TransferWrappedStake(validator: bob.account, to: carol.account, shares: 7)),
  ]

  /// A chain on which alice and bob operate validators with 100 tokens each of their own, and
  /// carol stands behind alice with 60, dave behind bob with 40.
  static func chain() throws -> TestChain {
    var chain = try TestChain(genesis)
    try chain.block(
      [alice, bob].map {
        chain.transaction(.createValidator(StakingFixture.creation(by: $0)), by: $0)
      })
    try chain.block([
      chain.transaction(
        .delegate(Delegate(validator: alice.account, amount: tokens(60))), by: carol),
      chain.transaction(
        .delegate(Delegate(validator: bob.account, amount: tokens(40))), by: dave),
    ])
    return chain
  }
}

extension TestChain {
  /// Submits a proposal that must be accepted, and names it.
  mutating func submit(
    _ message: Message = GovernanceFixture.text(), by person: Person = erin
  ) throws -> Identifier<Proposal> {
    Identifier(creator: person.account, sequence: try success(message, by: person))
  }

  mutating func vote(
    _ option: VoteOption, on proposal: Identifier<Proposal>, by person: Person
  ) throws {
    try success(.castVote(CastVote(proposal: proposal, option: option)), by: person)
  }

  func status(of proposal: Identifier<Proposal>) -> ProposalStatus? {
    state.proposal(proposal)?.status
  }

  /// Lets the votes that are open now come to their ends.
  mutating func passWindow() throws { try pass(seconds: 5, blocks: 5) }

  mutating func pass(seconds: UInt64, blocks: Int) throws {
    let step = stepInMilliseconds
    stepInMilliseconds = seconds * 1000
    try pass(blocks: blocks)
    stepInMilliseconds = step
  }
}
