public import CanonicalCoding
public import Primitives

/// What transactions cost.
public struct AccountParameters: Hashable, CanonicalCodable {
  /// The least a transaction pays, to the validators.
  public var minimumFee: Amount

  public init(minimumFee: Amount) {
    self.minimumFee = minimumFee
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(minimumFee)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    minimumFee = try decoder.decode()
  }
}

extension AccountParameters {
  public static let standard = AccountParameters(
    minimumFee: Amount(baseUnits: 1_000_000_000_000_000))

  /// Whether every number is one that the rules can work with.
  var isWithinBounds: Bool { true }
}
