public import CanonicalCoding
public import Primitives

/// Where a record stands in the order of commitments, which is its priority.
public struct CommitPlace: Hashable, Comparable, Sendable {
  /// The commitment's height, and its place in the block.
  public let height: Height
  public let indexInBlock: UInt32
  /// The record's place in its contribution.
  public let indexInContribution: UInt32

  public init(height: Height, indexInBlock: UInt32, indexInContribution: UInt32) {
    self.height = height
    self.indexInBlock = indexInBlock
    self.indexInContribution = indexInContribution
  }

  public static func < (lhs: CommitPlace, rhs: CommitPlace) -> Bool {
    (lhs.height, lhs.indexInBlock, lhs.indexInContribution)
      < (rhs.height, rhs.indexInBlock, rhs.indexInContribution)
  }
}

/// A record in which a span stands.
public struct SpanSource: Hashable, Sendable {
  /// The record's salted digest.
  public let record: Digest
  /// Where in the record's text the span first stands, in bytes.
  public let offset: UInt32

  public init(record: Digest, offset: UInt32) {
    self.record = record
    self.offset = offset
  }
}

/// A run of the answer's bytes that stands verbatim in records, in no longer run that does.
public struct CitedSpan: Hashable, Sendable {
  public let range: AnswerRange
  /// What counts of it, in sixteenths of a bit.
  public let surprisal: UInt64
  /// The first records that hold it, in commit order; at most ``SpanLimits/mostSources``.
  public let sources: [SpanSource]

  public init(range: AnswerRange, surprisal: UInt64, sources: [SpanSource]) {
    self.range = range
    self.surprisal = surprisal
    self.sources = sources
  }
}

/// What of an answer stands verbatim in a Datanet: shown and citable, never paid by itself.
public struct SpanEvidence: Hashable, Sendable {
  /// By position; none lies in another.
  public let spans: [CitedSpan]

  public init(spans: [CitedSpan]) {
    self.spans = spans
  }
}

extension CommitPlace: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(height)
    encoder.encode(indexInBlock)
    encoder.encode(indexInContribution)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let height = try decoder.decode(Height.self)
    let indexInBlock = try decoder.decode(UInt32.self)
    let indexInContribution = try decoder.decode(UInt32.self)
    self.init(
      height: height, indexInBlock: indexInBlock, indexInContribution: indexInContribution)
  }
}

extension SpanSource: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(record)
    encoder.encode(offset)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let record = try decoder.decode(Digest.self)
    let offset = try decoder.decode(UInt32.self)
    self.init(record: record, offset: offset)
  }
}

extension CitedSpan: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(range)
    encoder.encode(surprisal)
    encoder.encode(list: sources)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let range = try decoder.decode(AnswerRange.self)
    let surprisal = try decoder.decode(UInt64.self)
    let sources = try decoder.list(of: SpanSource.self, atMost: SpanLimits.mostSources)
    self.init(range: range, surprisal: surprisal, sources: sources)
  }
}

extension SpanEvidence: HexCodable {
  /// No spans.
  public static let codedExample = String(repeating: "0", count: 8)

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: spans)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let spans = try decoder.list(of: CitedSpan.self, atMost: SpanLimits.mostSpans)
    self.init(spans: spans)
  }
}
