public import CanonicalCoding
internal import Primitives

extension StateTable {
  /// What stands in the keys of a table, behind its byte, and in its values.
  public typealias Form = (name: any CanonicalCodable.Type, record: any CanonicalCodable.Type)

  /// A new table does not compile without.
  public var form: Form {
    switch self {
    case .chain: (UInt8.self, ChainRecord.self)
    case .parameters: (UInt8.self, LedgerParameters.self)
    case .purses: (Holder.self, Amount.self)
    case .accounts: (Identifier<Account>.self, AccountRecord.self)
    case .totals: (MoveCause.self, Amount.self)
    case .deadlines: (QueueEntry.self, Bool.self)
    case .nonces: (NonceName.self, Bool.self)
    case .datanets: (Identifier<Datanet>.self, DatanetRecord.self)
    case .contributions: (Identifier<Contribution>.self, ContributionRecord.self)
    case .firstContributions: (Digest.self, Identifier<Contribution>.self)
    case .heldOutSets: (EpochName.self, HeldOutRecord.self)
    case .versions: (VersionName.self, VersionRecord.self)
    case .datanetMembers: (MemberName.self, MemberRecord.self)
    case .erasures: (ErasureName.self, Bool.self)
    case .baseModels: (Identifier<BaseModel>.self, BaseModelRecord.self)
    case .runs: (Identifier<Run>.self, RunRecord.self)
    case .adapters: (Identifier<Adapter>.self, AdapterRecord.self)
    case .adapterLines: (Identifier<AdapterLine>.self, AdapterLineRecord.self)
    case .runStandings: (Identifier<Run>.self, RunStanding.self)
    case .runStakePools: (Identifier<Run>.self, RunStakePool.self)
    case .runStakes: (StakeName.self, RunStake.self)
    case .stakeStarts: (StakeEpochName.self, StakeStart.self)
    case .channels: (Identifier<Channel>.self, ChannelRecord.self)
    case .claims: (ClaimName.self, Amount.self)
    case .batches: (Identifier<Batch>.self, BatchRecord.self)
    case .batchAmounts: (BatchAdapterName.self, BatchAmountsRecord.self)
    case .batchClaims, .batchCorrections: (BatchPayeeName.self, Amount.self)
    case .openContributorMoney, .dust: (Identifier<Account>.self, Amount.self)
    case .validators: (Identifier<Account>.self, ValidatorRecord.self)
    case .consensusAddresses: (ConsensusAddress.self, Identifier<Account>.self)
    case .powerRanks: (PowerRank.self, Bool.self)
    case .activeSet: (UInt8.self, ActiveSet.self)
    case .signing: (Identifier<Account>.self, SigningRecord.self)
    case .rewardPots: (Identifier<Account>.self, RewardPot.self)
    case .delegations: (DelegationName.self, DelegationRecord.self)
    case .unbondings: (DelegationName.self, UnbondingRecord.self)
    case .stakers: (Identifier<Account>.self, StakerRecord.self)
    case .proposals: (Identifier<Proposal>.self, ProposalRecord.self)
    case .proposalDeposits: (BallotName.self, Amount.self)
    case .votes: (BallotName.self, VoteRecord.self)
    case .directVotes: (DirectVotesName.self, DirectVotes.self)
    case .openVotes: (UInt8.self, OpenVotes.self)
    case .voteTrustees: (Identifier<Account>.self, Identifier<Account>.self)
    case .entrustedVotes: (EntrustedVoteName.self, Bool.self)
    case .retiredTerms: (Digest.self, RetiredTerms.self)
    case .wrappedShares: (Identifier<Account>.self, UInt128.self)
    case .agents: (Identifier<Agent>.self, AgentRecord.self)
    case .agentTerms: (AgentVersionName.self, AgentTerms.self)
    case .agentWindows: (AgentWindowName.self, AgentWindowRecord.self)
    case .agentRuns: (AgentRunName.self, AgentRunRecord.self)
    case .agentDemands: (AgentActionName.self, AgentDemandRecord.self)
    case .agentOffences: (AgentOffence.self, Bool.self)
    case .agentChannels: (Identifier<Channel>.self, Identifier<Agent>.self)
    case .disputes: (Identifier<Dispute>.self, DisputeRecord.self)
    case .openDisputes: (DisputeTarget.self, Identifier<Dispute>.self)
    case .disputedPayouts: (Identifier<Dispute>.self, DisputedPayouts.self)
    case .correctedReceipts: (BatchLeafName.self, Amount.self)
    case .dataDemands: (DataPiece.self, DataDemandRecord.self)
    case .struckReceipts: (BatchLeafName.self, StruckReceipt.self)
    case .voidReceipts: (BatchLeafName.self, Bool.self)
    case .disputedReceipts: (Identifier<Dispute>.self, ReceiptPart.self)
    case .struckSpans: (BatchLeafName.self, Bool.self)
    case .disputedShares: (Identifier<Dispute>.self, PayShares.self)
    case .runRepairs: (Identifier<Run>.self, PayShares.self)
    case .correctedAmounts: (BatchPayoutName.self, Amount.self)
    case .verifiers: (Identifier<Account>.self, VerifierRecord.self)
    case .subsidyEpoch: (UInt8.self, SubsidyEpoch.self)
    case .outcomes: (BatchLeafName.self, ReceiptOutcome.self)
    case .openOutcomes: (BatchAdapterName.self, OutcomeTotals.self)
    case .adapterIncomes: (Identifier<Adapter>.self, AdapterIncome.self)
    case .incomes: (Identifier<Account>.self, IncomeRecord.self)
    case .funders: (Identifier<Account>.self, Identifier<Account>.self)
    }
  }

  /// In lower case with underscores, as APIs and commands say it.
  public var name: String {
    "\(self)".reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
  }

  public init?(name: String) {
    guard let table = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = table
  }
}

/// An entry of the state as its table reads it.
public struct StateRecord: Sendable {
  public let table: StateTable
  public let name: any CanonicalCodable
  public let record: any CanonicalCodable

  /// nil for what no rule wrote.
  public init?(_ entry: StateEntry) {
    guard let table = entry.key.first.flatMap(StateTable.init(rawValue:)),
      let name = try? table.form.name.init(canonicalBytes: Array(entry.key.dropFirst())),
      let record = try? table.form.record.init(canonicalBytes: entry.value)
    else { return nil }
    self.table = table
    self.name = name
    self.record = record
  }
}
