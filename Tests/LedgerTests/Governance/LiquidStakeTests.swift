import Ledger
import Primitives
import Testing

@Suite struct LiquidStakeTests {
  private let unit = VotingPower.unit.baseUnits

  private func wrap(_ count: UInt128) -> Message {
    .wrapStake(WrapStake(validator: alice.account, shares: count * unit))
  }

  private func unwrap(_ count: UInt128) -> Message {
    .unwrapStake(UnwrapStake(validator: alice.account, shares: count * unit))
  }

  private func transfer(_ count: UInt128, to person: Person) -> Message {
    .transferWrappedStake(
      TransferWrappedStake(
        validator: alice.account, to: person.account, shares: count * unit))
  }

  /// Carol has wrapped 50 of her 60 and given 20 of them to erin.
  private func wrapped() throws -> TestChain {
    var chain = try GovernanceFixture.chain()
    try chain.success(wrap(50), by: carol)
    try chain.success(transfer(20, to: erin), by: carol)
    return chain
  }

  @Test func `wrapping moves shares and nothing else`() throws {
    let chain = try wrapped()
    let alices = alice.account
    #expect(chain.state.wrappedShares(of: alices) == 50 * unit)
    #expect(chain.state.wrappedShares(of: alices, heldBy: carol.account) == 30 * unit)
    #expect(chain.state.wrappedShares(of: alices, heldBy: erin.account) == 20 * unit)
    #expect(chain.state.stake(of: carol.account, at: alices) == tokens(40))
    #expect(chain.state.stake(of: erin.account, at: alices) == tokens(20))
    #expect(chain.state.validator(alices)?.tokens == tokens(160))
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `unwrapping gives the delegation back, to whoever holds the shares`() throws {
    var chain = try wrapped()
    try chain.success(unwrap(20), by: erin)
    #expect(chain.state.wrappedShares(of: alice.account) == 30 * unit)
    try chain.success(
      .undelegate(Undelegate(validator: alice.account, amount: tokens(20))), by: erin)
    let before = chain.money(of: erin)
    try chain.passWindow()
    #expect(chain.money(of: erin) == (try before.adding(tokens(20))))
  }

  @Test func `wrapped stake votes with its holder`() throws {
    var chain = try wrapped()
    let proposal = try chain.submit(by: dave)
    try chain.vote(.no, on: proposal, by: erin)
    try chain.vote(.yes, on: proposal, by: alice)
    #expect(chain.state.voteCount(on: proposal).no == tokens(20))
    #expect(chain.state.voteCount(on: proposal).yes == tokens(140))
    try chain.success(transfer(15, to: carol), by: erin)
    #expect(chain.state.voteCount(on: proposal).no == tokens(5))
    #expect(chain.state.voteCount(on: proposal).yes == tokens(155))
  }

  @Test func `wrapped stake earns like any other`() throws {
    var chain = try wrapped()
    // Fees of the blocks that follow are shared at each one's end or beginning.
    for _ in 0..<4 {
      try chain.success(.transfer(Transfer(to: bob.account, amount: tokens(1), memo: "")), by: dave)
    }
    let free = chain.state.rewards(
      of: DelegationName(delegator: carol.account, validator: alice.account))
    let hers = chain.state.rewards(
      of: DelegationName(
        delegator: carol.account, validator: alice.account, number: DelegationName.wrapped))
    let erins = chain.state.rewards(
      of: DelegationName(
        delegator: erin.account, validator: alice.account, number: DelegationName.wrapped))
    #expect(erins > .zero)
    // 10 free shares and 30 wrapped ones since the same block; roundings take a unit each.
    #expect(hers.baseUnits >= erins.baseUnits && hers.baseUnits >= 2 * free.baseUnits)
    let before = chain.money(of: erin)
    try chain.success(transfer(20, to: carol), by: erin)
    let fee = TestChain.fee
    #expect(chain.money(of: erin) >= (try before.adding(erins).subtracting(fee)))
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `a slash reaches wrapped stake share for share`() throws {
    var chain = try wrapped()
    try chain.block(report: chain.doubleSign(by: alice, at: chain.height))
    #expect(chain.state.wrappedShares(of: alice.account) == 50 * unit)
    #expect(chain.state.stake(of: erin.account, at: alice.account) == tokens(19))
    #expect(chain.state.stake(of: carol.account, at: alice.account) == tokens(38))
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `wrapped stake neither leaves nor moves its validator`() throws {
    var chain = try wrapped()
    let number = DelegationName.wrapped
    #expect(
      try chain.refusal(
        of: .undelegate(
          Undelegate(validator: alice.account, number: number, amount: tokens(1))), by: erin)
        == .liquidStake(.wrapped))
    #expect(
      try chain.refusal(
        of: .redelegate(
          Redelegate(from: alice.account, number: number, to: bob.account, amount: tokens(1))),
        by: erin) == .liquidStake(.wrapped))
  }

  @Test func `locked stake and stake that still answers for another validator can't be wrapped`()
    throws
  {
    var chain = try GovernanceFixture.chain()
    try chain.success(
      .delegate(
        Delegate(validator: alice.account, amount: tokens(9), lock: StakingFixture.lock)),
      by: erin)
    #expect(try chain.refusal(of: wrap(1), by: erin) == .staking(.delegationNotFound))
    try chain.success(
      .redelegate(Redelegate(from: bob.account, to: alice.account, amount: tokens(9))), by: dave)
    #expect(try chain.refusal(of: wrap(1), by: dave) == .staking(.delegationNotFound))
  }

  @Test func `what can't be wrapped or given is refused`() throws {
    var chain = try wrapped()
    #expect(try chain.refusal(of: wrap(0), by: carol) == .liquidStake(.sharesZero))
    #expect(try chain.refusal(of: wrap(11), by: carol) == .liquidStake(.sharesTooFew))
    #expect(try chain.refusal(of: unwrap(21), by: erin) == .liquidStake(.sharesTooFew))
    #expect(try chain.refusal(of: unwrap(1), by: bob) == .staking(.delegationNotFound))
    #expect(try chain.refusal(of: wrap(1), by: alice) == .liquidStake(.ownValidator))
    #expect(
      try chain.refusal(of: transfer(1, to: alice), by: erin) == .liquidStake(.ownValidator))
    #expect(
      try chain.refusal(of: transfer(1, to: erin), by: erin) == .liquidStake(.sameAccount))
    #expect(
      try chain.refusal(of: transfer(21, to: bob), by: erin) == .liquidStake(.sharesTooFew))
  }

  @Test func `strangers can't fill an account's delegations`() throws {
    var chain = try wrapped()
    for _ in 0..<3 {
      try chain.success(
        .delegate(
          Delegate(validator: bob.account, amount: tokens(1), lock: StakingFixture.lock)), by: dave)
    }
    // Four of eight: dave's one at number 0, and three locked ones.
    #expect(
      try chain.refusal(of: transfer(1, to: dave), by: erin) == .liquidStake(.holderFull))
  }
}
