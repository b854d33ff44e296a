public import CanonicalCoding
public import Primitives

/// The subject of datanet identifiers: a collection of records with an owner and a licence.
public enum Datanet: CreatedSubject { public static let domain = "whence/datanet" }

/// The subject of contribution identifiers: what one account put into one datanet at one time.
public enum Contribution: CreatedSubject { public static let domain = "whence/contribution-id" }

/// A datanet.
public struct DatanetRecord: Hashable, CanonicalCodable {
  public var owner: Identifier<Account>
  public var name: String
  public var licence: String
  public var floorRateIn: Amount
  public var floorRateOut: Amount
  public var contributionDeposit: Amount
  /// Versions are numbered from 1.
  public var versionCount: UInt32

  public init(
    owner: Identifier<Account>, name: String, licence: String, floorRateIn: Amount,
    floorRateOut: Amount, contributionDeposit: Amount, versionCount: UInt32
  ) {
    self.owner = owner
    self.name = name
    self.licence = licence
    self.floorRateIn = floorRateIn
    self.floorRateOut = floorRateOut
    self.contributionDeposit = contributionDeposit
    self.versionCount = versionCount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(owner)
    encoder.encode(text: name)
    encoder.encode(text: licence)
    encoder.encode(floorRateIn)
    encoder.encode(floorRateOut)
    encoder.encode(contributionDeposit)
    encoder.encode(versionCount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    owner = try decoder.decode()
    name = try decoder.text(atMost: CreateDatanet.nameMaximum)
    licence = try decoder.text(atMost: CreateDatanet.licenceMaximum)
    floorRateIn = try decoder.decode()
    floorRateOut = try decoder.decode()
    contributionDeposit = try decoder.decode()
    versionCount = try decoder.decode()
  }
}

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

/// A contribution, from its commit on.
public struct ContributionRecord: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var contributor: Identifier<Account>
  public var commitment: Digest
  /// Where it was committed.
  public var priority: Priority
  public var deposit: Amount
  /// Nil until revealed.
  public var content: ContributionContent?

  public init(
    datanet: Identifier<Datanet>, contributor: Identifier<Account>, commitment: Digest,
    priority: Priority, deposit: Amount, content: ContributionContent?
  ) {
    self.datanet = datanet
    self.contributor = contributor
    self.commitment = commitment
    self.priority = priority
    self.deposit = deposit
    self.content = content
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(contributor)
    encoder.encode(commitment)
    encoder.encode(priority)
    encoder.encode(deposit)
    encoder.encode(optional: content)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    contributor = try decoder.decode()
    commitment = try decoder.decode()
    priority = try decoder.decode()
    deposit = try decoder.decode()
    content = try decoder.optional()
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

/// An epoch's held-out set, from its commit on.
public struct HeldOutRecord: Hashable, CanonicalCodable {
  public var commitment: Digest
  public var committedAt: Height
  /// Nil until revealed.
  public var blob: Digest?
  /// When contributors of the epoch are paid; nil until revealed.
  public var release: Deadline?

  public init(commitment: Digest, committedAt: Height, blob: Digest?, release: Deadline?) {
    self.commitment = commitment
    self.committedAt = committedAt
    self.blob = blob
    self.release = release
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(commitment)
    encoder.encode(committedAt)
    encoder.encode(optional: blob)
    encoder.encode(optional: release)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    commitment = try decoder.decode()
    committedAt = try decoder.decode()
    blob = try decoder.optional()
    release = try decoder.optional()
  }
}

/// A published version of a datanet.
public struct VersionRecord: Hashable, CanonicalCodable {
  public var contributions: [Identifier<Contribution>]
  public var snapshotRoot: Digest
  public var recordCount: UInt32
  public var heldOutEpoch: UInt32

  public init(
    contributions: [Identifier<Contribution>], snapshotRoot: Digest, recordCount: UInt32,
    heldOutEpoch: UInt32
  ) {
    self.contributions = contributions
    self.snapshotRoot = snapshotRoot
    self.recordCount = recordCount
    self.heldOutEpoch = heldOutEpoch
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: contributions)
    encoder.encode(snapshotRoot)
    encoder.encode(recordCount)
    encoder.encode(heldOutEpoch)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    contributions = try decoder.list(atMost: PublishVersion.contributionMaximum)
    snapshotRoot = try decoder.decode()
    recordCount = try decoder.decode()
    heldOutEpoch = try decoder.decode()
  }
}

extension StateReader {
  public func datanet(_ id: Identifier<Datanet>) -> DatanetRecord? { record(.datanet(id)) }

  public func contribution(_ id: Identifier<Contribution>) -> ContributionRecord? {
    record(.contribution(id))
  }

  /// The earliest committed of the revealed contributions with these records.
  public func firstContribution(ofRecordsRoot root: Digest) -> Identifier<Contribution>? {
    record(.firstContribution(root))
  }

  public func heldOut(of datanet: Identifier<Datanet>, epoch: UInt32) -> HeldOutRecord? {
    record(.heldOut(EpochName(datanet: datanet, epoch: epoch)))
  }

  public func version(_ number: UInt32, of datanet: Identifier<Datanet>) -> VersionRecord? {
    record(.version(VersionName(datanet: datanet, number: number)))
  }
}

extension StateKey {
  public static func datanet(_ id: Identifier<Datanet>) -> StateKey<DatanetRecord> {
    .init(.datanets, id)
  }

  public static func contribution(_ id: Identifier<Contribution>) -> StateKey<ContributionRecord> {
    .init(.contributions, id)
  }

  public static func firstContribution(_ recordsRoot: Digest) -> StateKey<Identifier<Contribution>>
  {
    .init(.firstContributions, recordsRoot)
  }

  public static func heldOut(_ name: EpochName) -> StateKey<HeldOutRecord> {
    .init(.heldOutSets, name)
  }

  public static func version(_ name: VersionName) -> StateKey<VersionRecord> {
    .init(.versions, name)
  }
}
