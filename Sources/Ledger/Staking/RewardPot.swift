public import CanonicalCoding
public import Primitives

/// A validator's rewards that are not paid yet, divided by one growing number (F1).
///
/// `ratio` is what one unit of weight has earned since the validator began, in 2⁻⁶⁴ base units.
/// A delegation that was paid up to ratio c has earned ⌊weight · (ratio − c) / 2⁶⁴⌋ since. A slash
/// changes no shares, and so no weight: rewards need not know of it.
public struct RewardPot: Hashable, CanonicalCodable {
  public var ratio: UInt128
  /// What the last divisions left over, in 2⁻⁶⁴ base units; joins the next.
  public var remainder: UInt128
  /// Of all delegations: shares times multiplier.
  public var weight: UInt128
  /// What lies in the rewards' purse for this validator: its delegators' and its operator's.
  public var outstanding: Amount
  /// The operator's part of it.
  public var commission: Amount

  public init(
    ratio: UInt128, remainder: UInt128, weight: UInt128, outstanding: Amount, commission: Amount
  ) {
    self.ratio = ratio
    self.remainder = remainder
    self.weight = weight
    self.outstanding = outstanding
    self.commission = commission
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(ratio)
    encoder.encode(remainder)
    encoder.encode(weight)
    encoder.encode(outstanding)
    encoder.encode(commission)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    ratio = try decoder.decode()
    remainder = try decoder.decode()
    weight = try decoder.decode()
    outstanding = try decoder.decode()
    commission = try decoder.decode()
  }
}

extension RewardPot {
  static let empty = RewardPot(
    ratio: 0, remainder: 0, weight: 0, outstanding: .zero, commission: .zero)

  private static let scale: UInt128 = 1 << 64

  /// Takes a reward in: the commission, rounded down, and the rest for all weight alike.
  ///
  /// - Returns: false, and nothing has changed, if there is no weight or the ratio is full.
  mutating func add(_ reward: Amount, commission rate: Share) -> Bool {
    let cut = reward.part(rate)
    let rest = reward.baseUnits - cut.baseUnits
    let product = rest.multipliedFullWidth(by: RewardPot.scale)
    let (low, carried) = product.low.addingReportingOverflow(remainder)
    let high = product.high + (carried ? 1 : 0)
    guard high < weight else { return false }
    let (quotient, left) = weight.dividingFullWidth((high, low))
    let (sum, overflowed) = ratio.addingReportingOverflow(quotient)
    guard !overflowed else { return false }
    ratio = sum
    remainder = left
    outstanding = outstanding.addingWithinSupply(reward)
    commission = commission.addingWithinSupply(cut)
    return true
  }

  /// What a delegation has coming.
  public func earned(by delegation: DelegationRecord) -> Amount {
    guard
      let earned = try? delegation.weight.multiplied(
        by: ratio - delegation.paidRatio, dividedBy: RewardPot.scale
      ).quotient
    else { preconditionFailure("nobody earns more than there is") }
    return Amount(baseUnits: earned)
  }

  /// Takes a part out to be paid.
  mutating func take(_ amount: Amount) {
    outstanding = outstanding.minus(amount)
  }

  /// Empties the pot of what roundings kept, when nobody is left to earn it, and returns that.
  mutating func takeDust() -> Amount {
    let dust = outstanding.minus(commission)
    take(dust)
    remainder = 0
    return dust
  }
}

extension DelegationRecord {
  /// What its shares count for when rewards are divided.
  public var weight: UInt128 {
    guard
      let weight = try? shares.multiplied(
        by: UInt128(multiplier.partsPerBillion),
        dividedBy: UInt128(RewardMultiplier.flexible.partsPerBillion)
      ).quotient
    else { preconditionFailure("shares and multipliers are bounded") }
    return weight
  }
}

extension StateReader {
  public func rewardPot(of validator: Identifier<Account>) -> RewardPot {
    record(.rewardPot(validator)) ?? .empty
  }

  /// What a delegation has earned and not been paid.
  public func rewards(of name: DelegationName) -> Amount {
    guard let delegation = delegation(name) else { return .zero }
    return rewardPot(of: name.validator).earned(by: delegation)
  }
}

extension StateKey {
  public static func rewardPot(_ validator: Identifier<Account>) -> StateKey<RewardPot> {
    .init(.rewardPots, validator)
  }
}
