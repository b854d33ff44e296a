public import CanonicalCoding
public import Primitives

/// What a voter may say; numbers are never reused.
public enum VoteOption: UInt16, NameCodable, Sendable {
  case yes = 1
  case no = 2
  /// Counts for the quorum alone.
  case abstain = 3
  /// No, and the deposits should be lost.
  case veto = 4
}

extension VoteOption: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let option = VoteOption(rawValue: tag) else { throw .unknownTag(tag) }
    self = option
  }
}

/// How an account votes on a proposal.
public struct VoteRecord: Hashable, CanonicalCodable {
  public var option: VoteOption
  /// Who cast it in the account's name; nil if it did so itself, and then nobody else changes it.
  public var castBy: Identifier<Account>?

  public init(option: VoteOption, castBy: Identifier<Account>?) {
    self.option = option
    self.castBy = castBy
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(option)
    encoder.encode(optional: castBy)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    option = try decoder.decode()
    castBy = try decoder.optional()
  }
}

/// One proposal's votes among one validator's stake.
public struct DirectVotesName: Hashable, CanonicalCodable {
  public var proposal: Identifier<Proposal>
  public var validator: Identifier<Account>

  public init(proposal: Identifier<Proposal>, validator: Identifier<Account>) {
    self.proposal = proposal
    self.validator = validator
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(proposal)
    encoder.encode(validator)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    proposal = try decoder.decode()
    validator = try decoder.decode()
  }
}

/// The shares in one validator whose holders have voted on one proposal, by what they said.
///
/// The other shares say what the validator says.
public struct DirectVotes: Hashable, CanonicalCodable {
  public var yes: UInt128 = 0
  public var no: UInt128 = 0
  public var abstain: UInt128 = 0
  public var veto: UInt128 = 0

  public init() {}

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(yes)
    encoder.encode(no)
    encoder.encode(abstain)
    encoder.encode(veto)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    yes = try decoder.decode()
    no = try decoder.decode()
    abstain = try decoder.decode()
    veto = try decoder.decode()
  }
}

extension DirectVotes {
  subscript(option: VoteOption) -> UInt128 {
    get {
      switch option {
      case .yes: yes
      case .no: no
      case .abstain: abstain
      case .veto: veto
      }
    }
    set {
      switch option {
      case .yes: yes = newValue
      case .no: no = newValue
      case .abstain: abstain = newValue
      case .veto: veto = newValue
      }
    }
  }

  /// Never more than the validator's shares, which fit.
  var sum: UInt128 { yes + no + abstain + veto }
}

/// The proposals that are voted on now, sorted; at most
/// ``GovernanceParameters/votingMaximum`` of the time they were opened.
public struct OpenVotes: Hashable, CanonicalCodable {
  static let maximum = Int(GovernanceParameters.votingMaximumMaximum)

  public var proposals: [Identifier<Proposal>]

  public init(proposals: [Identifier<Proposal>] = []) { self.proposals = proposals }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(list: proposals) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    proposals = try decoder.list(atMost: OpenVotes.maximum)
  }
}

/// That an account lets another vote in its name.
public struct EntrustedVoteName: Hashable, CanonicalCodable {
  public var to: Identifier<Account>
  public var by: Identifier<Account>

  public init(to: Identifier<Account>, by: Identifier<Account>) {
    self.to = to
    self.by = by
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(to)
    encoder.encode(by)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    to = try decoder.decode()
    by = try decoder.decode()
  }
}

extension StateReader {
  public func vote(_ name: BallotName) -> VoteRecord? { record(.vote(name)) }

  public func directVotes(_ name: DirectVotesName) -> DirectVotes {
    record(.directVotes(name)) ?? DirectVotes()
  }

  public var openVotes: [Identifier<Proposal>] { record(.openVotes)?.proposals ?? [] }

  /// Whom an account lets vote in its name.
  public func voteTrustee(of account: Identifier<Account>) -> Identifier<Account>? {
    record(.voteTrustee(account))
  }

  /// Who lets an account vote in their names, in the order of their identifiers.
  public func entrustedVotes(
    to account: Identifier<Account>, limit: Int = .max
  ) -> [Identifier<Account>] {
    records(
      in: .entrustedVotes, prefix: account.canonicalBytes, limit: limit,
      named: EntrustedVoteName.self, as: Bool.self
    ).map(\.name.by)
  }

  /// The votes on a proposal, in the order of their voters.
  public func votes(
    on proposal: Identifier<Proposal>, limit: Int = .max
  ) -> [(name: BallotName, vote: VoteRecord)] {
    records(
      in: .votes, prefix: proposal.canonicalBytes, limit: limit, named: BallotName.self,
      as: VoteRecord.self
    ).map { ($0.name, $0.record) }
  }

  func allDirectVotes(
    on proposal: Identifier<Proposal>, limit: Int = .max
  ) -> [(name: DirectVotesName, votes: DirectVotes)] {
    records(
      in: .directVotes, prefix: proposal.canonicalBytes, limit: limit,
      named: DirectVotesName.self, as: DirectVotes.self
    ).map { ($0.name, $0.record) }
  }
}

extension StateKey {
  public static func vote(_ name: BallotName) -> StateKey<VoteRecord> { .init(.votes, name) }

  public static func directVotes(_ name: DirectVotesName) -> StateKey<DirectVotes> {
    .init(.directVotes, name)
  }

  public static var openVotes: StateKey<OpenVotes> { .init(.openVotes, UInt8(0)) }

  public static func voteTrustee(
    _ account: Identifier<Account>
  ) -> StateKey<Identifier<Account>> {
    .init(.voteTrustees, account)
  }

  public static func entrustedVote(_ name: EntrustedVoteName) -> StateKey<Bool> {
    .init(.entrustedVotes, name)
  }
}
