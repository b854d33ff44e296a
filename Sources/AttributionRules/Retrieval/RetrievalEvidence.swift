public import CanonicalCoding
public import Primitives

/// The log-likelihoods of one answer with and without its adapter and its retrieved context.
///
/// Each is the sum over the answer's tokens, in micro-nats, and so never positive.
public struct AnswerLikelihoods: Hashable, Sendable {
  /// Neither adapter nor context.
  public let base: Int64
  /// The adapter alone.
  public let adapter: Int64
  /// The context alone.
  public let context: Int64
  /// As the answer was given.
  public let both: Int64

  public init(base: Int64, adapter: Int64, context: Int64, both: Int64) {
    self.base = base
    self.adapter = adapter
    self.context = context
    self.both = both
  }

  var all: [Int64] { [base, adapter, context, both] }
}

/// A record that was retrieved for an answer.
public struct RetrievedPassage: Hashable, Sendable {
  /// The record's salted digest.
  public let record: Digest
  /// How much less likely the answer is without this passage, in micro-nats; negative if more.
  public let drop: Int64

  public init(record: Digest, drop: Int64) {
    self.record = record
    self.drop = drop
  }
}

/// The retrieval part of a receipt's evidence: present if anything was retrieved.
public struct RetrievalEvidence: Hashable, Sendable {
  public static let mostPassages = 16

  public let likelihoods: AnswerLikelihoods
  /// In commit order, each once.
  public let passages: [RetrievedPassage]

  public init(likelihoods: AnswerLikelihoods, passages: [RetrievedPassage]) {
    self.likelihoods = likelihoods
    self.passages = passages
  }
}

extension AnswerLikelihoods: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(base)
    encoder.encode(adapter)
    encoder.encode(context)
    encoder.encode(both)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let base = try decoder.decode(Int64.self)
    let adapter = try decoder.decode(Int64.self)
    let context = try decoder.decode(Int64.self)
    let both = try decoder.decode(Int64.self)
    self.init(base: base, adapter: adapter, context: context, both: both)
  }
}

extension RetrievedPassage: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(record)
    encoder.encode(drop)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let record = try decoder.decode(Digest.self)
    let drop = try decoder.decode(Int64.self)
    self.init(record: record, drop: drop)
  }
}

extension RetrievalEvidence: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(likelihoods)
    encoder.encode(list: passages)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let likelihoods = try decoder.decode(AnswerLikelihoods.self)
    let passages = try decoder.list(of: RetrievedPassage.self, atMost: Self.mostPassages)
    self.init(likelihoods: likelihoods, passages: passages)
  }
}
