import Ledger
import Primitives
import Testing

@Suite struct RewardRulesTests {
  private let withdraw = Message.withdrawRewards(WithdrawRewards(validator: alice.account))

  private func earned(_ chain: TestChain, _ person: Person, number: UInt64 = 0) -> UInt128 {
    chain.state.rewards(
      of: DelegationName(delegator: person.account, validator: alice.account, number: number)
    ).baseUnits
  }

  @Test func `without validators, fees stay in the purse`() throws {
    var chain = try TestChain(StakingFixture.genesis)
    try chain.success(.transfer(Transfer(to: bob.account, amount: tokens(1), memo: "")), by: alice)
    try chain.pass(blocks: 3)
    #expect(chain.state.balance(of: .validators) == TestChain.fee)
    #expect(chain.state.balance(of: .stakingRewards) == .zero)
  }

  @Test func `fees are shared by power, then less the commission by stake`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(
      .delegate(Delegate(validator: alice.account, amount: tokens(100))), by: carol)
    // The fees of three transactions lie in the purse or are shared 1 : 1 already.
    try chain.block()
    let before = (alice: earned(chain, alice), carol: earned(chain, carol))
    let commission = chain.state.rewardPot(of: alice.account).commission.baseUnits
    try chain.block([
      chain.transaction(
        .transfer(Transfer(to: bob.account, amount: tokens(1), memo: "")), by: erin,
        fee: Amount(baseUnits: 30_000_000))
    ])
    try chain.block()
    // Alice's validator has two thirds of the power: 20,000,000; a tenth is commission.
    #expect(
      chain.state.rewardPot(of: alice.account).commission.baseUnits - commission == 2_000_000)
    // A fraction that was there before may complete a unit.
    for gain in [earned(chain, alice) - before.alice, earned(chain, carol) - before.carol] {
      #expect((9_000_000...9_000_001).contains(gain))
    }
    #expect(chain.state.rewards(of: .init(delegator: bob.account, validator: bob.account)) > .zero)
    #expect(chain.state.balance(of: .validators) == .zero)

    let money = chain.money(of: alice).baseUnits
    try chain.success(.withdrawCommission(WithdrawCommission()), by: alice)
    #expect(chain.state.rewardPot(of: alice.account).commission == .zero)
    #expect(
      chain.money(of: alice).baseUnits
        == money - TestChain.fee.baseUnits + commission + 2_000_000)
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `only who signed is paid`() throws {
    var chain = try StakingFixture.chain()
    let before = chain.state.rewardPot(of: alice.account).outstanding
    let purse = chain.state.balance(of: .validators)
    try chain.block([], report: chain.report(signed: [bob], absent: [alice]))
    #expect(chain.state.rewardPot(of: alice.account).outstanding == before)
    #expect(chain.state.rewardPot(of: bob.account).outstanding == purse)
  }

  @Test func `locked stake earns by its multiplier until the lock ends`() throws {
    var chain = try StakingFixture.chain(validators: [alice])
    try chain.success(
      .delegate(Delegate(validator: alice.account, amount: tokens(100))), by: carol)
    try chain.success(
      .delegate(
        Delegate(validator: alice.account, amount: tokens(100), lock: StakingFixture.lock)),
      by: dave)
    try chain.block()
    let before = (earned(chain, carol), earned(chain, dave, number: 1))
    try chain.success(.transfer(Transfer(to: bob.account, amount: tokens(1), memo: "")), by: erin)
    try chain.block()
    let gained = (
      earned(chain, carol) - before.0, earned(chain, dave, number: 1) - before.1
    )
    #expect(gained.0 > 0)
    // Three halves, but for a unit of rounding in each.
    #expect(gained.0 * 3 / 2 <= gained.1 + 2 && gained.1 <= gained.0 * 3 / 2 + 2)

    try chain.pass(blocks: 60)
    let free = DelegationName(delegator: dave.account, validator: alice.account)
    #expect(chain.state.delegation(free)?.multiplier == .flexible)
    let after = (earned(chain, carol), earned(chain, dave))
    try chain.success(.transfer(Transfer(to: bob.account, amount: tokens(1), memo: "")), by: erin)
    try chain.block()
    let equal = (earned(chain, carol) - after.0, earned(chain, dave) - after.1)
    #expect(equal.0 > 0 && max(equal.0, equal.1) - min(equal.0, equal.1) <= 1)
  }

  @Test func `withdrawing often earns no more, and loses less than a unit each time`() throws {
    var chain = try StakingFixture.chain(validators: [alice])
    let stake = Amount(baseUnits: 33_333_333_333_333_333_333)
    try chain.block(
      [carol, dave].map {
        chain.transaction(
          .delegate(Delegate(validator: alice.account, amount: stake)), by: $0)
      })
    var paid: UInt128 = 0
    for _ in 0..<30 {
      let executed = try chain.block([
        chain.transaction(withdraw, by: carol, fee: Amount(baseUnits: 10_000_019))
      ])
      let events = executed.results[0].events
      paid += events.filter { $0.kind == .stakingRewardPaid }.reduce(0) { $0 + $1.amount.baseUnits }
    }
    let patient = earned(chain, dave)
    #expect(paid + earned(chain, carol) <= patient)
    #expect(paid + earned(chain, carol) + 31 >= patient)
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `a newcomer earns nothing of what came before`() throws {
    var chain = try StakingFixture.chain(validators: [alice])
    try chain.pass(blocks: 2)
    let before = earned(chain, alice)
    #expect(before > 0)
    try chain.success(
      .delegate(Delegate(validator: alice.account, amount: tokens(900))), by: carol)
    #expect(earned(chain, carol) == 0)
    #expect(earned(chain, alice) == before)
  }

  @Test func `a slash takes no reward that was earned before it`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(
      .delegate(Delegate(validator: alice.account, amount: tokens(70))), by: carol)
    try chain.block()
    let before = earned(chain, carol)
    try chain.block([], report: chain.doubleSign(by: alice, at: chain.height))
    #expect(chain.state.stake(of: carol.account, at: alice.account) < tokens(70))
    #expect(before > 0 && earned(chain, carol) == before)
    try chain.success(withdraw, by: carol)
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `when the last delegation ends, what roundings kept returns to the purse`() throws {
    var chain = try StakingFixture.chain(validators: [alice])
    for count in UInt128(1)...7 {
      try chain.block([
        chain.transaction(
          .delegate(
            Delegate(
              validator: alice.account, amount: Amount(baseUnits: count * 1_234_567_890_123_457))),
          by: carol, fee: Amount(baseUnits: 10_000_019))
      ])
    }
    for person in [carol, alice] {
      let worth = chain.state.stake(of: person.account, at: alice.account)
      try chain.success(
        .undelegate(Undelegate(validator: alice.account, amount: worth)), by: person)
    }
    #expect(chain.state.validator(alice.account)?.shares == 0)
    let pot = chain.state.rewardPot(of: alice.account)
    #expect(pot.outstanding == pot.commission && pot.commission > .zero)
    #expect(chain.state.total(of: .rewardDust) > .zero)
    #expect(chain.state.brokenInvariants().isEmpty)
  }
}
