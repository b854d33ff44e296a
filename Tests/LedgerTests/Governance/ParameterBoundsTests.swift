import Primitives
import Testing

@testable import Ledger

@Suite struct ParameterBoundsTests {
  private static var windows: [WritableKeyPath<LedgerParameters, Window>] {
    [
      \.datanets.bondWindow, \.datanets.revealWindow, \.datanets.trainingWindow,
      \.models.priceNotice, \.models.retirementNotice, \.models.stakeEpoch, \.models.stakeUnbonding,
      \.channels.closingWindow, \.receipts.challengeWindow, \.receipts.claimWindow,
      \.staking.unbonding,
      \.staking.downtimeJail, \.staking.commissionWindow, \.governance.depositWindow,
      \.governance.votingWindow, \.governance.timelock, \.agents.budgetWindow,
      \.agents.servingWindow, \.agents.retirementWindow, \.disputes.answerWindow,
      \.disputes.drawWindow, \.disputes.commitWindow, \.disputes.revealWindow,
      \.disputes.servingWindow, \.disputes.retirementWindow, \.subsidy.epochWindow,
    ]
  }

  @Test(arguments: 0..<26)
  func `a window lasts from a block to ninety days, and a vote halves it at most`(
    index: Int
  ) {
    #expect(Self.windows.count == 26)
    let window = Self.windows[index]
    var longest = LedgerParameters()
    longest[keyPath: window] = .maximum
    #expect(longest.isWithinBounds && longest.mayFollow(LedgerParameters()))
    for edit in [
      { (window: inout Window) in window.milliseconds += 1 }, { $0.blocks += 1 },
      { $0.blocks = 0 },
    ] as [(inout Window) -> Void] {
      var beyond = longest
      edit(&beyond[keyPath: window])
      #expect(!beyond.isWithinBounds)
    }
    var half = longest
    half[keyPath: window] = Window(
      milliseconds: Window.maximum.milliseconds / 2, blocks: Window.maximum.blocks / 2)
    #expect(half.mayFollow(longest))
    half[keyPath: window].milliseconds -= 1
    #expect(half.isWithinBounds && !half.mayFollow(longest))
    half[keyPath: window].milliseconds += 1
    half[keyPath: window].blocks -= 1
    #expect(!half.mayFollow(longest))
  }

  private typealias Edit = @Sendable (inout LedgerParameters) -> Void

  private static let beyond: [Edit] = [
    { $0.accounts.minimumGasPrice = Amount(baseUnits: 100_000_000_000_001) },
    { $0.datanets.minimumBond = tokens(1_000_001) },
    { $0.datanets.minimumCuratorBond = tokens(1_000_001) },
    { $0.models.minimumRunBond = tokens(1_000_001) },
    { $0.models.minimumStake = tokens(1_000_001) },
    { $0.receipts.platformFee = Amount(baseUnits: tokens(1).baseUnits + 1) },
    { $0.receipts.dustThreshold = Amount(baseUnits: tokens(1).baseUnits + 1) },
    { $0.receipts.auditRate = Share(partsPerBillion: 9_999_999) },
    { $0.staking.minimumSelfStake = tokens(1_000_001) },
    { $0.staking.minimumSigned = .percent(96) },
    { $0.staking.downtimeSlash = .percent(26) },
    { $0.agents.minimumBond = tokens(1_000_001) },
    { $0.agents.demandDeposit = tokens(10_001) },
    { $0.disputes.disputeBond = tokens(10_001) },
    { $0.disputes.demandDeposit = tokens(10_001) },
    { $0.disputes.verifierBond = tokens(1_000_001) },
    { $0.disputes.serverSlash = .percent(9) },
    { $0.disputes.runSlash = .percent(9) },
    { $0.disputes.quorum = .percent(49) },
    { $0.disputes.smallestPanel = 0 },
  ]

  @Test(arguments: beyond.indices)
  func `no number freezes a part of the ledger or makes lying free`(index: Int) {
    var parameters = LedgerParameters()
    #expect(parameters.isWithinBounds)
    Self.beyond[index](&parameters)
    #expect(!parameters.isWithinBounds)
  }

  @Test func `a chain works with every window at its longest`() throws {
    var genesis = Genesis.test
    for window in Self.windows { genesis.parameters[keyPath: window] = .maximum }
    genesis.parameters.governance.termsNotice = Window.maximum.milliseconds
    genesis.parameters.agents.oversightWindow = .maximum
    var story = try Story(genesis)
    _ = try story.settledBatch(1...2)
    try story.chain.success(.closeChannel(CloseChannel(channel: story.channel)), by: dave)
    try story.chain.success(.fundSubsidyPool(FundSubsidyPool(amount: tokens(1))), by: bob)
    story.chain.stepInMilliseconds = Window.maximum.milliseconds
    try story.chain.pass(blocks: 3)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `every subject's numbers have a change, and each change is its subject's`() {
    // As many subjects as structs of numbers.
    let count = Mirror(reflecting: LedgerParameters()).children.count
    #expect(ParameterSubject.allCases.count == count)
    for subject in ParameterSubject.allCases {
      let change = LedgerParameters().current(subject)
      #expect(change.subject == subject)
      #expect(LedgerParameters().applying(change) == LedgerParameters())
    }
  }
}
