import Ledger
import Primitives
import Testing

@Suite struct DelegationRulesTests {
  private func delegate(
    _ count: UInt128, to person: Person, lock: Window? = nil
  ) -> Message {
    .delegate(Delegate(validator: person.account, amount: tokens(count), lock: lock))
  }

  private func undelegate(
    _ count: UInt128, from person: Person, number: UInt64 = 0
  ) -> Message {
    .undelegate(
      Undelegate(validator: person.account, number: number, amount: tokens(count)))
  }

  private func move(
    _ count: UInt128, from: Person, number: UInt64 = 0, to: Person
  ) -> Message {
    .redelegate(
      Redelegate(from: from.account, number: number, to: to.account, amount: tokens(count)))
  }

  private func expectWhole(_ chain: TestChain) {
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `delegated money is bonded, counts for power, and returns after the window`() throws {
    var chain = try StakingFixture.chain()
    let before = chain.money(of: carol)
    try chain.success(delegate(50, to: alice), by: carol)
    #expect(chain.state.validator(alice.account)?.power == 150)
    #expect(chain.state.bondedTotal == tokens(250))
    #expect(chain.state.votingPower(of: carol.account) == tokens(50))

    try chain.success(undelegate(50, from: alice), by: carol)
    let undelegated = chain.height
    #expect(chain.state.validator(alice.account)?.power == 100)
    #expect(chain.state.balance(of: .unbondingStake) == tokens(50))
    #expect(chain.state.delegations(of: carol.account).isEmpty)

    try chain.pass(blocks: 19)
    #expect(chain.state.balance(of: .unbondingStake) == tokens(50))
    try chain.block()
    #expect(chain.height == Height(undelegated.number + 20))
    #expect(chain.state.balance(of: .unbondingStake) == .zero)
    // Two fees, and the share of the validators' fees that her stake earned meanwhile.
    let earned = chain.state.total(of: .stakingReward)
    #expect(
      chain.money(of: carol).baseUnits
        == before.baseUnits - 2 * TestChain.fee.baseUnits + earned.baseUnits)
    expectWhole(chain)
  }

