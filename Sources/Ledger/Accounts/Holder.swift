public import CanonicalCoding
public import Primitives

/// Whoever can hold money: an account, or one of the ledger's own purses.
///
/// Messages name accounts only, so nobody can pay into a purse past the rules.
public enum Holder: Hashable, Sendable {
  case account(Identifier<Account>)
  /// Platform fees and the treasury's part.
  case treasury
  /// Transaction fees and the validators' part.
  case validators
  /// Where an answer's fee stands while it is divided; empty between messages.
  case feePool
  /// What contributors leave between commit and reveal.
  case contributionDeposits
  /// What stands behind run records.
  case runBonds
  /// A payer's prepaid money.
  case channelEscrow(Identifier<Channel>)
  /// A run's contributors' money until its epoch is released.
  case contributorEscrow(Identifier<Run>)
  /// What stands behind datanets.
  case datanetBonds
  /// What stands behind curators' acts.
  case curatorBonds
  /// What is staked on runs.
  case runStakes
  /// What stakes on runs have earned and not been paid.
  case stakeRewards
  /// What the channels pay for a batch, until it is final.
  case batchEscrow(Identifier<Batch>)
  /// What stands behind a server's batches.
  case serverBond(Identifier<Account>)
  /// What contributors have claimed that is not yet worth paying.
  case dust
  /// All stake at all validators.
  case bondedStake
  /// Stake on its way back to its delegators.
  case unbondingStake
  /// Rewards that wait for delegators and operators.
  case stakingRewards
  /// What stands behind proposals until they are decided.
  case proposalDeposits
  /// What an agent may spend.
  case agentPurse(Identifier<Agent>)
  /// What stands behind an agent's receipts.
  case agentBond(Identifier<Agent>)
  /// What is left with demands for agents' actions.
  case agentDeposits
  /// What the loser of a dispute lost, while it is divided; empty between messages.
  case disputePot
  /// Of the openers of disputes that are not decided.
  case disputeBonds
  /// What is left with demands for data.
  case dataDeposits
  case verifierBond(Identifier<Account>)
  /// Adds to what contributors earn, below a cap.
  case subsidyPool
}

extension Holder: CustomStringConvertible {
  public var description: String {
    switch self {
    case .account(let id): "account \(id)"
    case .treasury: "treasury"
    case .validators: "validators"
    case .feePool: "fee pool"
    case .contributionDeposits: "contribution deposits"
    case .runBonds: "run bonds"
    case .channelEscrow(let id): "channel escrow \(id)"
    case .contributorEscrow(let id): "contributor escrow \(id)"
    case .datanetBonds: "datanet bonds"
    case .curatorBonds: "curator bonds"
    case .runStakes: "run stakes"
    case .stakeRewards: "stake rewards"
    case .batchEscrow(let id): "batch escrow \(id)"
    case .serverBond(let id): "server bond \(id)"
    case .dust: "dust"
    case .subsidyPool: "subsidy pool"
    case .bondedStake: "bonded stake"
    case .unbondingStake: "unbonding stake"
    case .stakingRewards: "staking rewards"
    case .proposalDeposits: "proposal deposits"
    case .agentPurse(let id): "agent purse \(id)"
    case .agentBond(let id): "agent bond \(id)"
    case .agentDeposits: "agent deposits"
    case .disputePot: "dispute pot"
    case .disputeBonds: "dispute bonds"
    case .dataDeposits: "data deposits"
    case .verifierBond(let id): "verifier bond \(id)"
    }
  }
}

extension Holder: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .account(let id):
      encoder.encode(tag: 1)
      encoder.encode(id)
    case .treasury: encoder.encode(tag: 2)
    case .validators: encoder.encode(tag: 3)
    case .feePool: encoder.encode(tag: 4)
    case .contributionDeposits: encoder.encode(tag: 5)
    case .runBonds: encoder.encode(tag: 6)
    case .channelEscrow(let id):
      encoder.encode(tag: 7)
      encoder.encode(id)
    case .contributorEscrow(let id):
      encoder.encode(tag: 8)
      encoder.encode(id)
    case .datanetBonds: encoder.encode(tag: 70)
    case .curatorBonds: encoder.encode(tag: 71)
    case .runStakes: encoder.encode(tag: 75)
    case .stakeRewards: encoder.encode(tag: 76)
    case .batchEscrow(let id):
      encoder.encode(tag: 80)
      encoder.encode(id)
    case .serverBond(let id):
      encoder.encode(tag: 81)
      encoder.encode(id)
    case .dust: encoder.encode(tag: 82)
    case .subsidyPool: encoder.encode(tag: 60)
    case .bondedStake: encoder.encode(tag: 20)
    case .unbondingStake: encoder.encode(tag: 21)
    case .stakingRewards: encoder.encode(tag: 22)
    case .proposalDeposits: encoder.encode(tag: 30)
    case .agentPurse(let id):
      encoder.encode(tag: 40)
      encoder.encode(id)
    case .agentBond(let id):
      encoder.encode(tag: 41)
      encoder.encode(id)
    case .agentDeposits: encoder.encode(tag: 42)
    case .disputePot: encoder.encode(tag: 50)
    case .disputeBonds: encoder.encode(tag: 51)
    case .dataDeposits: encoder.encode(tag: 52)
    case .verifierBond(let id):
      encoder.encode(tag: 53)
      encoder.encode(id)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .account(try decoder.decode())
    case 2: self = .treasury
    case 3: self = .validators
    case 4: self = .feePool
    case 5: self = .contributionDeposits
    case 6: self = .runBonds
    case 7: self = .channelEscrow(try decoder.decode())
    case 8: self = .contributorEscrow(try decoder.decode())
    case 70: self = .datanetBonds
    case 71: self = .curatorBonds
    case 75: self = .runStakes
    case 76: self = .stakeRewards
    case 80: self = .batchEscrow(try decoder.decode())
    case 81: self = .serverBond(try decoder.decode())
    case 82: self = .dust
    case 60: self = .subsidyPool
    case 20: self = .bondedStake
    case 21: self = .unbondingStake
    case 22: self = .stakingRewards
    case 30: self = .proposalDeposits
    case 40: self = .agentPurse(try decoder.decode())
    case 41: self = .agentBond(try decoder.decode())
    case 42: self = .agentDeposits
    case 50: self = .disputePot
    case 51: self = .disputeBonds
    case 52: self = .dataDeposits
    case 53: self = .verifierBond(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}
