public import CanonicalCoding
public import Primitives

/// An epoch's held-out set, from its first part on.
public struct HeldOutRecord: Hashable, CanonicalCodable {
  public static let partMaximum = 16
  /// How many curators beside the owner make a set that rests on nobody's word alone.
  public static let independentCurators = 3

  /// In the order of their commits, one a curator.
  public var parts: [HeldOutPart]
  /// Whether fewer than three curators beside the owner committed to it: then its results rest on
  /// the operator's word.
  public var isOperatorFinal: Bool
  /// A version was drafted on it, so that no further part is taken.
  public var isFixed: Bool
  /// The version measured on it; one alone is.
  public var version: UInt32?
  /// A part is revealed, or the time to train is over: no more version or run of the epoch is
  /// accepted.
  public var isOpened: Bool
  /// When contributors of the epoch are paid; nil until every part is revealed or forfeited.
  public var release: Deadline?
  /// When the ledger goes on by itself: opens the set of a published version, or ends the wait for
  /// what is hidden of an opened one; nil while it does neither.
  public var waitsUntil: Deadline?

  public init(
    parts: [HeldOutPart], isOperatorFinal: Bool, isFixed: Bool, version: UInt32?, isOpened: Bool,
    release: Deadline?, waitsUntil: Deadline? = nil
  ) {
    self.parts = parts
    self.isOperatorFinal = isOperatorFinal
    self.isFixed = isFixed
    self.version = version
    self.isOpened = isOpened
    self.release = release
    self.waitsUntil = waitsUntil
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: parts)
    encoder.encode(isOperatorFinal)
    encoder.encode(isFixed)
    encoder.encode(optional: version)
    encoder.encode(isOpened)
    encoder.encode(optional: release)
    encoder.encode(optional: waitsUntil)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    parts = try decoder.list(atMost: HeldOutRecord.partMaximum)
    isOperatorFinal = try decoder.decode()
    isFixed = try decoder.decode()
    version = try decoder.optional()
    isOpened = try decoder.decode()
    release = try decoder.optional()
    waitsUntil = try decoder.optional()
  }
}

extension HeldOutRecord {
  /// Whether nobody revealed any part in time: nothing measures the epoch's runs, so nobody is paid
  /// for them.
  public var isWithheld: Bool { release != nil && parts.allSatisfy { $0.blob == nil } }
}

/// One curator's part of a held-out set.
public struct HeldOutPart: Hashable, CanonicalCodable {
  public var curator: Identifier<Account>
  public var commitment: Digest
  public var committedAt: Height
  /// Nil until revealed.
  public var blob: Digest?

  public init(curator: Identifier<Account>, commitment: Digest, committedAt: Height, blob: Digest?)
  {
    self.curator = curator
    self.commitment = commitment
    self.committedAt = committedAt
    self.blob = blob
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(curator)
    encoder.encode(commitment)
    encoder.encode(committedAt)
    encoder.encode(optional: blob)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    curator = try decoder.decode()
    commitment = try decoder.decode()
    committedAt = try decoder.decode()
    blob = try decoder.optional()
  }
}

extension StateReader {
  public func heldOut(of datanet: Identifier<Datanet>, epoch: UInt32) -> HeldOutRecord? {
    record(.heldOut(EpochName(datanet: datanet, epoch: epoch)))
  }
}

extension StateKey {
  public static func heldOut(_ name: EpochName) -> StateKey<HeldOutRecord> {
    .init(.heldOutSets, name)
  }
}
