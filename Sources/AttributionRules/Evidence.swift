public import CanonicalCoding

/// Why an answer is what it is: the evidence of its receipt (DESIGN section 3).
public struct Evidence: Hashable, Sendable {
  public var influence: InfluenceEvidence
  /// Nil if nobody looked for spans.
  public var spans: SpanEvidence?
  /// Nil if nothing was retrieved.
  public var retrieval: RetrievalEvidence?

  public init(
    influence: InfluenceEvidence, spans: SpanEvidence? = nil, retrieval: RetrievalEvidence? = nil
  ) {
    self.influence = influence
    self.spans = spans
    self.retrieval = retrieval
  }
}

extension Evidence: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(influence)
    encoder.encode(optional: spans)
    encoder.encode(optional: retrieval)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    influence = try decoder.decode()
    spans = try decoder.optional()
    retrieval = try decoder.optional()
  }
}
