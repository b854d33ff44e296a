public import CanonicalCoding
public import Primitives

/// What agents put up, and what they lose.
public struct AgentParameters: Hashable, CanonicalCodable {
  public var minimumBond: Amount
  /// Of a budget; the cap applies to each.
  public var budgetWindow: Window
  /// From a run's recording: how long its actions can be demanded.
  public var oversightWindow: Window
  /// From a demand: how long the agent has to serve it.
  public var servingWindow: Window
  /// From an agent's retirement to its bond's return.
  public var retirementWindow: Window
  /// Left with each demand: to the agent's owner if it is served.
  public var demandDeposit: Amount
  /// Of the bond, for two receipts of one run.
  public var contradictionSlash: Share
  /// Of the bond, for spending above the cap.
  public var overspendingSlash: Share
  /// Of the bond, for an action that was not served.
  public var withholdingSlash: Share
  /// Of what is slashed, to whoever proved it; the rest goes to the treasury.
  public var reporterShare: Share

  public init(
    minimumBond: Amount, budgetWindow: Window, oversightWindow: Window, servingWindow: Window,
    retirementWindow: Window, demandDeposit: Amount, contradictionSlash: Share,
    overspendingSlash: Share, withholdingSlash: Share, reporterShare: Share
  ) {
    self.minimumBond = minimumBond
    self.budgetWindow = budgetWindow
    self.oversightWindow = oversightWindow
    self.servingWindow = servingWindow
    self.retirementWindow = retirementWindow
    self.demandDeposit = demandDeposit
    self.contradictionSlash = contradictionSlash
    self.overspendingSlash = overspendingSlash
    self.withholdingSlash = withholdingSlash
    self.reporterShare = reporterShare
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(minimumBond)
    encoder.encode(budgetWindow)
    encoder.encode(oversightWindow)
    encoder.encode(servingWindow)
    encoder.encode(retirementWindow)
    encoder.encode(demandDeposit)
    encoder.encode(contradictionSlash)
    encoder.encode(overspendingSlash)
    encoder.encode(withholdingSlash)
    encoder.encode(reporterShare)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    minimumBond = try decoder.decode()
    budgetWindow = try decoder.decode()
    oversightWindow = try decoder.decode()
    servingWindow = try decoder.decode()
    retirementWindow = try decoder.decode()
    demandDeposit = try decoder.decode()
    contradictionSlash = try decoder.decode()
    overspendingSlash = try decoder.decode()
    withholdingSlash = try decoder.decode()
    reporterShare = try decoder.decode()
  }
}

extension AgentParameters {
  public static let standard = AgentParameters(
    minimumBond: Amount(baseUnits: 10_000_000_000_000_000_000),
    budgetWindow: Window(milliseconds: 86_400_000, blocks: 10),
    oversightWindow: Window(milliseconds: 60_000, blocks: 10),
    servingWindow: Window(milliseconds: 60_000, blocks: 10),
    retirementWindow: Window(milliseconds: 120_000, blocks: 20),
    demandDeposit: Amount(baseUnits: 1_000_000_000_000_000_000),
    contradictionSlash: .whole, overspendingSlash: .percent(50), withholdingSlash: .percent(25),
    reporterShare: .percent(50))

  /// Whether every number is one that the rules can work with: no more than all is slashed, half of
  /// it at least is lost to a liar who reports himself, and a retiring agent outlasts the oversight
  /// of its last run.
  var isWithinBounds: Bool {
    let windows = [budgetWindow, oversightWindow, servingWindow, retirementWindow]
    let shares = [contradictionSlash, overspendingSlash, withholdingSlash]
    return windows.allSatisfy(\.isWithinBounds) && shares.allSatisfy { $0 <= .whole }
      && reporterShare <= .percent(50) && minimumBond <= ParameterBounds.bondMaximum
      && demandDeposit <= ParameterBounds.challengeMaximum
      && oversightWindow.milliseconds <= retirementWindow.milliseconds
      && oversightWindow.blocks <= retirementWindow.blocks
  }
}
