public import CanonicalCoding
public import Primitives

/// What an answer costs besides its price, and how it is divided.
public struct ReceiptParameters: Hashable, CanonicalCodable {
  /// On top of every answer's price, whole to the treasury.
  public var platformFee: Amount
  public var split: FeeSplit
  /// From a run's submission, and from a held-out set's reveal to the contributors' pay.
  public var challengeWindow: Window
  /// The part of batches that is surely audited: a server's contributor money in open batches is at
  /// most this share of its bond.
  public var auditRate: Share
  /// Claims below it accrue until together they reach it.
  public var dustThreshold: Amount
  /// From a batch's finality and its epoch's release to the lapse of what nobody claimed.
  public var claimWindow: Window

  public init(
    platformFee: Amount, split: FeeSplit, challengeWindow: Window,
    auditRate: Share = ReceiptParameters.standard.auditRate,
    dustThreshold: Amount = ReceiptParameters.standard.dustThreshold,
    claimWindow: Window = ReceiptParameters.standard.claimWindow
  ) {
    self.platformFee = platformFee
    self.split = split
    self.challengeWindow = challengeWindow
    self.auditRate = auditRate
    self.dustThreshold = dustThreshold
    self.claimWindow = claimWindow
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(platformFee)
    encoder.encode(split)
    encoder.encode(challengeWindow)
    encoder.encode(auditRate)
    encoder.encode(dustThreshold)
    encoder.encode(claimWindow)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    platformFee = try decoder.decode()
    split = try decoder.decode()
    challengeWindow = try decoder.decode()
    auditRate = try decoder.decode()
    dustThreshold = try decoder.decode()
    claimWindow = try decoder.decode()
  }
}

extension ReceiptParameters {
  public static let standard = ReceiptParameters(
    platformFee: Amount(baseUnits: 2_000_000_000_000_000), split: .standard,
    challengeWindow: Window(milliseconds: 60_000, blocks: 10), auditRate: .percent(5),
    dustThreshold: Amount(baseUnits: 100_000_000_000_000),
    claimWindow: Window(milliseconds: 2_592_000_000, blocks: 1000))

  /// A server's bond is at most a hundred times its open contributor money.
  static let auditRateMinimum = Share.percent(1)

  /// Whether every number is one that the rules can work with, and no server is priced out.
  var isWithinBounds: Bool {
    split.isWithinBounds && platformFee <= ParameterBounds.feeMaximum
      && challengeWindow.isWithinBounds && claimWindow.isWithinBounds
      && auditRate >= Self.auditRateMinimum
      && auditRate <= .whole && dustThreshold <= ParameterBounds.feeMaximum
  }
}
