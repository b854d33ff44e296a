import Cryptography
import Ledger
import Primitives
import Testing

enum StakingFixture {
  static let lock = Window(milliseconds: 60_000, blocks: 5)

  /// Windows short enough to wait for.
  static let parameters: StakingParameters = {
    var parameters = StakingParameters.standard
    parameters.maximumValidators = 3
    parameters.unbonding = Window(milliseconds: 20_000, blocks: 4)
    parameters.maximumEntries = 3
    parameters.maximumDelegations = 8
    parameters.signedBlocksWindow = 10
    parameters.downtimeJail = Window(milliseconds: 10_000, blocks: 2)
    parameters.commissionWindow = Window(milliseconds: 10_000, blocks: 2)
    parameters.terms = [
      StakeTerm(window: lock, multiplier: RewardMultiplier(partsPerBillion: 1_500_000_000))
    ]
    return parameters
  }()

  static let genesis: Genesis = {
    var genesis = Genesis.test
    genesis.parameters.staking = parameters
    return genesis
  }()

  static func consensusKey(of person: Person) -> PublicKey {
    Person("\(person.name)'s consensus").key.publicKey
  }

  static func address(of person: Person) -> ConsensusAddress {
    ConsensusAddress(consensusKey(of: person))
  }

  static func creation(
    by person: Person, stake: Amount = tokens(100), percent: UInt32 = 10
  ) -> CreateValidator {
    CreateValidator(
      consensusKey: consensusKey(of: person), name: person.name, details: "of the tests",
      rate: .percent(percent), maximumRate: .percent(50), maximumStep: .percent(5), stake: stake)
  }

  /// One message of each kind.
  static let messages: [Message] = [
    .createValidator(creation(by: alice)),
    .editValidator(EditValidator(name: "naïve", details: "", rate: .percent(7))),
    .unjail(Unjail()),
    .delegate(Delegate(validator: bob.account, amount: tokens(1), lock: lock)),
    .undelegate(Undelegate(validator: bob.account, number: 3, amount: tokens(2))),
    .redelegate(Redelegate(from: bob.account, number: 1, to: carol.account, amount: tokens(3))),
    .cancelUnbonding(CancelUnbonding(validator: bob.account, number: 9, amount: tokens(4))),
    .withdrawRewards(WithdrawRewards(validator: bob.account)),
    .withdrawCommission(WithdrawCommission()),
  ]

  /// A chain on which these people operate validators of a hundred tokens each.
  static func chain(validators people: [Person] = [alice, bob]) throws -> TestChain {
    var chain = try TestChain(genesis)
    try chain.block(
      people.map { chain.transaction(.createValidator(creation(by: $0)), by: $0) })
    return chain
  }
}

extension TestChain {
  /// Makes a block of one message that the rules must reject.
  mutating func refusal(
    of message: Message, by person: Person
  ) throws -> Rejection? {
    try block([transaction(message, by: person)]).results[0].rejection
  }

  /// A report of who of these operators signed.
  func report(
    signed: [Person], absent: [Person] = [], misbehaviours: [Misbehaviour] = []
  ) -> ConsensusReport {
    let all = signed.map { ($0, true) } + absent.map { ($0, false) }
    return ConsensusReport(
      votes: all.map { person, signed in
        ConsensusVote(
          validator: StakingFixture.address(of: person),
          power: state.validator(person.account).map { VotingPower.of($0.tokens) } ?? 0,
          signed: signed)
      },
      proposer: all.first.map { StakingFixture.address(of: $0.0) }, misbehaviours: misbehaviours)
  }

  /// A proof that the operator signed twice at a height.
  func doubleSign(
    by person: Person, at height: Height, time: BlockTime? = nil
  ) -> ConsensusReport {
    report(
      signed: [],
      misbehaviours: [
        Misbehaviour(
          kind: .duplicateVote, validator: StakingFixture.address(of: person), height: height,
          time: time ?? head.header.time)
      ])
  }

  var height: Height { head.header.height }

  func money(of person: Person) -> Amount { state.balance(of: .account(person.account)) }
}
