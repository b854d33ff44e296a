public import CanonicalCoding
public import Primitives

/// A fee split that a vote has replaced; kept for good, so that old receipts can be recomputed.
public struct RetiredSplit: Hashable, CanonicalCodable {
  public var split: FeeSplit
  /// Orders that name the split are settled in blocks up to this time.
  public var settledUntil: BlockTime

  public init(split: FeeSplit, settledUntil: BlockTime) {
    self.split = split
    self.settledUntil = settledUntil
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(split)
    encoder.encode(settledUntil)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    split = try decoder.decode()
    settledUntil = try decoder.decode()
  }
}

extension StateReader {
  /// The split, once governed or still in force, with this digest.
  public func feeSplit(_ digest: Digest) -> FeeSplit? {
    if let current = parameters?.receipts.split, current.digest == digest { return current }
    return record(.retiredSplit(digest))?.split
  }

  /// The split by which an order is settled that names `digest`, in a block of this time; nil if
  /// there is none, or it was replaced too long ago.
  func settlingSplit(
    _ digest: Digest, under parameters: LedgerParameters, at time: BlockTime
  ) -> FeeSplit? {
    let current = parameters.receipts.split
    if current.digest == digest { return current }
    guard let retired = record(.retiredSplit(digest)), time <= retired.settledUntil else {
      return nil
    }
    return retired.split
  }
}

extension StateKey {
  public static func retiredSplit(_ digest: Digest) -> StateKey<RetiredSplit> {
    .init(.retiredSplits, digest)
  }
}
