import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct ValidatorRulesTests {
  @Test func `a validator needs a key of its own, stake of its operator's, and a sane commission`()
    throws
  {
    var chain = try StakingFixture.chain(validators: [alice])
    var stolen = StakingFixture.creation(by: bob)
    stolen.consensusKey = StakingFixture.consensusKey(of: alice)
    var greedy = StakingFixture.creation(by: bob)
    greedy.rate = .percent(51)
    var hasty = StakingFixture.creation(by: bob)
    hasty.maximumStep = .percent(51)
    let poor = StakingFixture.creation(
      by: bob, stake: Amount(baseUnits: tokens(1).baseUnits - 1))
    let cases: [(CreateValidator, Person, StakingRejection)] = [
      (StakingFixture.creation(by: alice), alice, .validatorExists),
      (stolen, bob, .consensusKeyTaken), (greedy, bob, .commissionInvalid),
      (hasty, bob, .commissionInvalid), (poor, bob, .selfStakeTooSmall),
    ]
    for (message, person, reason) in cases {
      #expect(try chain.refusal(of: .createValidator(message), by: person) == .staking(reason))
    }
  }

  @Test func `a commission changes once in its window, by its step, up to its maximum`() throws {
    var chain = try StakingFixture.chain(validators: [alice])
    func edit(_ percent: UInt32?) -> Message {
      .editValidator(
        EditValidator(name: "new", details: "", rate: percent.map { .percent($0) }))
    }
    #expect(try chain.refusal(of: edit(12), by: alice) == .staking(.commissionTooSoon))
    try chain.success(edit(nil), by: alice)
    #expect(chain.state.validator(alice.account)?.name == "new")
    try chain.pass(blocks: 10)
    #expect(try chain.refusal(of: edit(16), by: alice) == .staking(.commissionStepTooLarge))
    try chain.success(edit(15), by: alice)
    #expect(try chain.refusal(of: edit(20), by: alice) == .staking(.commissionTooSoon))
    for percent in [UInt32](arrayLiteral: 20, 25, 30, 35, 40, 45, 50) {
      try chain.pass(blocks: 10)
      try chain.success(edit(percent), by: alice)
    }
    try chain.pass(blocks: 10)
    #expect(try chain.refusal(of: edit(51), by: alice) == .staking(.commissionInvalid))
    #expect(try chain.refusal(of: edit(1), by: bob) == .staking(.validatorNotFound))
  }

  @Test func `an operator who takes his stake away is jailed until he brings it back`() throws {
    var chain = try StakingFixture.chain()
    try chain.success(
      .delegate(Delegate(validator: alice.account, amount: tokens(50))), by: carol)
    let left = try chain.block([
      chain.transaction(
        .undelegate(
          Undelegate(
            validator: alice.account, amount: Amount(baseUnits: tokens(99).baseUnits + 1))),
        by: alice)
    ])
    #expect(
      left.validatorUpdates
        == [ValidatorUpdate(consensusKey: StakingFixture.consensusKey(of: alice), power: 0)])
    #expect(chain.state.validator(alice.account)?.power == 0)
    #expect(chain.state.activeSet.members.map(\.validator) == [bob.account])
    #expect(try chain.refusal(of: .unjail(Unjail()), by: alice) == .staking(.selfStakeTooSmall))
    #expect(try chain.refusal(of: .unjail(Unjail()), by: bob) == .staking(.notJailed))

    try chain.success(
      .delegate(Delegate(validator: alice.account, amount: Amount(baseUnits: 1))), by: alice)
    let back = try chain.block([chain.transaction(.unjail(Unjail()), by: alice)])
    #expect(
      back.validatorUpdates
        == [ValidatorUpdate(consensusKey: StakingFixture.consensusKey(of: alice), power: 51)])
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `the strongest take part, ties by account, and only differences are told`() throws {
    var chain = try StakingFixture.chain(validators: everyone)
    let byAccount = everyone.map(\.account).sorted()
    #expect(chain.state.activeSet.members.map(\.validator) == Array(byAccount.prefix(3)))

    let last = try #require(everyone.first { $0.account == byAccount[4] })
    let first = try #require(everyone.first { $0.account == byAccount[0] })
    let third = try #require(everyone.first { $0.account == byAccount[2] })
    let executed = try chain.block([
      chain.transaction(
        .delegate(Delegate(validator: last.account, amount: tokens(1))), by: first)
    ])
    #expect(chain.state.activeSet.members.map(\.validator) == [byAccount[4]] + byAccount.prefix(2))
    #expect(
      Set(executed.validatorUpdates) == [
        ValidatorUpdate(consensusKey: StakingFixture.consensusKey(of: last), power: 101),
        ValidatorUpdate(consensusKey: StakingFixture.consensusKey(of: third), power: 0),
      ])
    #expect(try chain.block().validatorUpdates.isEmpty)
    // Less than a unit of power changes nothing.
    let tiny = try chain.block([
      chain.transaction(
        .delegate(Delegate(validator: last.account, amount: Amount(baseUnits: 7))), by: first)
    ])
    #expect(tiny.validatorUpdates.isEmpty)
  }

  @Test func `genesis may name the first validators`() throws {
    var genesis = StakingFixture.genesis
    genesis.validators = [alice, bob].map {
      GenesisValidator(
        publicKey: $0.key.publicKey, claim: StakingFixture.creation(by: $0, stake: tokens(300)))
    }.sorted { $0.publicKey < $1.publicKey }
    var chain = try TestChain(genesis)
    #expect(chain.state.activeSet.members.map(\.power) == [300, 300])
    #expect(chain.money(of: alice) == tokens(700))
    #expect(try Genesis(canonicalBytes: genesis.canonicalBytes) == genesis)
    try chain.pass(blocks: 2)
    #expect(chain.state.brokenInvariants().isEmpty)

    genesis.validators.reverse()
    #expect(throws: GenesisError.validatorsUnsorted) { try genesis.start() }
    genesis.validators = [
      GenesisValidator(
        publicKey: alice.key.publicKey,
        claim: StakingFixture.creation(by: alice, stake: tokens(1001)))
    ]
    #expect(throws: GenesisError.validatorRejected(.account(.insufficientBalance))) {
      try genesis.start()
    }
  }
}
