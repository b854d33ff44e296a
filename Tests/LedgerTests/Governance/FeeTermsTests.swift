import Cryptography
import Ledger
import Primitives
import Testing

/// A vote replaces platform fee and split while orders are open.
@Suite struct FeeTermsTests {
  private static let former = Genesis.testParameters.receipts.terms

  private static let receipts: ReceiptParameters = {
    var receipts = GovernanceFixture.receipts
    receipts.platformFee = Amount(baseUnits: 990)
    return receipts
  }()

  /// The story of an adapter, on a chain with validators and a server's bond, on which the vote has
  /// just come into force.
  private func changed() throws -> Story {
    var story = try Story(GovernanceFixture.genesis)
    try story.bondServer()
    for person in [alice, bob] {
      try story.chain.success(
        .createValidator(StakingFixture.creation(by: person)), by: person)
    }
    let proposal = try story.chain.submit(GovernanceFixture.change(.receipts(Self.receipts)))
    for person in [alice, bob] { try story.chain.vote(.yes, on: proposal, by: person) }
    for _ in 0..<40 where story.chain.state.parameters?.receipts != Self.receipts {
      try story.chain.block()
    }
    #expect(story.chain.status(of: proposal) == .accepted)
    return story
  }

  /// A receipt under the new terms.
  private func newReceipt(_ number: UInt64, of story: Story) throws -> SettledReceipt {
    var receipt = try story.receipt(number) { $0.terms = Self.receipts.terms.digest }
    let pool = try Self.receipts.terms.feeParts(
      of: receipt.order.order, tokensIn: receipt.tokensIn, tokensOut: receipt.tokensOut
    ).contributors
    receipt.refund = try pool.subtracting(receipt.payouts[0].amount)
    return receipt
  }

  private func contents(
    _ receipts: [SettledReceipt], under terms: FeeTerms, of story: Story
  ) throws -> BatchContents {
    var builder = SettlementBatchBuilder(terms: terms)
    let channel = try #require(story.chain.state.channel(story.channel))
    for receipt in receipts { try builder.add(receipt, on: channel) }
    return try builder.finish()
  }

  @Test func `orders of former terms settle by them during their notice, then never`() throws {
    var story = try changed()
    let treasury = story.chain.state.balance(of: .treasury).baseUnits
    let old = try contents([try story.receipt(1)], under: Self.former, of: story)
    let new = try contents(
      [try newReceipt(2, of: story)], under: Self.receipts.terms, of: story)
    try story.chain.success(.settleBatch(old.message), by: erin)
    try story.chain.success(.settleBatch(new.message), by: erin)
    try story.passWindow()
    // Of a price of 99,002: 77 and 3 % by the former terms, 990 and 3 % by the new ones.
    #expect(old.draws[0].fee.baseUnits == 99_079 && new.draws[0].fee.baseUnits == 99_992)
    #expect(
      story.chain.state.balance(of: .treasury).baseUnits == treasury + 77 + 990 + 2 * 2970)
    // Contributors' parts are 50 % and 55 %.
    #expect(old.draws[0].payouts.baseUnits + old.draws[0].refund.baseUnits == 49_501)
    #expect(new.draws[0].payouts.baseUnits + new.draws[0].refund.baseUnits == 54_451)
    #expect(story.chain.state.brokenInvariants() == [])

    let retired = try #require(
      story.chain.state.record(StateKey<RetiredTerms>.retiredTerms(Self.former.digest)))
    let late = try contents([try story.receipt(3)], under: Self.former, of: story).message
    while story.chain.nextTime <= retired.settledUntil { try story.chain.block() }
    #expect(
      try story.chain.rejection(of: .settleBatch(late), by: erin) == .receipt(.termsNotSettled))
    // What an old receipt was divided by can be looked up for good.
    #expect(story.chain.state.feeTerms(Self.former.digest) == Self.former)
    try story.chain.success(
      .settleBatch(
        try contents([try newReceipt(3, of: story)], under: Self.receipts.terms, of: story).message
      ), by: erin)
  }

  @Test func `the last block of the notice still settles`() throws {
    var story = try changed()
    let retired = try #require(
      story.chain.state.record(StateKey<RetiredTerms>.retiredTerms(Self.former.digest)))
    let message = try contents([try story.receipt(1)], under: Self.former, of: story).message
    story.chain.stepInMilliseconds =
      retired.settledUntil.milliseconds - story.chain.head.header.time.milliseconds
    try story.chain.success(.settleBatch(message), by: erin)
  }

  @Test func `terms that no vote ever made settle nothing`() throws {
    var story = try Story()
    try story.bondServer()
    for terms in [
      FeeTerms(platformFee: .zero, split: .standard),
      FeeTerms(platformFee: Self.former.platformFee, split: Self.receipts.split),
    ] {
      let message = try contents([try story.receipt(1)], under: terms, of: story).message
      #expect(
        try story.chain.rejection(of: .settleBatch(message), by: erin)
          == .receipt(.termsNotSettled))
    }
  }

  @Test func `an order in a batch of other terms is a fault, whichever part of them differs`()
    throws
  {
    var story = try changed()
    // The server settles by the former terms what was ordered under the new ones.
    var receipt = try story.receipt(1) { $0.terms = Self.receipts.terms.digest }
    receipt.order = receipt.order.order.signed(by: dave.key)
    let contents = try contents([receipt], under: Self.former, of: story)
    let sequence = try story.chain.success(.settleBatch(contents.message), by: erin)
    let id = Identifier<Batch>(creator: erin.account, sequence: sequence)
    let judge = try #require(BatchJudge(of: id, in: story.chain.state))
    #expect(contents.allEvidence.compactMap { judge.fault(shownBy: $0) } == [.termsDiffer])
    #expect(
      FeeTerms(platformFee: .zero, split: Self.former.split).digest != Self.former.digest)
  }
}