  @Test func `the window lasts its blocks too`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(50, to: alice), by: carol)
    try chain.success(undelegate(50, from: alice), by: carol)
    chain.stepInMilliseconds = 1_000_000
    try chain.pass(blocks: 3)
    #expect(chain.state.balance(of: .unbondingStake) == tokens(50))
    try chain.block()
    #expect(chain.state.balance(of: .unbondingStake) == .zero)
  }

  @Test func `locked stake can move but not leave, votes as any other, and is free at the end`()
    throws
  {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(40, to: alice, lock: StakingFixture.lock), by: carol)
    #expect(chain.state.votingPower(of: carol.account) == tokens(40))
    #expect(chain.state.validator(alice.account)?.power == 140)
    #expect(
      try chain.refusal(of: undelegate(1, from: alice, number: 1), by: carol)
        == .staking(.stillLocked))

    try chain.success(move(40, from: alice, number: 1, to: bob), by: carol)
    let moved = try #require(chain.state.delegations(of: carol.account).first)
    #expect(moved.name.validator == bob.account && moved.record.lock != nil)
    #expect(moved.record.multiplier == RewardMultiplier(partsPerBillion: 1_500_000_000))
    #expect(
      try chain.refusal(
        of: undelegate(1, from: bob, number: moved.name.number), by: carol)
        == .staking(.stillLocked))

    try chain.pass(blocks: 60)
    let free = try #require(chain.state.delegations(of: carol.account).first)
    #expect(free.name.number == 0 && free.record.multiplier == .flexible)
    try chain.success(undelegate(40, from: bob), by: carol)
    expectWhole(chain)
  }

  @Test func `moved stake can't move on until its exposure has ended`() throws {
    var chain = try StakingFixture.chain(validators: [alice, bob, dave])
    try chain.success(delegate(40, to: alice), by: carol)
    try chain.success(move(10, from: alice, to: bob), by: carol)
    let moved = try #require(
      chain.state.delegations(of: carol.account, at: bob.account).first)
    let onward = move(10, from: bob, number: moved.name.number, to: dave)
    #expect(try chain.refusal(of: onward, by: carol) == .staking(.stillExposed))
    // What she brought to bob herself is free to move.
    try chain.success(delegate(5, to: bob), by: carol)
    try chain.success(move(5, from: bob, to: dave), by: carol)

    try chain.pass(blocks: 20)
    #expect(chain.state.delegations(of: carol.account, at: bob.account).map(\.name.number) == [0])
    try chain.success(move(10, from: bob, to: dave), by: carol)
    expectWhole(chain)
  }

  @Test func `an unbonding is cancelled in parts`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(40, to: alice), by: carol)
    try chain.success(undelegate(40, from: alice), by: carol)
    let name = try #require(chain.state.unbondings(of: carol.account).first?.name)
    func cancel(_ count: UInt128) -> Message {
      .cancelUnbonding(
        CancelUnbonding(
          validator: alice.account, number: name.number, amount: tokens(count)))
    }
    #expect(try chain.refusal(of: cancel(41), by: carol) == .staking(.stakeTooSmall))
    try chain.success(cancel(15), by: carol)
    #expect(chain.state.unbonding(name)?.balance == tokens(25))
    #expect(chain.state.stake(of: carol.account, at: alice.account) == tokens(15))
    try chain.success(cancel(25), by: carol)
    #expect(chain.state.unbonding(name) == nil)
    #expect(try chain.refusal(of: cancel(1), by: carol) == .staking(.unbondingNotFound))
    try chain.pass(blocks: 25)
    #expect(chain.state.stake(of: carol.account, at: alice.account) == tokens(40))
    expectWhole(chain)
  }

  @Test func `entries and delegations are bounded`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(40, to: alice), by: carol)
    for _ in 0..<3 { try chain.success(undelegate(1, from: alice), by: carol) }
    #expect(
      try chain.refusal(of: undelegate(1, from: alice), by: carol) == .staking(.tooManyEntries))
    for _ in 0..<3 {
      try chain.success(delegate(1, to: alice, lock: StakingFixture.lock), by: carol)
    }
    #expect(
      try chain.refusal(of: delegate(1, to: alice, lock: StakingFixture.lock), by: carol)
        == .staking(.tooManyEntries))
    try chain.success(delegate(1, to: bob), by: carol)
    for _ in 0..<3 { try chain.success(move(1, from: alice, to: bob), by: carol) }
    // Eight delegations: what joins one of them still may.
    try chain.success(delegate(1, to: bob), by: carol)
    try chain.block([
      chain.transaction(.createValidator(StakingFixture.creation(by: dave)), by: dave)
    ])
    #expect(
      try chain.refusal(of: delegate(1, to: dave), by: carol) == .staking(.tooManyDelegations))
    expectWhole(chain)
  }

  @Test func `what makes no sense is refused`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(10, to: alice), by: carol)
    let odd = Window(milliseconds: 1, blocks: 1)
    let cases: [(Message, StakingRejection)] = [
      (delegate(0, to: alice), .amountZero),
      (delegate(1, to: erin), .validatorNotFound),
      (delegate(1, to: alice, lock: odd), .termNotOffered),
      (undelegate(11, from: alice), .stakeTooSmall),
      (undelegate(1, from: bob), .delegationNotFound),
      (undelegate(0, from: alice), .amountZero),
      (move(1, from: alice, to: alice), .sameValidator),
      (move(1, from: alice, to: erin), .validatorNotFound),
      (move(11, from: alice, to: bob), .stakeTooSmall),
      (.withdrawRewards(WithdrawRewards(validator: bob.account)), .delegationNotFound),
      (.withdrawCommission(WithdrawCommission()), .validatorNotFound),
    ]
    for (message, reason) in cases {
      #expect(try chain.refusal(of: message, by: carol) == .staking(reason), "\(message)")
    }
    #expect(
      try chain.refusal(of: delegate(1000, to: alice), by: carol)
        == .account(.insufficientBalance))
    expectWhole(chain)
  }
}
