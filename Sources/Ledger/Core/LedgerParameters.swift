public import CanonicalCoding
public import Primitives

/// The numbers genesis sets and, later, votes may change within bounds.
public struct LedgerParameters: Hashable, CanonicalCodable {
  /// The least a transaction pays, to the validators.
  public var minimumFee: Amount
  /// On top of every answer's price, whole to the treasury.
  public var platformFee: Amount
  public var split: FeeSplit
  /// From a run's submission, and from a held-out set's reveal to the contributors' pay.
  public var challengeWindow: Window
  /// From a payer's wish to close a channel to its end.
  public var closingWindow: Window
  public var minimumRunBond: Amount

  public init(
    minimumFee: Amount, platformFee: Amount, split: FeeSplit, challengeWindow: Window,
    closingWindow: Window, minimumRunBond: Amount
  ) {
    self.minimumFee = minimumFee
    self.platformFee = platformFee
    self.split = split
    self.challengeWindow = challengeWindow
    self.closingWindow = closingWindow
    self.minimumRunBond = minimumRunBond
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(minimumFee)
    encoder.encode(platformFee)
    encoder.encode(split)
    encoder.encode(challengeWindow)
    encoder.encode(closingWindow)
    encoder.encode(minimumRunBond)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    minimumFee = try decoder.decode()
    platformFee = try decoder.decode()
    split = try decoder.decode()
    challengeWindow = try decoder.decode()
    closingWindow = try decoder.decode()
    minimumRunBond = try decoder.decode()
  }
}

extension LedgerParameters {
  /// Whether the split respects its bounds and no window is absurdly long.
  public var isWithinBounds: Bool {
    split.isWithinBounds
      && [challengeWindow, closingWindow].allSatisfy {
        $0.milliseconds <= Window.maximum && $0.blocks <= Window.maximum
      }
  }
}

extension StateReader {
  /// The parameters in force; genesis wrote the first.
  public var parameters: LedgerParameters? { record(.parameters) }
}

extension StateKey {
  public static var parameters: StateKey<LedgerParameters> { .init(.parameters, UInt8(0)) }
}
