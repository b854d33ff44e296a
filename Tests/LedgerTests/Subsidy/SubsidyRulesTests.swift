import Ledger
import Primitives
import Testing

@Suite struct SubsidyRulesTests {
  private let pool = Message.fundSubsidyPool(FundSubsidyPool(amount: tokens(1)))

  /// Settles a batch of these receipts, waits until it is final and claims all of it.
  private func settleAndClaim(_ receipts: [SettledReceipt], on story: inout Story) throws {
    if story.chain.state.balance(of: .serverBond(erin.account)) == .zero {
      try story.chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    }
    let contents = try story.contents(receipts)
    let sequence = try story.chain.success(.settleBatch(contents.message), by: erin)
    try story.passWindow()
    let id = Identifier<Batch>(creator: erin.account, sequence: sequence)
    try story.chain.success(
      .claimAmounts(ClaimAmounts(claims: contents.claims(of: id))), by: alice)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  private func released() throws -> Story {
    var story = try Story()
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    return story
  }

  @Test func `subsidies match income, up to half of the treasury's in the epoch`() throws {
    var story = try released()
    try settleAndClaim([try story.receipt(1)], on: &story)
    #expect(story.chain.state.income(of: bob.account).subsidy == .zero)
    #expect(story.chain.state.income(of: bob.account).earned.baseUnits == 33_000)

    // What the treasury had before the pool does not count.
    try story.chain.success(pool, by: alice)
    try settleAndClaim([try story.receipt(2)], on: &story)
    let income: UInt128 = 77 + 2970
    #expect(story.chain.state.income(of: bob.account).subsidy.baseUnits == income / 2)
    #expect(story.chain.state.subsidyEpoch?.paid.baseUnits == income / 2)

    try settleAndClaim([try story.receipt(3)], on: &story)
    #expect(story.chain.state.income(of: bob.account).subsidy.baseUnits == 2 * income / 2)
    #expect(
      story.chain.state.balance(of: .subsidyPool).baseUnits
        == tokens(1).baseUnits - 2 * income / 2)
  }

  @Test func `below the cap a subsidy is the matching share`() throws {
    var genesis = Genesis.test
    genesis.parameters.subsidy.matchingShare = .percent(1)
    var story = try Story(genesis)
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.chain.success(pool, by: alice)
    try settleAndClaim([try story.receipt(1)], on: &story)
    #expect(story.chain.state.income(of: bob.account).subsidy.baseUnits == 330)
  }

  @Test func `nobody is matched for paying themselves, and pages can tell`() throws {
    var story = try released()
    story.makeEveryonePayable()
    try story.chain.success(pool, by: alice)
    var receipt = try story.receipt(1)
    // Dave pays for the answer.
    receipt.payouts[0].account = dave.account
    try settleAndClaim([receipt], on: &story)
    let income = story.chain.state.income(of: dave.account)
    #expect(income.earned.baseUnits == 33_000 && income.own == income.earned)
    #expect(income.subsidy == .zero)
    #expect(story.chain.state.balance(of: .subsidyPool) == tokens(1))
    // The server earned its part of another's money.
    let server = story.chain.state.income(of: erin.account)
    #expect(server.earned.baseUnits == 14_850 && server.own == .zero)
  }

  @Test func `an epoch ends by itself, and the next counts its own income`() throws {
    var genesis = Genesis.test
    genesis.parameters.subsidy.epochWindow = Window(milliseconds: 3000, blocks: 2)
    var story = try Story(genesis)
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.chain.success(pool, by: alice)
    try settleAndClaim([try story.receipt(1)], on: &story)
    let first = try #require(story.chain.state.subsidyEpoch)
    #expect(first.number > 1)
    try story.chain.pass(blocks: 3)
    let next = try #require(story.chain.state.subsidyEpoch)
    #expect(next.number > first.number && next.paid == .zero)
    #expect(next.treasuryIncomeBefore.baseUnits == 77 + 2970)
  }
}
