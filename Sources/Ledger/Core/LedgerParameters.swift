public import CanonicalCoding
internal import Primitives

/// The numbers genesis sets and votes may change within bounds, each subject's in its own folder.
public struct LedgerParameters: Hashable, CanonicalCodable {
  public var accounts: AccountParameters
  public var datanets: DatanetParameters
  public var models: ModelParameters
  public var channels: ChannelParameters
  public var receipts: ReceiptParameters
  public var staking: StakingParameters
  public var governance: GovernanceParameters
  public var agents: AgentParameters
  public var disputes: DisputeParameters
  public var subsidy: SubsidyParameters

  public init(
    accounts: AccountParameters = .standard,
    datanets: DatanetParameters = .standard,
    models: ModelParameters = .standard,
    channels: ChannelParameters = .standard,
    receipts: ReceiptParameters = .standard,
    staking: StakingParameters = .standard,
    governance: GovernanceParameters = .standard,
    agents: AgentParameters = .standard,
    disputes: DisputeParameters = .standard,
    subsidy: SubsidyParameters = .standard
  ) {
    self.accounts = accounts
    self.datanets = datanets
    self.models = models
    self.channels = channels
    self.receipts = receipts
    self.staking = staking
    self.governance = governance
    self.agents = agents
    self.disputes = disputes
    self.subsidy = subsidy
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(accounts)
    encoder.encode(datanets)
    encoder.encode(models)
    encoder.encode(channels)
    encoder.encode(receipts)
    encoder.encode(staking)
    encoder.encode(governance)
    encoder.encode(agents)
    encoder.encode(disputes)
    encoder.encode(subsidy)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    accounts = try decoder.decode()
    datanets = try decoder.decode()
    models = try decoder.decode()
    channels = try decoder.decode()
    receipts = try decoder.decode()
    staking = try decoder.decode()
    governance = try decoder.decode()
    agents = try decoder.decode()
    disputes = try decoder.decode()
    subsidy = try decoder.decode()
  }
}

extension LedgerParameters {
  /// Whether the rules can work with every number, and no bound that genesis sets is crossed.
  public var isWithinBounds: Bool {
    accounts.isWithinBounds
      && datanets.isWithinBounds
      && models.isWithinBounds
      && channels.isWithinBounds
      && receipts.isWithinBounds
      && staking.isWithinBounds
      && governance.isWithinBounds
      && agents.isWithinBounds
      && disputes.isWithinBounds
      && subsidy.isWithinBounds(under: receipts.split)
  }
}

extension StateReader {
  /// The parameters in force; genesis wrote the first.
  public var parameters: LedgerParameters? { record(.parameters) }
}

extension StateKey {
  public static var parameters: StateKey<LedgerParameters> { .init(.parameters, UInt8(0)) }
}
