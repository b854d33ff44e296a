public import CanonicalCoding
public import Primitives

/// Puts money behind a run: it earns from the next epoch on, and is slashed with the run.
public struct StakeOnRun: Hashable, CanonicalCodable {
  public var run: Identifier<Run>
  public var amount: Amount

  public init(run: Identifier<Run>, amount: Amount) {
    self.run = run
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Takes stake away from a run: it earns no more, and comes back after the unbonding window.
public struct UnstakeFromRun: Hashable, CanonicalCodable {
  public var run: Identifier<Run>
  /// As staked; what a slash took of it does not come back.
  public var amount: Amount

  public init(run: Identifier<Run>, amount: Amount) {
    self.run = run
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Pays out what the signer's stake on a run has earned.
public struct ClaimStakeReward: Hashable, CanonicalCodable {
  public var run: Identifier<Run>

  public init(run: Identifier<Run>) { self.run = run }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(run) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
  }
}
