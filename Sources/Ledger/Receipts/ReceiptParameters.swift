public import CanonicalCoding
public import Primitives

/// What an answer costs besides its price, and how it is divided.
public struct ReceiptParameters: Hashable, CanonicalCodable {
  /// On top of every answer's price, whole to the treasury.
  public var platformFee: Amount
  public var split: FeeSplit
  /// From a run's submission, and from a held-out set's reveal to the contributors' pay.
  public var challengeWindow: Window

  public init(platformFee: Amount, split: FeeSplit, challengeWindow: Window) {
    self.platformFee = platformFee
    self.split = split
    self.challengeWindow = challengeWindow
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(platformFee)
    encoder.encode(split)
    encoder.encode(challengeWindow)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    platformFee = try decoder.decode()
    split = try decoder.decode()
    challengeWindow = try decoder.decode()
  }
}

extension ReceiptParameters {
  public static let standard = ReceiptParameters(
    platformFee: Amount(baseUnits: 2_000_000_000_000_000), split: .standard,
    challengeWindow: Window(milliseconds: 60_000, blocks: 10))

  /// Whether every number is one that the rules can work with.
  var isWithinBounds: Bool { split.isWithinBounds && challengeWindow.isWithinBounds }
}
