public import CanonicalCoding
internal import Cryptography
public import Primitives

/// Claims a place in the order of contributions without showing what is contributed.
///
/// The deposit comes back with the reveal.
public struct CommitContribution: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  /// See ``commitment(contributor:salt:recordsRoot:)``.
  public var commitment: Digest

  public init(datanet: Identifier<Datanet>, commitment: Digest) {
    self.datanet = datanet
    self.commitment = commitment
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(commitment)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    commitment = try decoder.decode()
  }
}

extension CommitContribution {
  /// What a contributor commits to: nobody else can reveal it as their own.
  public static func commitment(
    contributor: Identifier<Account>, salt: Digest, recordsRoot: Digest
  ) -> Digest {
    var encoder = CanonicalEncoder()
    encoder.encode(contributor)
    encoder.encode(salt)
    encoder.encode(recordsRoot)
    return Digest(domain: "whence/contribution", hashing: encoder.bytes)
  }
}

/// Shows what was committed, in a later block, and takes the deposit back.
public struct RevealContribution: Hashable, CanonicalCodable {
  public var contribution: Identifier<Contribution>
  public var salt: Digest
  /// Root of the list tree over the records.
  public var recordsRoot: Digest
  public var recordCount: UInt32
  /// SHA-256 of the bytes that hold the records.
  public var blob: Digest

  public init(
    contribution: Identifier<Contribution>, salt: Digest, recordsRoot: Digest, recordCount: UInt32,
    blob: Digest
  ) {
    self.contribution = contribution
    self.salt = salt
    self.recordsRoot = recordsRoot
    self.recordCount = recordCount
    self.blob = blob
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(contribution)
    encoder.encode(salt)
    encoder.encode(recordsRoot)
    encoder.encode(recordCount)
    encoder.encode(blob)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    contribution = try decoder.decode()
    salt = try decoder.decode()
    recordsRoot = try decoder.decode()
    recordCount = try decoder.decode()
    blob = try decoder.decode()
  }
}

/// Accepts or rejects revealed contributions; the act of a bonded curator or the owner.
public struct JudgeContributions: Hashable, CanonicalCodable {
  public static let contributionMaximum = 256

  public var datanet: Identifier<Datanet>
  /// Strictly sorted.
  public var accepted: [Identifier<Contribution>]
  /// Strictly sorted.
  public var rejected: [Identifier<Contribution>]

  public init(
    datanet: Identifier<Datanet>, accepted: [Identifier<Contribution>],
    rejected: [Identifier<Contribution>]
  ) {
    self.datanet = datanet
    self.accepted = accepted
    self.rejected = rejected
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(list: accepted)
    encoder.encode(list: rejected)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    accepted = try decoder.list(atMost: JudgeContributions.contributionMaximum)
    rejected = try decoder.list(atMost: JudgeContributions.contributionMaximum)
  }
}

/// Restricts what a contribution may be used for, for good; the act of its contributor or of the
/// datanet's owner.
public struct WithdrawContribution: Hashable, CanonicalCodable {
  public var contribution: Identifier<Contribution>
  /// Narrower than the present one.
  public var use: ContributionUse

  public init(contribution: Identifier<Contribution>, use: ContributionUse) {
    self.contribution = contribution
    self.use = use
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(contribution)
    encoder.encode(use)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    contribution = try decoder.decode()
    use = try decoder.decode()
  }
}
