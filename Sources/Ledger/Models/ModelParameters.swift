public import CanonicalCoding
public import Primitives

/// What stands behind models.
public struct ModelParameters: Hashable, CanonicalCodable {
  /// The least that stands behind a run record.
  public var minimumRunBond: Amount

  public init(minimumRunBond: Amount) {
    self.minimumRunBond = minimumRunBond
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(minimumRunBond)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    minimumRunBond = try decoder.decode()
  }
}

extension ModelParameters {
  public static let standard = ModelParameters(
    minimumRunBond: Amount(baseUnits: 100_000_000_000_000_000_000))

  /// Whether every number is one that the rules can work with.
  var isWithinBounds: Bool { true }
}
