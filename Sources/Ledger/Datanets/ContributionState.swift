public import CanonicalCoding
public import Primitives

/// The subject of contribution identifiers: what one account put into one datanet at one time.
public enum Contribution: CreatedSubject { public static let domain = "whence/contribution-id" }

/// Who came first, across all datanets: earlier blocks, then earlier places in a block.
public struct Priority: Hashable, Comparable, CanonicalCodable {
  public var height: Height
  public var index: UInt32

  public init(height: Height, index: UInt32) {
    self.height = height
    self.index = index
  }

  public static func < (lhs: Priority, rhs: Priority) -> Bool {
    (lhs.height, lhs.index) < (rhs.height, rhs.index)
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(height)
    encoder.encode(index)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    height = try decoder.decode()
    index = try decoder.decode()
  }
}

/// What a curator said of a contribution; said once.
public enum ContributionVerdict: UInt16, NameCodable, Hashable, Sendable {
  case pending = 1
  case accepted = 2
  case rejected = 3
}

extension ContributionVerdict: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let value = ContributionVerdict(rawValue: tag) else { throw .unknownTag(tag) }
    self = value
  }
}

/// What a contribution may still be used for; only ever narrower.
public enum ContributionUse: UInt16, NameCodable, Hashable, Sendable {
  case active = 1
  /// No new version lists it, and no new run is measured on it.
  case noNewTraining = 2
  /// Nor is it retrieved for answers.
  case retrievalOff = 3
  /// Salt, text, rows and span shards are destroyed; commitments stay.
  case erased = 4
}

extension ContributionUse: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let value = ContributionUse(rawValue: tag) else { throw .unknownTag(tag) }
    self = value
  }
}

extension ContributionUse: Comparable {
  /// The narrower use is the greater.
  public static func < (lhs: ContributionUse, rhs: ContributionUse) -> Bool {
    lhs.rawValue < rhs.rawValue
  }
}

/// A contribution, from its commit on.
public struct ContributionRecord: Hashable, CanonicalCodable {
  /// In how many versions a contribution may stand that are not over.
  public static let versionMaximum = 64

  public var datanet: Identifier<Datanet>
  public var contributor: Identifier<Account>
  public var commitment: Digest
  /// Where it was committed.
  public var priority: Priority
  public var deposit: Amount
  /// Nil until revealed.
  public var content: ContributionContent?
  public var verdict: ContributionVerdict
  public var use: ContributionUse
  /// Whether it becomes erased once the last window open on it is over.
  public var isErasing: Bool
  /// The versions that list it and still count: drafts, and published ones whose epoch is not paid.
  public var versions: [UInt32]

  public init(
    datanet: Identifier<Datanet>, contributor: Identifier<Account>, commitment: Digest,
    priority: Priority, deposit: Amount, content: ContributionContent? = nil,
    verdict: ContributionVerdict = .pending, use: ContributionUse = .active,
    isErasing: Bool = false, versions: [UInt32] = []
  ) {
    self.datanet = datanet
    self.contributor = contributor
    self.commitment = commitment
    self.priority = priority
    self.deposit = deposit
    self.content = content
    self.verdict = verdict
    self.use = use
    self.isErasing = isErasing
    self.versions = versions
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(contributor)
    encoder.encode(commitment)
    encoder.encode(priority)
    encoder.encode(deposit)
    encoder.encode(optional: content)
    encoder.encode(verdict)
    encoder.encode(use)
    encoder.encode(isErasing)
    encoder.encode(list: versions)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    contributor = try decoder.decode()
    commitment = try decoder.decode()
    priority = try decoder.decode()
    deposit = try decoder.decode()
    content = try decoder.optional()
    verdict = try decoder.decode()
    use = try decoder.decode()
    isErasing = try decoder.decode()
    versions = try decoder.list(atMost: ContributionRecord.versionMaximum)
  }
}

/// What a contribution turned out to be.
public struct ContributionContent: Hashable, CanonicalCodable {
  public var recordsRoot: Digest
  public var recordCount: UInt32
  public var blob: Digest

  public init(recordsRoot: Digest, recordCount: UInt32, blob: Digest) {
    self.recordsRoot = recordsRoot
    self.recordCount = recordCount
    self.blob = blob
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(recordsRoot)
    encoder.encode(recordCount)
    encoder.encode(blob)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    recordsRoot = try decoder.decode()
    recordCount = try decoder.decode()
    blob = try decoder.decode()
  }
}

extension StateReader {
  public func contribution(_ id: Identifier<Contribution>) -> ContributionRecord? {
    record(.contribution(id))
  }

  /// The earliest committed of the revealed contributions with these records.
  public func firstContribution(ofRecordsRoot root: Digest) -> Identifier<Contribution>? {
    record(.firstContribution(root))
  }
}

extension StateKey {
  public static func contribution(_ id: Identifier<Contribution>) -> StateKey<ContributionRecord> {
    .init(.contributions, id)
  }

  public static func firstContribution(_ recordsRoot: Digest) -> StateKey<Identifier<Contribution>>
  {
    .init(.firstContributions, recordsRoot)
  }
}
