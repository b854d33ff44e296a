public import CanonicalCoding
public import Primitives

/// Moves the signer's money into the subsidy pool, for good.
public struct FundSubsidyPool: Hashable, CanonicalCodable {
  public var amount: Amount

  public init(amount: Amount) { self.amount = amount }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(amount) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    amount = try decoder.decode()
  }
}
