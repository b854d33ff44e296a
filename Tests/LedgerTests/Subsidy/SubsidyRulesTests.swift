import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct SubsidyRulesTests {
  private let pool = Message.fundSubsidyPool(FundSubsidyPool(amount: tokens(1)))
  /// What the treasury gets of a receipt of the story.
  private let income: UInt128 = 77 + 2970
  /// What bob gets of one, and the subsidy for it.
  private let part: UInt128 = 33_000
  private let matched: UInt128 = 660

  /// A story whose epoch is released, so that final batches can be claimed.
  private func released(_ genesis: Genesis = .test) throws -> Story {
    var story = try Story(genesis)
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    return story
  }

  /// Settles a batch of these receipts, waits until it is final and returns the claims of all of it.
  private func settle(_ receipts: [SettledReceipt], on story: inout Story) throws -> Message {
    let contents = try story.contents(receipts)
    let sequence = try story.chain.success(.settleBatch(contents.message), by: erin)
    try story.passWindow()
    let id = Identifier<Batch>(creator: erin.account, sequence: sequence)
    return .claimAmounts(ClaimAmounts(claims: contents.claims(of: id)))
  }

  private func settleAndClaim(_ receipts: [SettledReceipt], on story: inout Story) throws {
    try story.chain.success(try settle(receipts, on: &story), by: alice)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a claim is matched by a share of what others paid`() throws {
    var story = try released()
    try settleAndClaim([try story.receipt(1)], on: &story)
    #expect(story.chain.state.income(of: bob.account).subsidy == .zero)
    #expect(story.chain.state.income(of: bob.account).earned.baseUnits == part)

    try story.chain.success(pool, by: alice)
    let before = story.chain.state.balance(of: .account(bob.account)).baseUnits
    try settleAndClaim([try story.receipt(2)], on: &story)
    let income = story.chain.state.income(of: bob.account)
    #expect(income.earned.baseUnits == 2 * part && income.subsidy.baseUnits == matched)
    #expect(
      story.chain.state.balance(of: .account(bob.account)).baseUnits == before + part + matched)
    #expect(
      story.chain.state.balance(of: .subsidyPool).baseUnits == tokens(1).baseUnits - matched)
  }

  @Test func `an epoch's subsidies end at half of the treasury's income in it`() throws {
    var story = try released()
    // What the treasury had before the pool does not count, whenever its answers are claimed.
    let old = try settle(try (1...6).map { try story.receipt($0) }, on: &story)
    try story.chain.success(pool, by: alice)
    try story.chain.success(old, by: alice)
    #expect(story.chain.state.income(of: bob.account).subsidy == .zero)

    let older = try (7...12).map { try story.receipt($0) }
    let claim = try settle(older, on: &story)
    let cap =
      story.chain.state.total(of: .platformFee).baseUnits
      + story.chain.state.total(of: .treasuryPart).baseUnits
      - (try #require(story.chain.state.subsidyEpoch)).treasuryIncomeBefore.baseUnits
    #expect(cap >= 6 * income)
    try story.chain.success(claim, by: alice)
    #expect(story.chain.state.subsidyEpoch?.paid.baseUnits == 6 * matched)
    #expect(6 * matched <= cap / 2)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `claims of old income meet the cap of the new epoch`() throws {
    var story = try released()
    let many = try settle(try (1...9).map { try story.receipt($0) }, on: &story)
    try story.chain.success(pool, by: alice)
    let one = try settle([try story.receipt(10)], on: &story)
    // Nine answers' matches are more than half of what one brought to the treasury.
    try story.chain.success(many, by: alice)
    #expect(9 * matched > income / 2)
    #expect(story.chain.state.income(of: bob.account).subsidy.baseUnits == income / 2)
    try story.chain.success(one, by: alice)
    #expect(story.chain.state.income(of: bob.account).subsidy.baseUnits == income / 2)
    #expect(story.chain.state.brokenInvariants() == [])
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
    #expect(income.earned.baseUnits == part && income.own == income.earned)
    #expect(income.subsidy == .zero)
    #expect(story.chain.state.balance(of: .subsidyPool) == tokens(1))
    // The server earned its part of another's money.
    let server = story.chain.state.income(of: erin.account)
    #expect(server.earned.baseUnits == 14_850 && server.own == .zero)
  }

  @Test func `an account that one funded and pays through counts as one's own`() throws {
    var story = try released()
    try story.chain.success(pool, by: alice)
    let puppet = Person("bob's puppet")
    let gift = Transfer(to: puppet.account, amount: tokens(2), memo: "")
    try story.chain.success(.transfer(gift), by: bob)
    // Whoever gives later changes nothing.
    let tip = Transfer(to: puppet.account, amount: tokens(1), memo: "")
    try story.chain.success(.transfer(tip), by: carol)
    #expect(story.chain.state.funder(of: puppet.account) == bob.account)
    #expect(story.chain.state.funder(of: carol.account) == nil)

    let open = OpenChannel(
      server: erin.account, signingKey: puppet.key.publicKey, deposit: tokens(1))
    let channel = Identifier<Channel>(
      creator: puppet.account, sequence: try story.chain.success(.openChannel(open), by: puppet))
    var receipt = try story.receipt(1) { $0.channel = channel }
    receipt.order = receipt.order.order.signed(by: puppet.key)
    try settleAndClaim([receipt], on: &story)
    let income = story.chain.state.income(of: bob.account)
    #expect(income.earned.baseUnits == part && income.own == income.earned)
    #expect(income.subsidy == .zero)
  }

  @Test func `the stakers' part counts as the owner's income while it is the owner's`() throws {
    var story = try released()
    func earned() -> UInt128 { story.chain.state.income(of: alice.account).earned.baseUnits }
    func stakersPart() -> UInt128 { story.chain.state.total(of: .adapterStakersPart).baseUnits }
    try settleAndClaim([try story.receipt(1)], on: &story)
    let (whole, part) = (earned(), stakersPart())
    // Base model, adapter and, as nobody stakes, the stakers' part are all alice's.
    let own = [MoveCause.baseModelPart, .adapterOwnerPart, .adapterStakersPart].reduce(0) {
      $0 + story.chain.state.total(of: $1).baseUnits
    }
    #expect(part > 0 && whole == own)

    try story.chain.success(
      .stakeOnRun(StakeOnRun(run: story.run, amount: tokens(1))), by: bob)
    while story.chain.state.stakePool(of: story.run)?.active == .zero {
      try story.chain.pass(blocks: 1)
    }
    try settleAndClaim([try story.receipt(2)], on: &story)
    #expect(stakersPart() == 2 * part)
    #expect(earned() == 2 * whole - part)
  }

  @Test func `an epoch ends by itself, and the next counts its own income`() throws {
    var genesis = Genesis.test
    genesis.parameters.subsidy.epochWindow = Window(milliseconds: 3000, blocks: 2)
    var story = try released(genesis)
    try story.chain.success(pool, by: alice)
    try settleAndClaim([try story.receipt(1)], on: &story)
    let first = try #require(story.chain.state.subsidyEpoch)
    #expect(first.number > 1)
    try story.chain.pass(blocks: 3)
    let next = try #require(story.chain.state.subsidyEpoch)
    #expect(next.number > first.number && next.paid == .zero)
    #expect(next.treasuryIncomeBefore.baseUnits == income)
  }

  @Test func `no vote lets a subsidy outgrow what the treasury gets of the same answers`() {
    var parameters = LedgerParameters()
    parameters.subsidy.matchingShare = .percent(3)
    #expect(parameters.isWithinBounds)
    parameters.subsidy.matchingShare = Share(partsPerBillion: 30_000_001)
    #expect(!parameters.isWithinBounds)
    parameters.subsidy.matchingShare = .percent(3)
    parameters.receipts.split.contributors = .percent(51)
    parameters.receipts.split.server = .percent(14)
    #expect(!parameters.isWithinBounds)
  }
}

