public import CanonicalCoding
internal import Cryptography
public import Primitives

/// Opens a datanet that the signer owns.
public struct CreateDatanet: Hashable, CanonicalCodable {
  public static let nameMaximum = 64
  public static let licenceMaximum = 128

  public var name: String
  /// An SPDX identifier, or the text's own name.
  public var licence: String
  /// The least that adapters trained on it may charge for 1000 tokens read.
  public var floorRateIn: Amount
  /// The same for 1000 tokens written.
  public var floorRateOut: Amount
  /// What a contributor leaves from commit to reveal.
  public var contributionDeposit: Amount

  public init(
    name: String, licence: String, floorRateIn: Amount, floorRateOut: Amount,
    contributionDeposit: Amount
  ) {
    self.name = name
    self.licence = licence
    self.floorRateIn = floorRateIn
    self.floorRateOut = floorRateOut
    self.contributionDeposit = contributionDeposit
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: name)
    encoder.encode(text: licence)
    encoder.encode(floorRateIn)
    encoder.encode(floorRateOut)
    encoder.encode(contributionDeposit)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    name = try decoder.text(atMost: CreateDatanet.nameMaximum)
    licence = try decoder.text(atMost: CreateDatanet.licenceMaximum)
    floorRateIn = try decoder.decode()
    floorRateOut = try decoder.decode()
    contributionDeposit = try decoder.decode()
  }
}

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

/// Fixes an epoch's held-out set before anything is trained on the epoch; the owner's act.
public struct CommitHeldOut: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var epoch: UInt32
  /// See ``commitment(datanet:salt:blob:)``.
  public var commitment: Digest

  public init(datanet: Identifier<Datanet>, epoch: UInt32, commitment: Digest) {
    self.datanet = datanet
    self.epoch = epoch
    self.commitment = commitment
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(epoch)
    encoder.encode(commitment)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    epoch = try decoder.decode()
    commitment = try decoder.decode()
  }
}

extension CommitHeldOut {
  /// What the owner commits to.
  public static func commitment(
    datanet: Identifier<Datanet>, salt: Digest, blob: Digest
  ) -> Digest {
    var encoder = CanonicalEncoder()
    encoder.encode(datanet)
    encoder.encode(salt)
    encoder.encode(blob)
    return Digest(domain: "whence/held-out", hashing: encoder.bytes)
  }
}

/// Shows an epoch's held-out set: no more run of the epoch is accepted, and after one more challenge
/// window its contributors are paid.
public struct RevealHeldOut: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var epoch: UInt32
  public var salt: Digest
  /// SHA-256 of the bytes that hold the set.
  public var blob: Digest

  public init(datanet: Identifier<Datanet>, epoch: UInt32, salt: Digest, blob: Digest) {
    self.datanet = datanet
    self.epoch = epoch
    self.salt = salt
    self.blob = blob
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(epoch)
    encoder.encode(salt)
    encoder.encode(blob)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    epoch = try decoder.decode()
    salt = try decoder.decode()
    blob = try decoder.decode()
  }
}

/// Fixes what a datanet contains for training; the owner's act.
public struct PublishVersion: Hashable, CanonicalCodable {
  public static let contributionMaximum = 1024

  public var datanet: Identifier<Datanet>
  /// Revealed, of this datanet, strictly sorted.
  public var contributions: [Identifier<Contribution>]
  /// Root of the list tree over the deduplicated records.
  public var snapshotRoot: Digest
  public var recordCount: UInt32
  /// Its held-out set was committed in an earlier block.
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
    contributions = try decoder.list(atMost: PublishVersion.contributionMaximum)
    snapshotRoot = try decoder.decode()
    recordCount = try decoder.decode()
    heldOutEpoch = try decoder.decode()
  }
}
