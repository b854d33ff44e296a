public import AttributionRules
public import CanonicalCoding
internal import Cryptography
public import Primitives

/// A record of a snapshot with all that its published text shows: its digest, and its priority.
public struct SnapshotText: Equatable, Sendable {
  public let record: InstructionRecord
  public let salt: Digest
  /// Where it was committed.
  public let place: CommitPlace
  /// The record's salted digest, which follows from record and salt.
  public let digest: Digest

  public init(record: InstructionRecord, salt: Digest, place: CommitPlace) {
    self.record = record
    self.salt = salt
    self.place = place
    digest = record.digest(salt: salt)
  }
}

extension SnapshotText {
  /// What shows the text of ``digest``.
  public var opened: OpenedText { record.opened(by: salt) }
}

/// The texts of all records that a run was trained on or drew as decoys, as they are published.
///
/// Answers retrieve and cite them, and whoever checks a receipt reads them; the run's manifest names
/// their ``digest``. No digest of a record is in the encoding, so none can be wrong: whether these
/// are the run's records, ``isSnapshot(of:)`` tells.
public struct SnapshotTexts: Equatable, Sendable {
  /// In commit order.
  public let texts: [SnapshotText]
  private let indices: [Digest: Int]

  public static let mostRecords = RunManifest.recordMaximum

  /// - Throws: ``SnapshotTextsUnordered`` unless each stands at a later place than the one before.
  public init(_ texts: [SnapshotText]) throws(SnapshotTextsUnordered) {
    for (earlier, later) in zip(texts, texts.dropFirst()) {
      guard earlier.place < later.place else { throw SnapshotTextsUnordered() }
    }
    self.texts = texts
    indices = Dictionary(
      zip(texts.map(\.digest), texts.indices), uniquingKeysWith: { first, _ in first })
  }

  /// The name of the document's blob.
  public var digest: Digest { SHA256.digest(of: canonicalBytes) }

  /// The text of a record, by its salted digest.
  public subscript(record: Digest) -> SnapshotText? { indices[record].map { texts[$0] } }

  /// Whether these are exactly a run's records: those trained on, in its order, and its decoys.
  public func isSnapshot(of manifest: RunManifest) -> Bool {
    let kept = Set(manifest.decoys)
    var trained: [Digest] = []
    var decoys: [Digest] = []
    for digest in texts.map(\.digest) {
      if kept.contains(digest) { decoys.append(digest) } else { trained.append(digest) }
    }
    return trained == manifest.trained && decoys.sorted() == manifest.decoys
  }
}

/// Two records claim one place in the order of commitments, or stand in another order.
public struct SnapshotTextsUnordered: Error, Equatable {}

extension SnapshotText: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(place)
    encoder.encode(salt)
    encoder.encode(record)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let place = try decoder.decode(CommitPlace.self)
    let salt = try decoder.decode(Digest.self)
    self.init(record: try decoder.decode(), salt: salt, place: place)
  }
}

extension SnapshotTexts: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(list: texts) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let texts = try decoder.list(of: SnapshotText.self, atMost: Self.mostRecords)
    do {
      try self.init(texts)
    } catch {
      throw .invalidValue
    }
  }
}
