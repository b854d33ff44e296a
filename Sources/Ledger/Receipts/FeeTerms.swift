public import CanonicalCoding
internal import Cryptography
public import Primitives

/// All that decides what an answer costs besides its price and where its fee goes: what an order
/// agrees to by its digest.
public struct FeeTerms: Hashable, CanonicalCodable {
  /// On top of every answer's price, whole to the treasury.
  public var platformFee: Amount
  public var split: FeeSplit

  public init(platformFee: Amount, split: FeeSplit) {
    self.platformFee = platformFee
    self.split = split
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(platformFee)
    encoder.encode(split)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    platformFee = try decoder.decode()
    split = try decoder.decode()
  }
}

extension FeeTerms {
  /// What an order names to agree to these terms.
  public var digest: Digest { Digest(domain: "whence/fee-terms", hashing: self) }
}

extension ReceiptParameters {
  /// The terms in force.
  public var terms: FeeTerms { FeeTerms(platformFee: platformFee, split: split) }
}
