import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct ReceiptRulesTests {
  @Test func `every unit of a fee lands on a named holder`() throws {
    var story = try Story()
    let before = story.chain.state
    let settled = try story.receipt(1)
    try story.chain.success(story.settle([settled]), by: erin)
    let after = story.chain.state
    // ⌈31·1000003/1000⌉ + ⌈17·4000007/1000⌉ = 31001 + 68001
    let price: UInt128 = 99_002
    #expect(after.receipt(settled.receipt)?.fee.baseUnits == price + 77)

    func gain(_ holder: Holder) -> Int128 {
      Int128(after.balance(of: holder).baseUnits) - Int128(before.balance(of: holder).baseUnits)
    }
    let fee = Int128(TestChain.fee.baseUnits)
    // 3 % = 2970.06, 7 % = 6930.14, 5 % = 4950.1, 15 % = 14850.3, 50 % = 49501: two units are
    // left over, and go to the largest remainders, the adapter's owner and the server.
    #expect(gain(.treasury) == 77 + 2970)
    #expect(gain(.validators) == 6930 + fee)
    #expect(gain(.account(alice.account)) == 4950 + 14851 + 4950)
    #expect(gain(.account(erin.account)) == 14850 - fee)
    #expect(gain(.contributorEscrow(story.run)) == 33000)
    #expect(settled.refund.baseUnits == 16501)
    #expect(gain(.channelEscrow(story.channel)) == -Int128(price + 77) + 16501)
    #expect(gain(.feePool) == 0)
    #expect(after.auditSupply() && after.auditAnswerFees())
  }

  @Test func `contributors are paid when the epoch's set is revealed and the window over`() throws {
    var story = try Story()
    try story.chain.success(story.settle([try story.receipt(1)]), by: erin)
    let epoch = EpochName(datanet: story.datanet, epoch: 1)
    let before = story.chain.state.balance(of: .account(bob.account))
    try story.chain.pass(blocks: 20)
    #expect(story.chain.state.claims(of: epoch).map(\.amount.baseUnits) == [33000])

    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.chain.pass(blocks: 9)
    #expect(story.chain.state.balance(of: .account(bob.account)) == before)
    let executed = try story.chain.block()
    #expect(executed.endEvents.map(\.kind) == [.claimPaid])
    #expect(
      story.chain.state.balance(of: .account(bob.account)).baseUnits == before.baseUnits + 33000)
    #expect(story.chain.state.claims(of: epoch).isEmpty)

    // What is settled later is paid in the same block.
    try story.chain.success(story.settle([try story.receipt(2)]), by: erin)
    #expect(
      story.chain.state.balance(of: .account(bob.account)).baseUnits == before.baseUnits + 66000)
  }

  @Test func `a batch settles whole or not at all`() throws {
    var story = try Story()
    var bad = try story.receipt(2)
    bad.refund = .zero
    #expect(
      try story.chain.rejection(of: story.settle([try story.receipt(1), bad]), by: erin)
        == .receipt(.wrongSum))
    try story.chain.success(story.settle([try story.receipt(1), try story.receipt(2)]), by: erin)
    #expect(story.chain.state.channel(story.channel)?.lastNumber == 2)
  }

  @Test func `an order binds chain, channel, terms and maximum`() throws {
    var story = try Story()
    func rejection(_ edit: (inout Order) -> Void) throws -> Rejection? {
      try story.chain.rejection(
        of: story.settle([try story.receipt(1, edit: edit)]), by: erin)
    }
    #expect(try rejection { $0.chain = Identifier(digest("fork")) } == .receipt(.wrongChannel))
    #expect(try rejection { $0.channel = Identifier(digest("none")) } == .receipt(.wrongChannel))
    #expect(try rejection { $0.number = 0 } == .receipt(.numberUsed))
    #expect(
      try rejection { $0.expiry = BlockTime(milliseconds: 1) } == .receipt(.orderExpired))
    #expect(
      try rejection { $0.adapter = Identifier(digest("none")) } == .receipt(.adapterNotFound))
    #expect(try rejection { $0.rateIn = Amount(baseUnits: 1) } == .receipt(.wrongRates))
    #expect(try rejection { $0.split = digest("kinder split") } == .receipt(.wrongSplit))
    #expect(
      try rejection { $0.maximumFee = Amount(baseUnits: 99_078) } == .receipt(.feeAboveMaximum))
  }

  @Test func `only the payer's signature over these very terms counts`() throws {
    var story = try Story()
    var settled = try story.receipt(1)
    settled.order.order.maximumFee = tokens(1)
    #expect(
      try story.chain.rejection(of: story.settle([settled]), by: erin)
        == .receipt(.badOrderSignature))
    settled = try story.receipt(1)
    settled.order = settled.order.order.signed(by: erin.key)
    #expect(
      try story.chain.rejection(of: story.settle([settled]), by: erin)
        == .receipt(.badOrderSignature))
    #expect(
      try story.chain.rejection(of: story.settle([try story.receipt(1)]), by: bob)
        == .receipt(.notServer))
    #expect(try story.chain.rejection(of: story.settle([]), by: erin) == .receipt(.batchEmpty))
  }

  @Test func `nothing settles twice, neither a receipt nor an order's number`() throws {
    var story = try Story()
    try story.chain.success(story.settle([try story.receipt(5)]), by: erin)
    #expect(
      try story.chain.rejection(of: story.settle([try story.receipt(5)]), by: erin)
        == .receipt(.alreadySettled))
    #expect(
      try story.chain.rejection(of: story.settle([try story.receipt(4)]), by: erin)
        == .receipt(.numberUsed))
  }

  @Test func `payouts go to improving contributors and sum to their part`() throws {
    var story = try Story()
    func rejection(_ edit: (inout SettledReceipt) -> Void) throws -> Rejection? {
      var settled = try story.receipt(1)
      edit(&settled)
      return try story.chain.rejection(of: story.settle([settled]), by: erin)
    }
    #expect(
      try rejection { $0.payouts[0].account = carol.account } == .receipt(.payoutToStranger))
    #expect(try rejection { $0.payouts[0].account = erin.account } == .receipt(.payoutToStranger))
    #expect(try rejection { $0.payouts += $0.payouts } == .receipt(.payoutsUnsorted))
    #expect(try rejection { $0.payouts[0].amount = .zero } == .receipt(.payoutsUnsorted))
    #expect(try rejection { $0.payouts = [] } == .receipt(.wrongSum))
    #expect(
      try rejection { $0.refund = Amount(baseUnits: .max) } == .receipt(.wrongSum))
    #expect(try rejection { $0.tokensOut = 18 } == .receipt(.wrongSum))
  }

  @Test func `an empty channel pays for nothing`() throws {
    var story = try Story()
    let empty = Identifier<Channel>(
      creator: dave.account,
      sequence: try story.chain.success(
        .openChannel(
          OpenChannel(server: erin.account, signingKey: dave.key.publicKey, deposit: .zero)),
        by: dave))
    let settled = try story.receipt(1) { $0.channel = empty }
    let batch = SettleReceipts(channel: empty, receipts: [settled])
    #expect(
      try story.chain.rejection(of: .settleReceipts(batch), by: erin)
        == .receipt(.escrowTooSmall))
  }
}

@Suite struct FeePartsTests {
  @Test(arguments: UInt64(0)..<200)
  func `the parts of any fee sum to it`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let parts = try Genesis.testParameters.feeParts(
      tokensIn: UInt32(generator.next(below: 100_000)),
      tokensOut: UInt32(generator.next(below: 100_000)),
      rateIn: Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 30)),
      rateOut: Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 30)))
    let all = [
      parts.platformFee, parts.treasury, parts.validators, parts.baseModel, parts.adapterOwner,
      parts.server, parts.adapterStakers, parts.contributors,
    ]
    #expect(all.reduce(0) { $0 + $1.baseUnits } == parts.fee.baseUnits)
  }

  @Test func `a split outside the bounds of genesis is refused`() {
    var split = FeeSplit.standard
    #expect(split.isWithinBounds)
    split.server = .percent(16)
    #expect(!split.isWithinBounds)
    split = .standard
    split.treasury = .percent(2)
    split.validators = .percent(8)
    #expect(!split.isWithinBounds)
    split = .standard
    split.contributors = .percent(39)
    split.server = .percent(26)
    #expect(!split.isWithinBounds)
    split = .standard
    split.validators = .percent(13)
    split.server = .percent(9)
    #expect(!split.isWithinBounds)
  }
}
