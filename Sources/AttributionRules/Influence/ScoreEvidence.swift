public import CanonicalCoding
public import Cryptography
public import Primitives

/// A row of an index with the path that proves it stands there.
public struct OpenedRecord: Hashable, Sendable {
  public let record: IndexedRecord
  public let proof: InclusionProof

  public init(record: IndexedRecord, proof: InclusionProof) {
    self.record = record
    self.proof = proof
  }
}

extension OpenedRecord: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(record)
    encoder.encode(proof)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let record = try decoder.decode(IndexedRecord.self)
    let proof = try decoder.decode(InclusionProof.self)
    self.init(record: record, proof: proof)
  }
}

/// Two rows that stand side by side, to show that nothing stands between them.
public struct RowGap: Hashable, Sendable {
  /// Nil before the first row.
  public let before: OpenedRecord?
  /// Nil behind the last row.
  public let after: OpenedRecord?

  public init(before: OpenedRecord?, after: OpenedRecord?) {
    self.before = before
    self.after = after
  }
}

extension RowGap: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(optional: before)
    encoder.encode(optional: after)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let before = try decoder.optional(OpenedRecord.self)
    let after = try decoder.optional(OpenedRecord.self)
    self.init(before: before, after: after)
  }
}

/// What a run record says of its index: enough to tell whether a row stands in it, and where.
public struct IndexCommitment: Hashable, Sendable {
  public let root: Digest
  public let count: UInt32
  public let decoyRoot: Digest
  public let decoyCount: UInt32

  public init(root: Digest, count: UInt32, decoyRoot: Digest, decoyCount: UInt32) {
    self.root = root
    self.count = count
    self.decoyRoot = decoyRoot
    self.decoyCount = decoyCount
  }

  /// Whether a row stands among the records, at its proof's index.
  ///
  /// The count is the run's own claim, not the prover's: so the last row can't pose as another.
  public func holds(_ opened: OpenedRecord) -> Bool {
    opened.proof.leafCount == UInt64(count)
      && opened.proof.proves(opened.record.canonicalBytes, under: root)
  }

  /// Whether a row stands among the decoys, at its proof's index.
  public func holdsDecoy(_ opened: OpenedRecord) -> Bool {
    opened.proof.leafCount == UInt64(decoyCount)
      && opened.proof.proves(opened.record.canonicalBytes, under: decoyRoot)
  }

  /// Whether no record has a name among these: it would stand in the gap.
  func hasNoRecord(_ names: ClosedRange<RowName>, gap: RowGap) -> Bool {
    [gap.before, gap.after].allSatisfy { $0.map(holds) ?? true }
      && gap.surrounds(names, count: count)
  }

  /// Whether no decoy has a name among these.
  func hasNoDecoy(_ names: ClosedRange<RowName>, gap: RowGap) -> Bool {
    [gap.before, gap.after].allSatisfy { $0.map(holdsDecoy) ?? true }
      && gap.surrounds(names, count: decoyCount)
  }
}

extension RowGap {
  /// Whether both rows are neighbours, so that in a sorted list nothing stands between them.
  ///
  /// Without a row before, the one after is the first; without one after, the one before is the last.
  fileprivate func surrounds(_ names: ClosedRange<RowName>, count: UInt32) -> Bool {
    if let before { guard before.record.name < names.lowerBound else { return false } }
    if let after { guard names.upperBound < after.record.name else { return false } }
    let next = before.map { $0.proof.leafIndex + 1 } ?? 0
    return next == after?.proof.leafIndex ?? UInt64(count)
  }
}

/// What is opened to show that a receipt's influence evidence is wrong.
public enum ScoreEvidence: Hashable, Sendable {
  /// The evidence shows it by itself: the list or the floor.
  case itself
  /// A listed record's row: its score is another.
  case score(OpenedRecord)
  /// The rows beside the place where a listed row would stand.
  case absent(row: RowName, gap: RowGap)
  /// The row of a record that should be listed.
  case omitted(OpenedRecord)
  /// A decoy's row: its score is another.
  case decoy(OpenedRecord)
}

extension ScoreEvidence: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "itself", "score", "absent", "omitted", "decoy",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .itself: encoder.encode(tag: 1)
    case .score(let opened):
      encoder.encode(tag: 2)
      encoder.encode(opened)
    case .absent(let row, let gap):
      encoder.encode(tag: 3)
      encoder.encode(row)
      encoder.encode(gap)
    case .omitted(let opened):
      encoder.encode(tag: 4)
      encoder.encode(opened)
    case .decoy(let opened):
      encoder.encode(tag: 5)
      encoder.encode(opened)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .itself
    case 2: self = .score(try decoder.decode())
    case 3: self = .absent(row: try decoder.decode(), gap: try decoder.decode())
    case 4: self = .omitted(try decoder.decode())
    case 5: self = .decoy(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}
