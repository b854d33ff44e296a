public import CanonicalCoding
public import Primitives

/// How far a version is on its way to training.
public enum VersionStatus: UInt16, NameCodable, Hashable, Sendable {
  case draft = 1
  /// By as many curators as parameters ask for.
  case accepted = 2
  /// Runs may be submitted.
  case published = 3
  /// A contribution was withdrawn before it was published.
  case void = 4
}

extension VersionStatus: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let value = VersionStatus(rawValue: tag) else { throw .unknownTag(tag) }
    self = value
  }
}

/// A version of a datanet.
public struct VersionRecord: Hashable, CanonicalCodable {
  public static let acceptanceMaximum = 16

  public var status: VersionStatus
  public var contributions: [Identifier<Contribution>]
  public var snapshotRoot: Digest
  public var recordCount: UInt32
  public var heldOutEpoch: UInt32
  /// Curators, in the order of their acts.
  public var acceptedBy: [Identifier<Account>]
  /// The block of its publication: the header right after it draws the decoys of its runs.
  public var publishedAt: Height?

  public init(
    status: VersionStatus, contributions: [Identifier<Contribution>], snapshotRoot: Digest,
    recordCount: UInt32, heldOutEpoch: UInt32, acceptedBy: [Identifier<Account>] = [],
    publishedAt: Height? = nil
  ) {
    self.status = status
    self.contributions = contributions
    self.snapshotRoot = snapshotRoot
    self.recordCount = recordCount
    self.heldOutEpoch = heldOutEpoch
    self.acceptedBy = acceptedBy
    self.publishedAt = publishedAt
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(status)
    encoder.encode(list: contributions)
    encoder.encode(snapshotRoot)
    encoder.encode(recordCount)
    encoder.encode(heldOutEpoch)
    encoder.encode(list: acceptedBy)
    encoder.encode(optional: publishedAt)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    status = try decoder.decode()
    contributions = try decoder.list(atMost: DraftVersion.contributionMaximum)
    snapshotRoot = try decoder.decode()
    recordCount = try decoder.decode()
    heldOutEpoch = try decoder.decode()
    acceptedBy = try decoder.list(atMost: VersionRecord.acceptanceMaximum)
    publishedAt = try decoder.optional()
  }
}

extension StateReader {
  public func version(_ number: UInt32, of datanet: Identifier<Datanet>) -> VersionRecord? {
    record(.version(VersionName(datanet: datanet, number: number)))
  }
}

extension StateKey {
  public static func version(_ name: VersionName) -> StateKey<VersionRecord> {
    .init(.versions, name)
  }
}
