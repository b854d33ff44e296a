internal import Primitives

/// The bounds that several subjects' numbers share: within them no vote can freeze the ledger, price
/// everyone out of a part of it, or make its protections void.
enum ParameterBounds {
  /// A million tokens: the most that anyone can be asked to put up to take part.
  static let bondMaximum = Amount(baseUnits: 1_000_000_000_000_000_000_000_000)
  /// Ten thousand tokens: the most that anyone can be asked to put up to challenge another.
  static let challengeMaximum = Amount(baseUnits: 10_000_000_000_000_000_000_000)
  /// One token: the most that an answer's fee can have besides its price, or that can be withheld
  /// as dust.
  static let feeMaximum = Amount(baseUnits: 1_000_000_000_000_000_000)
  /// The least share of what stands behind a claim that is lost with it.
  static let slashMinimum = Share.percent(10)
}

extension Window {
  /// Ninety days, and as many blocks as fit into them at five a second: nothing waits for ever.
  static let maximum = Window(milliseconds: 7_776_000_000, blocks: 38_880_000)

  /// Whether it lasts at least a block, so that whoever is told in one can act in another, and no
  /// longer than ``maximum``.
  var isWithinBounds: Bool { isWithinBounds(upTo: .maximum) }

  func isWithinBounds(upTo maximum: Window) -> Bool {
    milliseconds <= maximum.milliseconds && (1...maximum.blocks).contains(blocks)
  }

  fileprivate func isAtLeastHalf(of former: Window) -> Bool {
    2 * milliseconds >= former.milliseconds && 2 * blocks >= former.blocks
  }
}

extension LedgerParameters {
  /// Whether a vote may put these numbers in the place of `former`.
  ///
  /// Each window is at least half of what it was: to make one meaningless takes many votes, each
  /// with its own timelock for whoever disagrees to leave.
  func mayFollow(_ former: LedgerParameters) -> Bool {
    isWithinBounds && zip(former.windows, windows).allSatisfy { $1.isAtLeastHalf(of: $0) }
  }

  /// Every window in which someone may act, in one order.
  ///
  /// The terms of stake are offers, and none of them.
  private var windows: [Window] {
    [
      datanets.bondWindow, datanets.revealWindow, datanets.trainingWindow, models.priceNotice,
      models.retirementNotice, models.stakeEpoch, models.stakeUnbonding, channels.closingWindow,
      receipts.challengeWindow,
      receipts.claimWindow, staking.unbonding, staking.downtimeJail, staking.commissionWindow,
      governance.depositWindow,
      governance.votingWindow, governance.timelock,
      Window(milliseconds: governance.termsNotice, blocks: 1), agents.budgetWindow,
      agents.oversightWindow, agents.servingWindow, agents.retirementWindow,
      disputes.answerWindow, disputes.drawWindow, disputes.commitWindow, disputes.revealWindow,
      disputes.servingWindow, disputes.retirementWindow, subsidy.epochWindow,
    ]
  }
}
