public import CanonicalCoding
public import Primitives

/// How the holders of stake decide.
public struct GovernanceParameters: Hashable, CanonicalCodable {
  /// What a proposal's author puts up at least, when submitting it.
  public var initialDeposit: Amount
  /// What deposits must sum to before a proposal is voted on.
  public var minimumDeposit: Amount
  /// From submission to the last deposit.
  public var depositWindow: Window
  /// From the minimum deposit to the last vote.
  public var votingWindow: Window
  /// From the count of a passed change to its effect.
  public var timelock: Window
  /// The least part of the bonded stake that must vote, abstentions included.
  public var quorum: Share
  /// Yes must be more than this part of yes, no and veto.
  public var threshold: Share
  /// Veto must not be more than this part of all votes.
  public var vetoShare: Share
  /// How many proposals are voted on at one time at most.
  public var votingMaximum: UInt32
  /// For how long after fee terms are replaced the orders that name them are still settled, in
  /// milliseconds of header time.
  public var termsNotice: UInt64

  public init(
    initialDeposit: Amount, minimumDeposit: Amount, depositWindow: Window, votingWindow: Window,
    timelock: Window, quorum: Share, threshold: Share, vetoShare: Share, votingMaximum: UInt32,
    termsNotice: UInt64
  ) {
    self.initialDeposit = initialDeposit
    self.minimumDeposit = minimumDeposit
    self.depositWindow = depositWindow
    self.votingWindow = votingWindow
    self.timelock = timelock
    self.quorum = quorum
    self.threshold = threshold
    self.vetoShare = vetoShare
    self.votingMaximum = votingMaximum
    self.termsNotice = termsNotice
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(initialDeposit)
    encoder.encode(minimumDeposit)
    encoder.encode(depositWindow)
    encoder.encode(votingWindow)
    encoder.encode(timelock)
    encoder.encode(quorum)
    encoder.encode(threshold)
    encoder.encode(vetoShare)
    encoder.encode(votingMaximum)
    encoder.encode(termsNotice)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    initialDeposit = try decoder.decode()
    minimumDeposit = try decoder.decode()
    depositWindow = try decoder.decode()
    votingWindow = try decoder.decode()
    timelock = try decoder.decode()
    quorum = try decoder.decode()
    threshold = try decoder.decode()
    vetoShare = try decoder.decode()
    votingMaximum = try decoder.decode()
    termsNotice = try decoder.decode()
  }
}

extension GovernanceParameters {
  /// Two days each to back, to vote and to prepare; the shares are those of the Cosmos SDK.
  public static let standard = GovernanceParameters(
    initialDeposit: Amount(baseUnits: 1_000_000_000_000_000_000_000),
    minimumDeposit: Amount(baseUnits: 10_000_000_000_000_000_000_000),
    depositWindow: Window(milliseconds: 172_800_000, blocks: 100),
    votingWindow: Window(milliseconds: 172_800_000, blocks: 100),
    timelock: Window(milliseconds: 172_800_000, blocks: 100),
    quorum: Share(partsPerBillion: 334_000_000), threshold: .percent(50),
    vetoShare: Share(partsPerBillion: 334_000_000), votingMaximum: 16, termsNotice: 86_400_000)

  /// Every change of a voter's stake touches each open vote.
  static let votingMaximumMaximum: UInt32 = 32

  /// Whether every number is one that the rules can work with, and no vote has made votes
  /// meaningless: a quorum of at least 10 %, a majority at least, and a veto that neither a
  /// handful nor nobody can cast.
  var isWithinBounds: Bool {
    initialDeposit <= minimumDeposit && minimumDeposit <= ParameterBounds.bondMaximum
      && [depositWindow, votingWindow, timelock].allSatisfy(\.isWithinBounds)
      && quorum >= .percent(10) && quorum <= .percent(80)
      && threshold >= .percent(50) && threshold <= .percent(90)
      && vetoShare >= .percent(10) && vetoShare <= .percent(50)
      && (1...Self.votingMaximumMaximum).contains(votingMaximum)
      && termsNotice <= Window.maximum.milliseconds
  }
}
