public import CanonicalCoding
public import Primitives

/// What stands behind models, and how long their promises bind.
public struct ModelParameters: Hashable, CanonicalCodable {
  /// The least that stands behind a run record.
  public var minimumRunBond: Amount
  /// The least that one message stakes on a run.
  public var minimumStake: Amount
  /// From a price change to its effect, and from there to the last answer at the old price.
  public var priceNotice: Window
  /// From an adapter's retirement to the last answer that still settles.
  public var retirementNotice: Window
  /// New stake earns once the epoch it came in is over.
  public var stakeEpoch: Window
  /// From unstaking to the money: stake that leaves can still be slashed so long.
  public var stakeUnbonding: Window

  public init(
    minimumRunBond: Amount,
    minimumStake: Amount = Amount(baseUnits: 1_000_000_000_000_000_000),
    priceNotice: Window = Window(milliseconds: 60_000, blocks: 10),
    retirementNotice: Window = Window(milliseconds: 60_000, blocks: 10),
    stakeEpoch: Window = Window(milliseconds: 60_000, blocks: 10),
    stakeUnbonding: Window = Window(milliseconds: 600_000, blocks: 100)
  ) {
    self.minimumRunBond = minimumRunBond
    self.minimumStake = minimumStake
    self.priceNotice = priceNotice
    self.retirementNotice = retirementNotice
    self.stakeEpoch = stakeEpoch
    self.stakeUnbonding = stakeUnbonding
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(minimumRunBond)
    encoder.encode(minimumStake)
    encoder.encode(priceNotice)
    encoder.encode(retirementNotice)
    encoder.encode(stakeEpoch)
    encoder.encode(stakeUnbonding)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    minimumRunBond = try decoder.decode()
    minimumStake = try decoder.decode()
    priceNotice = try decoder.decode()
    retirementNotice = try decoder.decode()
    stakeEpoch = try decoder.decode()
    stakeUnbonding = try decoder.decode()
  }
}

extension ModelParameters {
  public static let standard = ModelParameters(
    minimumRunBond: Amount(baseUnits: 100_000_000_000_000_000_000))

  /// Whether every number is one that the rules can work with.
  var isWithinBounds: Bool {
    minimumStake > .zero && minimumStake <= ParameterBounds.bondMaximum
      && minimumRunBond <= ParameterBounds.bondMaximum
      && [priceNotice, retirementNotice, stakeEpoch, stakeUnbonding].allSatisfy(\.isWithinBounds)
  }
}
