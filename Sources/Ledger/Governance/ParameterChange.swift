public import CanonicalCoding
internal import Cryptography
public import Primitives

/// The subjects whose numbers a vote may change; numbers are never reused.
public enum ParameterSubject: UInt16, CaseIterable, Sendable {
  case accounts = 1
  case datanets = 2
  case models = 3
  case channels = 4
  case receipts = 5
  case staking = 6
  case governance = 7
  case agents = 8
  case disputes = 9
  case subsidy = 10
}

/// New numbers for one subject, all of them at once.
///
/// A subject's parameters are votable once they have a line in each switch below.
public enum ParameterChange: Hashable, Sendable {
  case accounts(AccountParameters)
  case datanets(DatanetParameters)
  case models(ModelParameters)
  case channels(ChannelParameters)
  case receipts(ReceiptParameters)
  case staking(StakingParameters)
  case governance(GovernanceParameters)
  case agents(AgentParameters)
  case disputes(DisputeParameters)
  case subsidy(SubsidyParameters)
}

extension ParameterChange: CanonicalCodable, UnionCodable {
  public static let caseNames = ParameterSubject.allCases.map { "\($0)" }

  public var subject: ParameterSubject {
    switch self {
    case .accounts: .accounts
    case .datanets: .datanets
    case .models: .models
    case .channels: .channels
    case .receipts: .receipts
    case .staking: .staking
    case .governance: .governance
    case .agents: .agents
    case .disputes: .disputes
    case .subsidy: .subsidy
    }
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(tag: subject.rawValue)
    switch self {
    case .accounts(let value): encoder.encode(value)
    case .datanets(let value): encoder.encode(value)
    case .models(let value): encoder.encode(value)
    case .channels(let value): encoder.encode(value)
    case .receipts(let value): encoder.encode(value)
    case .staking(let value): encoder.encode(value)
    case .governance(let value): encoder.encode(value)
    case .agents(let value): encoder.encode(value)
    case .disputes(let value): encoder.encode(value)
    case .subsidy(let value): encoder.encode(value)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let subject = ParameterSubject(rawValue: tag) else { throw .unknownTag(tag) }
    switch subject {
    case .accounts: self = .accounts(try decoder.decode())
    case .datanets: self = .datanets(try decoder.decode())
    case .models: self = .models(try decoder.decode())
    case .channels: self = .channels(try decoder.decode())
    case .receipts: self = .receipts(try decoder.decode())
    case .staking: self = .staking(try decoder.decode())
    case .governance: self = .governance(try decoder.decode())
    case .agents: self = .agents(try decoder.decode())
    case .disputes: self = .disputes(try decoder.decode())
    case .subsidy: self = .subsidy(try decoder.decode())
    }
  }
}

extension LedgerParameters {
  /// These numbers with one subject's replaced.
  func applying(_ change: ParameterChange) -> LedgerParameters {
    var result = self
    switch change {
    case .accounts(let value): result.accounts = value
    case .datanets(let value): result.datanets = value
    case .models(let value): result.models = value
    case .channels(let value): result.channels = value
    case .receipts(let value): result.receipts = value
    case .staking(let value): result.staking = value
    case .governance(let value): result.governance = value
    case .agents(let value): result.agents = value
    case .disputes(let value): result.disputes = value
    case .subsidy(let value): result.subsidy = value
    }
    return result
  }

  /// One subject's numbers in the form of a change that would set them again.
  public func current(_ subject: ParameterSubject) -> ParameterChange {
    switch subject {
    case .accounts: .accounts(accounts)
    case .datanets: .datanets(datanets)
    case .models: .models(models)
    case .channels: .channels(channels)
    case .receipts: .receipts(receipts)
    case .staking: .staking(staking)
    case .governance: .governance(governance)
    case .agents: .agents(agents)
    case .disputes: .disputes(disputes)
    case .subsidy: .subsidy(subsidy)
    }
  }
}

extension ParameterChange {
  /// What a proposal names to say which numbers it replaces; see ``ProposalContent/parameters``.
  public var digest: Digest { Digest(domain: "whence/parameters", hashing: self) }
}
