import CanonicalCoding
import Ledger
import Primitives
import Testing

/// Five in a hundred for signing twice, one in a hundred for being absent.
@Suite struct SlashRulesTests {
  private func delegate(_ count: UInt128, to person: Person) -> Message {
    .delegate(Delegate(validator: person.account, amount: tokens(count)))
  }

  private func undelegate(
    _ count: UInt128, from person: Person, number: UInt64 = 0
  ) -> Message {
    .undelegate(Undelegate(validator: person.account, number: number, amount: tokens(count)))
  }

  private func move(_ count: UInt128, from: Person, to: Person) -> Message {
    .redelegate(Redelegate(from: from.account, to: to.account, amount: tokens(count)))
  }

  private func milli(_ thousandths: UInt128) -> Amount {
    Amount(baseUnits: thousandths * 1_000_000_000_000_000)
  }

  /// Lets the operator be convicted of signing the block at `height` twice.
  private func convict(
    _ chain: inout TestChain, _ person: Person, at height: Height
  ) throws -> ExecutedBlock {
    let header = try #require(chain.blocks.first { $0.header.height == height }).header
    return try chain.block(
      [], report: chain.doubleSign(by: person, at: height, time: header.time))
  }

  @Test func `signing twice costs all who stand behind it, and ends the validator, once`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(60, to: alice), by: carol)
    try chain.block()
    let executed = try convict(&chain, alice, at: chain.height)
    #expect(chain.state.validator(alice.account)?.tokens == tokens(152))
    #expect(chain.state.balance(of: .treasury) == tokens(8))
    #expect(chain.state.stake(of: carol.account, at: alice.account) == tokens(57))
    #expect(
      executed.validatorUpdates
        == [ValidatorUpdate(consensusKey: StakingFixture.consensusKey(of: alice), power: 0)])

    _ = try convict(&chain, alice, at: chain.height)
    #expect(chain.state.balance(of: .treasury) == tokens(8))
    #expect(
      try chain.refusal(of: .unjail(Unjail()), by: alice) == .staking(.validatorTombstoned))
    #expect(
      try chain.refusal(of: delegate(1, to: alice), by: carol) == .staking(.validatorTombstoned))
    try chain.success(undelegate(57, from: alice), by: carol)
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `stake on its way back pays if it left after the offence, not if it left before`()
    throws
  {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(40, to: alice), by: carol)
    try chain.success(delegate(40, to: alice), by: dave)
    try chain.success(undelegate(40, from: alice), by: dave)
    try chain.pass(blocks: 3)
    let offence = chain.height
    try chain.success(undelegate(40, from: alice), by: carol)
    _ = try convict(&chain, alice, at: offence)
    // Only what still stands has paid so far; the judgement is written once.
    #expect(chain.state.balance(of: .treasury) == tokens(5))
    try chain.pass(blocks: 25)
    #expect(chain.state.total(of: .unbonded) == tokens(40 + 38))
    #expect(chain.state.balance(of: .treasury) == tokens(7))
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `stake that left in the block before the offence stood behind it still`() throws {
    for (distance, paid) in [(UInt64(1), tokens(38)), (2, tokens(40))] {
      var chain = try StakingFixture.chain()
      try chain.success(delegate(40, to: alice), by: carol)
      try chain.success(undelegate(40, from: alice), by: carol)
      let left = chain.height.number
      try chain.pass(blocks: 3)
      _ = try convict(&chain, alice, at: Height(left + distance))
      try chain.pass(blocks: 20)
      #expect(chain.state.total(of: .unbonded) == paid)
    }
  }

  @Test func `moved stake pays for the validator it came from, and its new neighbours don't`()
    throws
  {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(40, to: alice), by: carol)
    let offence = chain.height
    try chain.success(delegate(30, to: bob), by: dave)
    try chain.success(move(40, from: alice, to: bob), by: carol)
    _ = try convict(&chain, alice, at: offence)
    // Found when it is next touched, at the latest when the exposure ends.
    try chain.pass(blocks: 20)
    #expect(chain.state.stake(of: carol.account, at: bob.account) == tokens(38))
    #expect(chain.state.stake(of: dave.account, at: bob.account) == tokens(30))
    #expect(chain.state.validator(bob.account)?.tokens == tokens(168))
    #expect(chain.state.balance(of: .treasury) == tokens(5 + 2))
    #expect(chain.state.delegations(of: carol.account, at: bob.account).map(\.name.number) == [0])
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `moving stake and then taking it away does not escape`() throws {
    for convictedAfterLeaving in [false, true] {
      var chain = try StakingFixture.chain()
      try chain.success(delegate(40, to: alice), by: carol)
      let offence = chain.height
      try chain.success(move(40, from: alice, to: bob), by: carol)
      let name = try #require(
        chain.state.delegations(of: carol.account, at: bob.account).first?.name)
      if !convictedAfterLeaving { _ = try convict(&chain, alice, at: offence) }
      let worth: UInt128 = convictedAfterLeaving ? 40 : 38
      try chain.success(undelegate(worth, from: bob, number: name.number), by: carol)
      if convictedAfterLeaving { _ = try convict(&chain, alice, at: offence) }
      try chain.pass(blocks: 25)
      #expect(chain.state.total(of: .unbonded) == tokens(38))
      #expect(chain.state.balance(of: .treasury) == tokens(7))
      #expect(chain.state.brokenInvariants().isEmpty)
    }
  }

  @Test func `whoever cancels an unbonding takes its exposures along`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(40, to: alice), by: carol)
    let offence = chain.height
    try chain.success(move(40, from: alice, to: bob), by: carol)
    let moved = try #require(
      chain.state.delegations(of: carol.account, at: bob.account).first?.name)
    try chain.success(undelegate(40, from: bob, number: moved.number), by: carol)
    let unbonding = try #require(chain.state.unbondings(of: carol.account).first?.name)
    try chain.success(
      .cancelUnbonding(
        CancelUnbonding(
          validator: bob.account, number: unbonding.number, amount: tokens(40))), by: carol)
    let back = try #require(chain.state.delegations(of: carol.account, at: bob.account).first)
    #expect(back.record.exposure?.validator == alice.account)
    _ = try convict(&chain, alice, at: offence)
    try chain.pass(blocks: 25)
    #expect(chain.state.stake(of: carol.account, at: bob.account) == tokens(38))
  }

  @Test func `both validators' offences reach stake that left both`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(delegate(40, to: alice), by: carol)
    let offence = chain.height
    try chain.success(move(40, from: alice, to: bob), by: carol)
    let name = try #require(
      chain.state.delegations(of: carol.account, at: bob.account).first?.name)
    try chain.success(undelegate(40, from: bob, number: name.number), by: carol)
    _ = try convict(&chain, alice, at: offence)
    _ = try convict(&chain, bob, at: Height(offence.number + 1))
    try chain.pass(blocks: 25)
    // 40 · 0.95 · 0.95
    #expect(chain.state.total(of: .unbonded) == milli(36_100))
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `evidence is too old only in both measures`() throws {
    var chain = try StakingFixture.chain()
    try chain.block()
    let offence = chain.height
    try chain.pass(blocks: 19)
    // The block of the judgement is twenty seconds and twenty blocks later: not beyond the window.
    var late = chain
    _ = try convict(&chain, alice, at: offence)
    #expect(chain.state.validator(alice.account)?.offence != nil)
    try late.block()
    _ = try convict(&late, alice, at: offence)
    #expect(late.state.validator(alice.account)?.offence == nil)
  }

  @Test func `absence costs a little and jails; its operator comes back later`() throws {
    var chain = try StakingFixture.chain()
    func pass(_ blocks: Int, absent: Bool) throws {
      for _ in 0..<blocks {
        try chain.block(
          [],
          report: absent
            ? chain.report(signed: [bob], absent: [alice]) : chain.report(signed: [alice, bob]))
      }
    }
    try pass(5, absent: true)
    try pass(15, absent: false)
    try pass(5, absent: true)
    // Half of the window may be missed.
    #expect(chain.state.validator(alice.account)?.status == .standing)
    #expect(chain.state.signing(alice.account)?.missed == 5)
    let safe = chain.state.stake(of: alice.account, at: alice.account)
    try pass(1, absent: true)
    #expect(chain.state.validator(alice.account)?.power == 0)
    #expect(safe == tokens(100))
    #expect(chain.state.stake(of: alice.account, at: alice.account) == tokens(99))
    #expect(chain.state.signing(alice.account) == nil)
    // The engine counts its vote for two more blocks; that is no new offence.
    try pass(2, absent: true)
    #expect(chain.state.signing(alice.account) == nil)
    #expect(try chain.refusal(of: .unjail(Unjail()), by: alice) == .staking(.jailNotOver))
    try pass(8, absent: false)
    try chain.success(.unjail(Unjail()), by: alice)
    #expect(chain.state.validator(alice.account)?.power == 99)
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `a new validator is not judged before it was there for a whole window`() throws {
    var chain = try StakingFixture.chain()
    for _ in 0..<10 {
      try chain.block([], report: chain.report(signed: [bob], absent: [alice]))
    }
    #expect(chain.state.validator(alice.account)?.status == .standing)
    try chain.block([], report: chain.report(signed: [bob], absent: [alice]))
    #expect(chain.state.validator(alice.account)?.power == 0)
  }

  @Test func `a report is part of the block: a follower needs it`() throws {
    var chain = try StakingFixture.chain()
    let (head, state) = (chain.head, chain.state)
    try chain.block()
    let executed = try convict(&chain, alice, at: chain.height)
    var block = executed.block
    #expect(try Block(canonicalBytes: block.canonicalBytes) == block)
    let first = try chain.blocks[chain.blocks.count - 2].executed(on: head, state: state)
    var between = state
    between.apply(first.writes)
    #expect(
      try block.executed(on: first.head, state: between).head.header == executed.head.header)
    block.report = .none
    #expect(throws: BlockError.headerMismatch) {
      try block.executed(on: first.head, state: between)
    }
  }

  @Test func `stake at a validator that lost everything is gone, and its shares can leave`() throws
  {
    var genesis = StakingFixture.genesis
    genesis.parameters.staking.doubleSignSlash = .whole
    var chain = try TestChain(genesis)
    try chain.block([
      chain.transaction(.createValidator(StakingFixture.creation(by: alice)), by: alice)
    ])
    try chain.success(delegate(40, to: alice), by: carol)
    _ = try convict(&chain, alice, at: chain.height)
    #expect(chain.state.validator(alice.account)?.tokens == .zero)
    #expect(chain.state.balance(of: .treasury) == tokens(140))
    for person in [carol, alice] {
      try chain.success(
        .withdrawRewards(WithdrawRewards(validator: alice.account)), by: person)
    }
    #expect(chain.state.validator(alice.account)?.shares == 0)
    #expect(chain.state.delegations(of: carol.account).isEmpty)
    #expect(chain.state.brokenInvariants().isEmpty)
  }
}
