public import CanonicalCoding
public import Primitives

/// Puts a question to the holders of stake, with a first deposit.
public struct SubmitProposal: Hashable, CanonicalCodable {
  /// In bytes of UTF-8.
  public static let titleMaximum = 128
  public static let summaryMaximum = 4096

  public var title: String
  public var summary: String
  /// Of a longer text kept elsewhere.
  public var document: Digest?
  public var content: ProposalContent
  public var deposit: Amount

  public init(
    title: String, summary: String, document: Digest?, content: ProposalContent, deposit: Amount
  ) {
    self.title = title
    self.summary = summary
    self.document = document
    self.content = content
    self.deposit = deposit
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: title)
    encoder.encode(text: summary)
    encoder.encode(optional: document)
    encoder.encode(content)
    encoder.encode(deposit)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    title = try decoder.text(atMost: SubmitProposal.titleMaximum)
    summary = try decoder.text(atMost: SubmitProposal.summaryMaximum)
    document = try decoder.optional()
    content = try decoder.decode()
    deposit = try decoder.decode()
  }
}

/// Adds to a proposal's deposit; anyone may.
public struct DepositForProposal: Hashable, CanonicalCodable {
  public var proposal: Identifier<Proposal>
  public var amount: Amount

  public init(proposal: Identifier<Proposal>, amount: Amount) {
    self.proposal = proposal
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(proposal)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    proposal = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Votes with the signer's stake, in place of the validators it stands behind; a later vote
/// replaces an earlier one.
public struct CastVote: Hashable, CanonicalCodable {
  public var proposal: Identifier<Proposal>
  public var option: VoteOption

  public init(proposal: Identifier<Proposal>, option: VoteOption) {
    self.proposal = proposal
    self.option = option
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(proposal)
    encoder.encode(option)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    proposal = try decoder.decode()
    option = try decoder.decode()
  }
}

/// Votes in the names of accounts that entrust their votes to the signer; those that have voted
/// themselves, or entrust their vote to the signer no more, are passed over.
public struct CastEntrustedVotes: Hashable, CanonicalCodable {
  public static let accountMaximum = 32

  public var proposal: Identifier<Proposal>
  public var option: VoteOption
  /// Strictly sorted, at least one.
  public var accounts: [Identifier<Account>]

  public init(
    proposal: Identifier<Proposal>, option: VoteOption, accounts: [Identifier<Account>]
  ) {
    self.proposal = proposal
    self.option = option
    self.accounts = accounts
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(proposal)
    encoder.encode(option)
    encoder.encode(list: accounts)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    proposal = try decoder.decode()
    option = try decoder.decode()
    accounts = try decoder.list(atMost: CastEntrustedVotes.accountMaximum)
  }
}

/// Lets another account vote in the signer's name from now on, or nobody.
public struct EntrustVote: Hashable, CanonicalCodable {
  public var to: Identifier<Account>?

  public init(to: Identifier<Account>?) { self.to = to }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(optional: to) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    to = try decoder.optional()
  }
}
