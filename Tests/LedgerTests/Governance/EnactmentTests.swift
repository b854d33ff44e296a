import Ledger
import Primitives
import Testing

@Suite struct EnactmentTests {
  /// Submits a change, and lets it pass.
  private func pass(
    _ change: ParameterChange, on chain: inout TestChain
  ) throws -> Identifier<Proposal> {
    let parameters = try #require(chain.state.parameters)
    let proposal = try chain.submit(GovernanceFixture.change(change, from: parameters))
    try chain.block(
      [alice, bob].map {
        chain.transaction(.castVote(CastVote(proposal: proposal, option: .yes)), by: $0)
      })
    try chain.passWindow()
    return proposal
  }

  @Test func `a passed change waits for its timelock, then is in force`() throws {
    var chain = try GovernanceFixture.chain()
    var parameters = GovernanceFixture.parameters
    parameters.minimumDeposit = tokens(3)
    let proposal = try pass(.governance(parameters), on: &chain)
    guard case .timelocked = chain.status(of: proposal) else {
      Issue.record("\(String(describing: chain.status(of: proposal)))")
      return
    }
    #expect(chain.state.parameters?.governance == GovernanceFixture.parameters)
    try chain.pass(seconds: 4, blocks: 1)
    #expect(chain.state.parameters?.governance == GovernanceFixture.parameters)
    try chain.pass(seconds: 4, blocks: 1)
    #expect(chain.status(of: proposal) == .accepted)
    #expect(chain.state.parameters?.governance == parameters)
    // The next block's messages meet the new number.
    let cheap = try chain.submit(GovernanceFixture.text(deposit: tokens(3)))
    #expect(chain.state.openVotes == [cheap])
  }

  @Test func `of two changes of the same numbers the later is void`() throws {
    var chain = try GovernanceFixture.chain()
    var (first, second) = (GovernanceFixture.parameters, GovernanceFixture.parameters)
    first.minimumDeposit = tokens(3)
    second.quorum = .percent(20)
    let changes = [first, second].map { GovernanceFixture.change(.governance($0)) }
    let one = try chain.submit(changes[0])
    let two = try chain.submit(changes[1])
    for proposal in [one, two] {
      try chain.block(
        [alice, bob].map {
          chain.transaction(.castVote(CastVote(proposal: proposal, option: .yes)), by: $0)
        })
    }
    try chain.pass(seconds: 10, blocks: 8)
    #expect(chain.status(of: one) == .accepted)
    #expect(chain.status(of: two) == .superseded)
    #expect(chain.state.parameters?.governance == first)
  }

  @Test func `every subject's numbers can be voted on`() throws {
    var parameters = GovernanceFixture.genesis.parameters
    for subject in ParameterSubject.allCases {
      #expect(parameters.current(subject).subject == subject)
    }
    parameters.staking.maximumValidators = 2
    var chain = try GovernanceFixture.chain()
    _ = try pass(.staking(parameters.staking), on: &chain)
    try chain.passWindow()
    #expect(chain.state.parameters == parameters)
  }

  @Test func `a stranger to the vote's windows changes nothing`() throws {
    var chain = try GovernanceFixture.chain()
    let proposal = try chain.submit(
      GovernanceFixture.change(.receipts(GovernanceFixture.receipts)))
    try chain.vote(.no, on: proposal, by: alice)
    try chain.pass(seconds: 10, blocks: 10)
    #expect(chain.status(of: proposal) == .rejected)
    #expect(chain.state.parameters == GovernanceFixture.genesis.parameters)
  }
}
