public import CanonicalCoding
public import Primitives

/// How validators are chosen, paid and punished, and how long stake is bound.
public struct StakingParameters: Hashable, CanonicalCodable {
  public static let termMaximum = 8

  /// How many validators take part at a time: those with the most stake.
  public var maximumValidators: UInt32
  /// The least that an operator keeps at a validator of his own.
  public var minimumSelfStake: Amount
  /// From an undelegation to its payment, and how long an offence can still be judged.
  public var unbonding: Window
  /// The most unbondings, and the most numbered delegations, of one delegator at one validator.
  public var maximumEntries: UInt32
  /// The most delegations of one account, over all validators.
  public var maximumDelegations: UInt32
  /// Over how many blocks absences are counted.
  public var signedBlocksWindow: UInt32
  /// The part of the window that must be signed.
  public var minimumSigned: Share
  /// From a downtime to when its operator may come back.
  public var downtimeJail: Window
  /// What signing two blocks of one height costs; it ends a validator for ever.
  public var doubleSignSlash: Share
  public var downtimeSlash: Share
  /// From one change of a commission to the next.
  public var commissionWindow: Window
  /// For how long stake may be locked, and what it then earns.
  public var terms: [StakeTerm]

  public init(
    maximumValidators: UInt32, minimumSelfStake: Amount, unbonding: Window, maximumEntries: UInt32,
    maximumDelegations: UInt32, signedBlocksWindow: UInt32, minimumSigned: Share,
    downtimeJail: Window, doubleSignSlash: Share, downtimeSlash: Share, commissionWindow: Window,
    terms: [StakeTerm]
  ) {
    self.maximumValidators = maximumValidators
    self.minimumSelfStake = minimumSelfStake
    self.unbonding = unbonding
    self.maximumEntries = maximumEntries
    self.maximumDelegations = maximumDelegations
    self.signedBlocksWindow = signedBlocksWindow
    self.minimumSigned = minimumSigned
    self.downtimeJail = downtimeJail
    self.doubleSignSlash = doubleSignSlash
    self.downtimeSlash = downtimeSlash
    self.commissionWindow = commissionWindow
    self.terms = terms
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(maximumValidators)
    encoder.encode(minimumSelfStake)
    encoder.encode(unbonding)
    encoder.encode(maximumEntries)
    encoder.encode(maximumDelegations)
    encoder.encode(signedBlocksWindow)
    encoder.encode(minimumSigned)
    encoder.encode(downtimeJail)
    encoder.encode(doubleSignSlash)
    encoder.encode(downtimeSlash)
    encoder.encode(commissionWindow)
    encoder.encode(list: terms)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    maximumValidators = try decoder.decode()
    minimumSelfStake = try decoder.decode()
    unbonding = try decoder.decode()
    maximumEntries = try decoder.decode()
    maximumDelegations = try decoder.decode()
    signedBlocksWindow = try decoder.decode()
    minimumSigned = try decoder.decode()
    downtimeJail = try decoder.decode()
    doubleSignSlash = try decoder.decode()
    downtimeSlash = try decoder.decode()
    commissionWindow = try decoder.decode()
    terms = try decoder.list(atMost: StakingParameters.termMaximum)
  }
}

/// A time for which stake may be locked, named by its window.
public struct StakeTerm: Hashable, CanonicalCodable {
  public var window: Window
  public var multiplier: RewardMultiplier

  public init(window: Window, multiplier: RewardMultiplier) {
    self.window = window
    self.multiplier = multiplier
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(window)
    encoder.encode(multiplier)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    window = try decoder.decode()
    multiplier = try decoder.decode()
  }
}

/// How much a share counts when rewards are divided, in parts per 10⁹; never in votes.
public struct RewardMultiplier: Hashable, Comparable, CanonicalCodable {
  public let partsPerBillion: UInt64

  /// What stake earns that may leave at any time.
  public static let flexible = RewardMultiplier(partsPerBillion: 1_000_000_000)
  /// Ten times ``flexible``.
  public static let maximum = RewardMultiplier(partsPerBillion: 10_000_000_000)

  public init(partsPerBillion: UInt64) { self.partsPerBillion = partsPerBillion }

  public static func < (lhs: Self, rhs: Self) -> Bool { lhs.partsPerBillion < rhs.partsPerBillion }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(partsPerBillion) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    partsPerBillion = try decoder.decode()
  }
}

extension StakingParameters {
  /// The defaults of the Cosmos chains in days and shares; a thousand blocks at least to unbond.
  public static let standard = StakingParameters(
    maximumValidators: 100,
    minimumSelfStake: VotingPower.unit,
    unbonding: .days(21, blocks: 1000),
    maximumEntries: 7,
    maximumDelegations: 64,
    signedBlocksWindow: 100,
    minimumSigned: .percent(50),
    downtimeJail: Window(milliseconds: 600_000, blocks: 10),
    doubleSignSlash: .percent(5),
    downtimeSlash: .percent(1),
    commissionWindow: .days(1, blocks: 1),
    terms: [
      StakeTerm(
        window: .days(90, blocks: 1000),
        multiplier: RewardMultiplier(partsPerBillion: 1_250_000_000)),
      StakeTerm(
        window: .days(180, blocks: 1000),
        multiplier: RewardMultiplier(partsPerBillion: 1_500_000_000)),
      StakeTerm(
        window: .days(365, blocks: 1000),
        multiplier: RewardMultiplier(partsPerBillion: 2_000_000_000)),
    ])

  /// Whether every number is one that the rules can work with, and no vote can jail everyone.
  var isWithinBounds: Bool {
    (1...ConsensusReport.validatorMaximum).contains(Int(maximumValidators))
      && minimumSelfStake >= VotingPower.unit && minimumSelfStake <= ParameterBounds.bondMaximum
      && (1...100).contains(maximumEntries)
      && (1...256).contains(maximumDelegations)
      && (1...10_000).contains(signedBlocksWindow)
      && minimumSigned <= .percent(95) && downtimeSlash <= .percent(25)
      && doubleSignSlash <= .whole
      && [unbonding, downtimeJail, commissionWindow].allSatisfy(\.isWithinBounds)
      && terms.count <= StakingParameters.termMaximum
      && terms.allSatisfy(\.isWithinBounds)
      && Set(terms.map(\.window)).count == terms.count
  }
}

extension StakeTerm {
  /// Four years, and as many blocks as fit into them at five a second.
  static let windowMaximum = Window.days(1461, blocks: 631_152_000)

  fileprivate var isWithinBounds: Bool {
    window.isWithinBounds(upTo: Self.windowMaximum)
      && (RewardMultiplier.flexible...(.maximum)).contains(multiplier)
  }
}

extension Window {
  fileprivate static func days(_ days: UInt64, blocks: UInt64) -> Window {
    Window(milliseconds: days * 86_400_000, blocks: blocks)
  }
}
