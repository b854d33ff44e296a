public import CanonicalCoding
public import Primitives

/// Fee terms that a vote has replaced; kept for good, so that old receipts can be recomputed.
public struct RetiredTerms: Hashable, CanonicalCodable {
  public var terms: FeeTerms
  /// Orders that name the terms are settled in blocks up to this time.
  public var settledUntil: BlockTime

  public init(terms: FeeTerms, settledUntil: BlockTime) {
    self.terms = terms
    self.settledUntil = settledUntil
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(terms)
    encoder.encode(settledUntil)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    terms = try decoder.decode()
    settledUntil = try decoder.decode()
  }
}

extension StateReader {
  /// The terms, once governed or still in force, with this digest.
  public func feeTerms(_ digest: Digest) -> FeeTerms? {
    if let current = parameters?.receipts.terms, current.digest == digest { return current }
    return record(.retiredTerms(digest))?.terms
  }

  /// The terms by which an order is settled that names `digest`, in a block of this time; nil if
  /// there are none, or they were replaced too long ago.
  func settlingTerms(
    _ digest: Digest, under parameters: LedgerParameters, at time: BlockTime
  ) -> FeeTerms? {
    let current = parameters.receipts.terms
    if current.digest == digest { return current }
    guard let retired = record(.retiredTerms(digest)), time <= retired.settledUntil else {
      return nil
    }
    return retired.terms
  }
}

extension StateKey {
  public static func retiredTerms(_ digest: Digest) -> StateKey<RetiredTerms> {
    .init(.retiredTerms, digest)
  }
}
