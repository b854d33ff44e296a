public import CanonicalCoding
public import Primitives

/// The subject of proposal identifiers: something the holders of stake decide.
public enum Proposal: CreatedSubject { public static let domain = "whence/governance-proposal" }

/// What comes into effect if a proposal passes.
public enum ProposalContent: Hashable, Sendable {
  /// Nothing on the ledger: the text is the decision.
  case text
  /// New numbers for one subject; `replacing` is the digest of those in force when it was written.
  /// If others are in force when its turn comes, it is void: nobody voted for that combination.
  case parameters(change: ParameterChange, replacing: Digest)
}

extension ProposalContent: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "text", "parameters",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .text: encoder.encode(tag: 1)
    case .parameters(let change, let replacing):
      encoder.encode(tag: 2)
      encoder.encode(change)
      encoder.encode(replacing)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .text
    case 2:
      self = .parameters(change: try decoder.decode(), replacing: try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// Where a proposal is on its way; numbers are never reused.
public enum ProposalStatus: Hashable, Sendable {
  /// Waits for deposits.
  case depositing(until: Deadline)
  case voting(until: Deadline)
  /// Passed; the change comes into force once the deadline has.
  case timelocked(until: Deadline)
  /// Text that passed, or a change in force.
  case accepted
  /// The deposits never reached the minimum.
  case lapsed
  /// Too few voted, or too few of them said yes.
  case rejected
  /// Rejected by veto; the deposits went to the treasury.
  case vetoed
  /// Passed, but the numbers it replaces were no longer in force.
  case superseded
}

extension ProposalStatus: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .depositing(let deadline):
      encoder.encode(tag: 1)
      encoder.encode(deadline)
    case .voting(let deadline):
      encoder.encode(tag: 2)
      encoder.encode(deadline)
    case .timelocked(let deadline):
      encoder.encode(tag: 3)
      encoder.encode(deadline)
    case .accepted: encoder.encode(tag: 4)
    case .lapsed: encoder.encode(tag: 5)
    case .rejected: encoder.encode(tag: 6)
    case .vetoed: encoder.encode(tag: 7)
    case .superseded: encoder.encode(tag: 8)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .depositing(until: try decoder.decode())
    case 2: self = .voting(until: try decoder.decode())
    case 3: self = .timelocked(until: try decoder.decode())
    case 4: self = .accepted
    case 5: self = .lapsed
    case 6: self = .rejected
    case 7: self = .vetoed
    case 8: self = .superseded
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// What the count of a vote came to, in tokens at stake; with those who did not vote, the parts sum
/// to `bonded` exactly.
public struct VoteCount: Hashable, CanonicalCodable {
  public var yes = Amount.zero
  public var no = Amount.zero
  public var abstain = Amount.zero
  public var veto = Amount.zero
  /// The stake of all active validators.
  public var bonded = Amount.zero

  public init() {}

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(yes)
    encoder.encode(no)
    encoder.encode(abstain)
    encoder.encode(veto)
    encoder.encode(bonded)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    yes = try decoder.decode()
    no = try decoder.decode()
    abstain = try decoder.decode()
    veto = try decoder.decode()
    bonded = try decoder.decode()
  }
}

/// A proposal; its deposits stand in ``Holder/proposalDeposits``.
public struct ProposalRecord: Hashable, CanonicalCodable {
  public var proposer: Identifier<Account>
  public var proposal: SubmitProposal
  public var submittedAt: Height
  /// All that was put up, returned or not.
  public var deposit: Amount
  public var status: ProposalStatus
  /// Nil until the vote is counted.
  public var count: VoteCount?

  public init(
    proposer: Identifier<Account>, proposal: SubmitProposal, submittedAt: Height, deposit: Amount,
    status: ProposalStatus, count: VoteCount?
  ) {
    self.proposer = proposer
    self.proposal = proposal
    self.submittedAt = submittedAt
    self.deposit = deposit
    self.status = status
    self.count = count
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(proposer)
    encoder.encode(proposal)
    encoder.encode(submittedAt)
    encoder.encode(deposit)
    encoder.encode(status)
    encoder.encode(optional: count)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    proposer = try decoder.decode()
    proposal = try decoder.decode()
    submittedAt = try decoder.decode()
    deposit = try decoder.decode()
    status = try decoder.decode()
    count = try decoder.optional()
  }
}

/// What one account put up for one proposal, or how it votes on it.
public struct BallotName: Hashable, CanonicalCodable {
  public var proposal: Identifier<Proposal>
  public var account: Identifier<Account>

  public init(proposal: Identifier<Proposal>, account: Identifier<Account>) {
    self.proposal = proposal
    self.account = account
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(proposal)
    encoder.encode(account)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    proposal = try decoder.decode()
    account = try decoder.decode()
  }
}

extension StateReader {
  public func proposal(_ id: Identifier<Proposal>) -> ProposalRecord? { record(.proposal(id)) }

  /// What an account has put up for a proposal and not got back.
  public func proposalDeposit(_ name: BallotName) -> Amount {
    record(.proposalDeposit(name)) ?? .zero
  }

  /// Every proposal, in the order of their identifiers.
  public func proposals(limit: Int = .max) -> [(id: Identifier<Proposal>, record: ProposalRecord)] {
    records(in: .proposals, limit: limit, named: Identifier<Proposal>.self, as: ProposalRecord.self)
      .map { ($0.name, $0.record) }
  }

  func proposalDeposits(
    of proposal: Identifier<Proposal>, limit: Int = .max
  ) -> [(name: BallotName, amount: Amount)] {
    records(
      in: .proposalDeposits, prefix: proposal.canonicalBytes, limit: limit, named: BallotName.self,
      as: Amount.self
    ).map { ($0.name, $0.record) }
  }
}

extension StateKey {
  public static func proposal(_ id: Identifier<Proposal>) -> StateKey<ProposalRecord> {
    .init(.proposals, id)
  }

  public static func proposalDeposit(_ name: BallotName) -> StateKey<Amount> {
    .init(.proposalDeposits, name)
  }
}
