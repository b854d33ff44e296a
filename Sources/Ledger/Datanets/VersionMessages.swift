public import CanonicalCoding
public import Primitives

/// Proposes what a datanet contains for training; the owner's act.
public struct DraftVersion: Hashable, CanonicalCodable {
  public static let contributionMaximum = 1024

  public var datanet: Identifier<Datanet>
  /// Accepted, not withdrawn, of this datanet, strictly sorted.
  public var contributions: [Identifier<Contribution>]
  /// Root of the list tree over the deduplicated records.
  public var snapshotRoot: Digest
  public var recordCount: UInt32
  /// Its held-out set was committed in an earlier block; it gets no further part.
  public var heldOutEpoch: UInt32

  public init(
    datanet: Identifier<Datanet>, contributions: [Identifier<Contribution>], snapshotRoot: Digest,
    recordCount: UInt32, heldOutEpoch: UInt32
  ) {
    self.datanet = datanet
    self.contributions = contributions
    self.snapshotRoot = snapshotRoot
    self.recordCount = recordCount
    self.heldOutEpoch = heldOutEpoch
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(list: contributions)
    encoder.encode(snapshotRoot)
    encoder.encode(recordCount)
    encoder.encode(heldOutEpoch)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    contributions = try decoder.list(atMost: DraftVersion.contributionMaximum)
    snapshotRoot = try decoder.decode()
    recordCount = try decoder.decode()
    heldOutEpoch = try decoder.decode()
  }
}

/// Accepts a draft; the act of a bonded curator, or of the owner where one operator is enough.
public struct AcceptVersion: Hashable, CanonicalCodable {
  public var version: VersionName

  public init(version: VersionName) {
    self.version = version
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(version)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    version = try decoder.decode()
  }
}

/// Opens an accepted version to training, the only one on its epoch's held-out set; the owner's act.
public struct PublishVersion: Hashable, CanonicalCodable {
  public var version: VersionName

  public init(version: VersionName) {
    self.version = version
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(version)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    version = try decoder.decode()
  }
}
