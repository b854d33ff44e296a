public import AttributionRules
public import CanonicalCoding
internal import Cryptography
public import Primitives

/// A record's text as it is published, one blob a record: erasing the blob erases text and salt, so
/// that nobody can confirm a guess of the text any more.
public struct RecordText: Equatable, Sendable {
  public let record: InstructionRecord
  public let salt: Digest

  public init(record: InstructionRecord, salt: Digest) {
    self.record = record
    self.salt = salt
  }

  /// The record's salted digest.
  public var digest: Digest { record.digest(salt: salt) }

  /// The name of the blob.
  public var blob: Digest { SHA256.digest(of: canonicalBytes) }
}

extension RecordText: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(salt)
    encoder.encode(record)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    salt = try decoder.decode()
    record = try decoder.decode()
  }
}

/// A record of a snapshot with all that its published text shows: its digest, and its priority.
public struct SnapshotText: Equatable, Sendable {
  public let text: RecordText
  /// Where it was committed.
  public let place: CommitPlace
  /// The record's salted digest, which follows from record and salt.
  public let digest: Digest

  public init(_ text: RecordText, place: CommitPlace) {
    self.text = text
    self.place = place
    digest = text.digest
  }

  public init(record: InstructionRecord, salt: Digest, place: CommitPlace) {
    self.init(RecordText(record: record, salt: salt), place: place)
  }

  public var record: InstructionRecord { text.record }
  /// What shows the text of ``digest``.
  public var opened: OpenedText { text.record.opened(by: text.salt) }
}

/// Records with their texts, by digest.
public struct SnapshotTexts: Equatable, Sendable {
  /// In commit order.
  public let texts: [SnapshotText]
  private let indices: [Digest: Int]

  /// - Precondition: each stands at a later place than the one before.
  public init(_ texts: [SnapshotText]) {
    precondition(
      zip(texts, texts.dropFirst()).allSatisfy { $0.place < $1.place }, "texts are in commit order")
    self.texts = texts
    indices = Dictionary(
      zip(texts.map(\.digest), texts.indices), uniquingKeysWith: { first, _ in first })
  }

  /// The text of a record, by its salted digest.
  public subscript(record: Digest) -> SnapshotText? { indices[record].map { texts[$0] } }
}
