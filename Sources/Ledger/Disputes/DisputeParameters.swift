public import CanonicalCoding
public import Primitives

/// How long disputes take, and what is at stake in them.
public struct DisputeParameters: Hashable, CanonicalCodable {
  /// The most verifiers of a panel.
  public static let panelMaximum = 16
  /// The most verifiers at once: a draw looks at each.
  public static let verifierMaximum = 256

  /// From the opening: the accused must answer.
  public var answerWindow: Window
  /// From the answer to the draw; at least two blocks, so that nobody knows the drawing header before.
  public var drawWindow: Window
  public var commitWindow: Window
  public var revealWindow: Window
  /// From a demand for data.
  public var servingWindow: Window
  /// From a verifier's retirement to its bond's return.
  public var retirementWindow: Window
  /// Of the opener.
  public var disputeBond: Amount
  /// Left with each demand for data: to the accused if it is served.
  public var demandDeposit: Amount
  /// The least of a verifier that is drawn.
  public var verifierBond: Amount
  public var panelSize: UInt32
  /// Below it, a verdict is labelled operator-final.
  public var smallestPanel: UInt32
  /// Of the panel, that must reveal.
  public var quorum: Share
  /// Of the server's bond, when a batch is proved wrong.
  public var serverSlash: Share
  /// Of a run's bond and stake.
  public var runSlash: Share
  /// Of an agent's bond.
  public var agentSlash: Share
  /// Of the bond of a verifier that does not reveal.
  public var absenceSlash: Share
  /// Of the bond of a verifier that the majority contradicts.
  public var minoritySlash: Share
  /// Of what the loser lost.
  public var winnerShare: Share
  /// Of what the loser lost, to the verifiers of the majority; the treasury gets the rest.
  public var panelShare: Share

  public init(
    answerWindow: Window, drawWindow: Window, commitWindow: Window, revealWindow: Window,
    servingWindow: Window, retirementWindow: Window, disputeBond: Amount, demandDeposit: Amount,
    verifierBond: Amount, panelSize: UInt32, smallestPanel: UInt32, quorum: Share,
    serverSlash: Share, runSlash: Share, agentSlash: Share, absenceSlash: Share,
    minoritySlash: Share, winnerShare: Share, panelShare: Share
  ) {
    self.answerWindow = answerWindow
    self.drawWindow = drawWindow
    self.commitWindow = commitWindow
    self.revealWindow = revealWindow
    self.servingWindow = servingWindow
    self.retirementWindow = retirementWindow
    self.disputeBond = disputeBond
    self.demandDeposit = demandDeposit
    self.verifierBond = verifierBond
    self.panelSize = panelSize
    self.smallestPanel = smallestPanel
    self.quorum = quorum
    self.serverSlash = serverSlash
    self.runSlash = runSlash
    self.agentSlash = agentSlash
    self.absenceSlash = absenceSlash
    self.minoritySlash = minoritySlash
    self.winnerShare = winnerShare
    self.panelShare = panelShare
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(answerWindow)
    encoder.encode(drawWindow)
    encoder.encode(commitWindow)
    encoder.encode(revealWindow)
    encoder.encode(servingWindow)
    encoder.encode(retirementWindow)
    encoder.encode(disputeBond)
    encoder.encode(demandDeposit)
    encoder.encode(verifierBond)
    encoder.encode(panelSize)
    encoder.encode(smallestPanel)
    encoder.encode(quorum)
    encoder.encode(serverSlash)
    encoder.encode(runSlash)
    encoder.encode(agentSlash)
    encoder.encode(absenceSlash)
    encoder.encode(minoritySlash)
    encoder.encode(winnerShare)
    encoder.encode(panelShare)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    answerWindow = try decoder.decode()
    drawWindow = try decoder.decode()
    commitWindow = try decoder.decode()
    revealWindow = try decoder.decode()
    servingWindow = try decoder.decode()
    retirementWindow = try decoder.decode()
    disputeBond = try decoder.decode()
    demandDeposit = try decoder.decode()
    verifierBond = try decoder.decode()
    panelSize = try decoder.decode()
    smallestPanel = try decoder.decode()
    quorum = try decoder.decode()
    serverSlash = try decoder.decode()
    runSlash = try decoder.decode()
    agentSlash = try decoder.decode()
    absenceSlash = try decoder.decode()
    minoritySlash = try decoder.decode()
    winnerShare = try decoder.decode()
    panelShare = try decoder.decode()
  }
}

extension DisputeParameters {
  public static let standard = DisputeParameters(
    answerWindow: Window(milliseconds: 60_000, blocks: 10),
    drawWindow: Window(milliseconds: 1_000, blocks: 2),
    commitWindow: Window(milliseconds: 60_000, blocks: 10),
    revealWindow: Window(milliseconds: 60_000, blocks: 10),
    servingWindow: Window(milliseconds: 60_000, blocks: 10),
    retirementWindow: Window(milliseconds: 600_000, blocks: 100),
    disputeBond: Amount(baseUnits: 10_000_000_000_000_000_000),
    demandDeposit: Amount(baseUnits: 1_000_000_000_000_000_000),
    verifierBond: Amount(baseUnits: 10_000_000_000_000_000_000), panelSize: 5, smallestPanel: 3,
    quorum: Share(partsPerBillion: 666_666_667), serverSlash: .whole, runSlash: .whole,
    agentSlash: .percent(50), absenceSlash: .percent(5), minoritySlash: .percent(10),
    winnerShare: .percent(40), panelShare: .percent(20))

  /// Whether every number is one that the rules can work with: a liar who disputes himself loses
  /// at least half of what is slashed, and no one knows a panel when the accused answers,
  /// nobody is priced out of challenging, and a lie that is proved costs.
  var isWithinBounds: Bool {
    let windows = [
      answerWindow, drawWindow, commitWindow, revealWindow, servingWindow, retirementWindow,
    ]
    let shares = [
      quorum, serverSlash, runSlash, agentSlash, absenceSlash, minoritySlash, winnerShare,
      panelShare,
    ]
    return windows.allSatisfy(\.isWithinBounds) && shares.allSatisfy { $0 <= .whole }
      && [disputeBond, demandDeposit].allSatisfy { $0 <= ParameterBounds.challengeMaximum }
      && verifierBond <= ParameterBounds.bondMaximum
      && [serverSlash, runSlash].allSatisfy { $0 >= ParameterBounds.slashMinimum }
      && drawWindow.blocks >= 2 && quorum >= .percent(50)
      && (1...UInt32(Self.panelMaximum)).contains(panelSize)
      && (1...panelSize).contains(smallestPanel)
      && panelShare <= .percent(50)
      && winnerShare <= .percent(50)
  }
}
