public import AttributionRules
public import CanonicalCoding
internal import Cryptography
public import Primitives

/// Where a record was committed, and the blob in which its text is published.
public struct TextName: Hashable, CanonicalCodable {
  public let place: CommitPlace
  /// The record's salted digest.
  public let record: Digest
  /// The blob of its ``RecordText``.
  public let blob: Digest

  public init(place: CommitPlace, record: Digest, blob: Digest) {
    self.place = place
    self.record = record
    self.blob = blob
  }

  public init(_ text: SnapshotText) {
    self.init(place: text.place, record: text.digest, blob: text.text.blob)
  }

  /// The text that this names, opened; nil if the bytes are not its blob.
  public func opened(_ bytes: [UInt8]) -> SnapshotText? {
    guard let text = try? RecordText(canonicalBytes: bytes), text.blob == blob,
      text.digest == record
    else { return nil }
    return SnapshotText(text, place: place)
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(place)
    encoder.encode(record)
    encoder.encode(blob)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    place = try decoder.decode()
    record = try decoder.decode()
    blob = try decoder.decode()
  }
}

/// An earlier record that a run's records are partly like, and that is none of them, with what
/// proves that it was revealed.
public struct ElsewhereText: Hashable, CanonicalCodable {
  /// What the levels of the tree over a contribution's records are at most.
  public static let siblingMaximum = 16

  public let text: TextName
  public let contribution: Digest
  /// From the record's leaf to the root of its contribution's records.
  public let siblings: [Digest]

  public init(text: TextName, contribution: Digest, siblings: [Digest]) {
    self.text = text
    self.contribution = contribution
    self.siblings = siblings
  }

  /// Whether the record stands at its place in a contribution of so many records with this root.
  public func isRecord(under recordsRoot: Digest, count: UInt32) -> Bool {
    InclusionProof(
      leafIndex: UInt64(text.place.indexInContribution), leafCount: UInt64(count),
      siblings: siblings
    ).proves(text.record.bytes, under: recordsRoot)
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text)
    encoder.encode(contribution)
    encoder.encode(list: siblings)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    text = try decoder.decode()
    contribution = try decoder.decode()
    siblings = try decoder.list(atMost: Self.siblingMaximum)
  }
}

/// The list of a run's published texts, which its manifest names.
///
/// It holds no text, so that it outlives any: a record is erased with its own blob, and all others
/// can still be read.
public struct RunTexts: Hashable, Sendable {
  public static let textMaximum = RunManifest.recordMaximum

  /// The records trained on and the decoys, in commit order.
  public let records: [TextName]
  /// What rows and uplift take besides, in commit order: the neighbours that were neither trained on
  /// nor drawn, of other Datanets or left out of this version.
  public let elsewhere: [ElsewhereText]

  /// - Throws: ``RunTextsDisordered`` unless both lists' places rise strictly, and no record stands
  ///   in both.
  public init(records: [TextName], elsewhere: [ElsewhereText]) throws(RunTextsDisordered) {
    self.records = records
    self.elsewhere = elsewhere
    for names in [records, elsewhere.map(\.text)] {
      for (earlier, later) in zip(names, names.dropFirst()) {
        guard earlier.place < later.place else { throw RunTextsDisordered() }
      }
    }
    let own = Set(records.map(\.record))
    guard elsewhere.allSatisfy({ !own.contains($0.text.record) }) else {
      throw RunTextsDisordered()
    }
  }

  /// The name of the list's blob.
  public var digest: Digest { SHA256.digest(of: canonicalBytes) }

  /// The blobs of all texts.
  public var blobs: [Digest] { records.map(\.blob) + elsewhere.map(\.text.blob) }

  /// Whether these are exactly a run's records: those trained on, in its order, and its decoys.
  public func isSnapshot(of manifest: RunManifest) -> Bool {
    let kept = Set(manifest.decoys)
    let digests = records.map(\.record)
    return digests.filter { !kept.contains($0) } == manifest.trained
      && digests.filter(kept.contains).sorted() == manifest.decoys
  }
}

/// Two records claim one place in the order of commitments, or stand in another order, or twice.
public struct RunTextsDisordered: Error, Equatable {}

extension RunTexts: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: records)
    encoder.encode(list: elsewhere)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let records = try decoder.list(of: TextName.self, atMost: Self.textMaximum)
    let elsewhere = try decoder.list(of: ElsewhereText.self, atMost: Self.textMaximum)
    do {
      try self.init(records: records, elsewhere: elsewhere)
    } catch {
      throw .invalidValue
    }
  }
}