@Suite struct SubsidyLawTests {
  /// Whoever pays himself through accounts that nothing connects is consumer, server, owner, staker
  /// and contributor at once; subsidies never make up for what he loses.
  @Test(arguments: UInt64(0)..<8)
  func `paying oneself loses, subsidies included, for any bounded split`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      var parameters = LedgerParameters()
      parameters.receipts.split.treasury = .percent(3 + UInt32(generator.next(below: 5)))
      parameters.receipts.split.contributors = .percent(40 + UInt32(generator.next(below: 20)))
      let rest = FeeSplit.standard
      let others = [rest.validators, rest.baseModel, rest.adapterOwner, rest.adapterStakers]
        .reduce(0) { $0 + $1.partsPerBillion }
      let taken =
        parameters.receipts.split.treasury.partsPerBillion
        + parameters.receipts.split.contributors.partsPerBillion + others
      guard taken <= Share.whole.partsPerBillion else { continue }
      parameters.receipts.split.server = Share(
        partsPerBillion: Share.whole.partsPerBillion - taken)
      parameters.subsidy.matchingShare = Share(
        partsPerBillion: UInt32(generator.next(below: 100_000_000)))
      guard parameters.isWithinBounds else { continue }

      let parts = try parameters.receipts.terms.feeParts(
        tokensIn: UInt32(1000 + generator.next(below: 4000)), tokensOut: 1000,
        rateIn: tokens(1), rateOut: tokens(2))
      let subsidy = try parts.contributors.scaledRoundingDown(
        by: UInt128(parameters.subsidy.matchingShare.partsPerBillion), over: 1_000_000_000)
      // Validators may be his own too; the treasury and the platform never are.
      let lost = parts.treasury.baseUnits + parts.platformFee.baseUnits
      #expect(2 * subsidy.baseUnits <= lost, "seed \(seed)")
    }
  }
}
