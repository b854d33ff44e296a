import AttributionRules
import CanonicalCoding
import Cryptography
@testable import Ledger
import Primitives
import Testing

/// What is wrong with one receipt's order, fee or leaf voids that receipt, and nothing else.
@Suite struct VoidReceiptTests {
  private typealias Lie = @Sendable (inout BatchContents) -> Void

  /// Orders another order in the place of the second receipt's.
  private static func reorder(
    by person: Person = dave, _ edit: @escaping @Sendable (inout Order) -> Void = { _ in }
  ) -> Lie {
    { contents in
      var order = contents.orders[1].order
      edit(&order)
      contents.orders[1] = order.signed(by: person.key)
      contents.receipts[1].order = contents.orders[1].digest
    }
  }

  /// Lets the sums of a batch's only draw follow from its leaves.
  private static func sum(_ contents: inout BatchContents) {
    var last: ReceiptLeaf?
    for place in contents.receipts.indices {
      var leaf = contents.receipts[place]
      leaf.feeSum = leaf.fee + (last?.feeSum ?? .zero)
      leaf.payoutsSum = leaf.payouts + (last?.payoutsSum ?? .zero)
      leaf.refundSum = leaf.refund + (last?.refundSum ?? .zero)
      contents.receipts[place] = leaf
      last = leaf
    }
  }

  private static let one = Amount(baseUnits: 1)

  private static let lies: [(fault: BatchFault, place: Int, lie: Lie)] = [
    (.orderNotSigned, 1, reorder(by: erin)), (.orderDiffers, 1, reorder { $0.number = 9 }),
    (.orderExpired, 1, reorder { $0.expiry = BlockTime(milliseconds: 1) }),
    (.termsDiffer, 1, reorder { $0.rateOut = $0.rateOut + one }),
    (.feeWrong, 1, reorder { $0.maximumFee = one }),
    (
      .feeWrong, 1,
      { contents in
        contents.receipts[1].fee = contents.receipts[1].fee + one
        sum(&contents)
      }
    ),
    (
      .feeWrong, 1,
      { contents in
        contents.receipts[1].refund = contents.receipts[1].refund + one
        sum(&contents)
      }
    ),
    (.receiptSumWrong, 0, { $0.receipts[0].feeSum = $0.receipts[0].feeSum + one }),
    (.receiptMisplaced, 0, { $0.receipts[0].number = 0 }),
    (.receiptsUnsorted, 1, { $0.receipts[1].number = 1 }),
    (.orderDiffers, 1, { $0.receipts[1].number = 1 }),
  ]

  /// The step between two sums, which is what a leaf takes of the batch's money.
  private func fee(_ place: Int, of batch: DisputedBatch) -> Amount {
    let leaves = batch.contents.receipts
    return place == 0 ? leaves[0].feeSum : leaves[place].feeSum - leaves[place - 1].feeSum
  }

  private func evidence(_ fault: BatchFault, _ place: Int, in batch: DisputedBatch) -> BatchEvidence
  {
    switch fault {
    case .receiptSumWrong, .receiptMisplaced: .receipt(batch.opened(place))
    case .receiptsUnsorted:
      .adjacentReceipts(first: batch.opened(place - 1), second: batch.opened(place))
    default: .order(opened: batch.opened(place), order: batch.contents.orders[place])
    }
  }

  private func proof(_ evidence: BatchEvidence, of batch: DisputedBatch, _ story: DisputeStory)
    throws -> Message
  {
    let record = try #require(story.chain.state.batch(batch.id))
    return batch.proof(batch.contents.proof(evidence, in: record))
  }

  @Test func `what is wrong with one receipt voids it alone: the others pay, and so does the bond`()
    throws
  {
    let start = try DisputeStory()
    var honest = start
    let expected = try honest.paid(try honest.batch())
    for (fault, place, lie) in Self.lies {
      var story = start
      let batch = try story.batch(inContents: lie)
      let shown = evidence(fault, place, in: batch)
      let judge = try #require(BatchJudge(of: batch.id, in: story.chain.state))
      #expect(judge.fault(shownBy: shown) == fault)
      try story.chain.success(try proof(shown, of: batch, story), by: alice)
      #expect(
        try story.chain.rejection(of: try proof(shown, of: batch, story), by: alice)
          == .dispute(.alreadyCorrected), "\(fault)")
      for leaf in 0..<3 {
        let name = BatchLeafName(batch: batch.id, leaf: UInt32(leaf))
        let isVoid = story.chain.state.record(.voidReceipt(name)) == true
        #expect(isVoid == (leaf == place), "\(fault)")
      }
      #expect(story.chain.state.brokenInvariants() == [], "\(fault)")
      let kept = (0..<3).filter { $0 != place }
      let held = kept.reduce(Amount.zero) { $0 + fee($1, of: batch) }
      #expect(story.balance(.channelEscrow(story.story.channel)) + held == tokens(1), "\(fault)")
      let paid = try story.paid(batch)
      // Contributors have what the leaves say; of the payer's refunds those of the two that stand.
      #expect(Array(paid.prefix(2)) == Array(expected.prefix(2)), "\(fault)")
      let refunds = kept.reduce(Amount.zero) { $0 + batch.contents.receipts[$1].refund }
      #expect(paid[2] + held == tokens(1) + refunds, "\(fault)")
    }
  }

  @Test func `every lie about one receipt is found, and nothing is found when it is void`() throws {
    let start = try DisputeStory()
    for (fault, _, lie) in Self.lies {
      var story = start
      let batch = try story.batch(inContents: lie)
      var voided = 0
      while let finding = try story.search(batch).faultOfContents(), voided < 4 {
        try story.chain.success(finding.message, by: bob)
        voided += 1
      }
      #expect(voided > 0 && voided < 4, "\(fault)")
      #expect(story.chain.state.batch(batch.id)?.status == .open, "\(fault)")
    }
  }

  @Test func `of two receipts of one order the later is void, once`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(inContents: { contents in
      contents.receipts[1].number = contents.receipts[0].number
      contents.receipts[1].order = contents.receipts[0].order
      contents.orders[1] = contents.orders[0]
    })
    let twice = BatchEvidence.sameNumber(one: batch.opened(1), other: batch.opened(0))
    try story.chain.success(try proof(twice, of: batch, story), by: alice)
    let name = BatchLeafName(batch: batch.id, leaf: 1)
    #expect(story.chain.state.record(.voidReceipt(name)) == true)
    #expect(
      try story.chain.rejection(of: try proof(twice, of: batch, story), by: alice)
        == .dispute(.alreadyCorrected))
  }

  @Test func `a document that says something else than its leaf voids it`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(inContents: { $0.receipts[1].tokensOut += 1 })
    let findings = try story.findings(in: batch)
    #expect(findings.map(\.code) == [BatchFault.documentDiffers.rawValue])
    try story.chain.success(try #require(findings.first).message, by: alice)
    let name = BatchLeafName(batch: batch.id, leaf: 1)
    #expect(story.chain.state.record(.voidReceipt(name)) == true)
    #expect(try story.findings(in: batch).allSatisfy { $0.code != "batch_document_differs" })
  }

  @Test func `the leaf before is shown just if there is one in the draw`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(inContents: Self.reorder(by: erin))
    let shown = evidence(.orderNotSigned, 1, in: batch)
    for before in [nil, batch.opened(1), batch.opened(2)] {
      let proof = batch.proof(.arithmetic(shown: shown, before: before))
      #expect(try story.chain.rejection(of: proof, by: alice) == .dispute(.notOpened))
    }
    try story.chain.success(
      batch.proof(.arithmetic(shown: shown, before: batch.opened(0))), by: alice)
  }

  @Test func `a sum that falls leaves no way to know, and voids the batch`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(inContents: { $0.receipts[1].feeSum = .zero })
    let shown = BatchEvidence.adjacentReceipts(first: batch.opened(0), second: batch.opened(1))
    try story.chain.success(try proof(shown, of: batch, story), by: alice)
    #expect(story.chain.state.batch(batch.id)?.status == .voided)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `contributors get by uplift what a wrong fee left them short of`() throws {
    let start = try DisputeStory()
    var honest = start
    let expected = try honest.paid(try honest.batch())
    var story = start
    let batch = try story.batch(inContents: { $0.receipts[1].tokensOut += 20 })
    let right = try Genesis.testParameters.receipts.terms.feeParts(
      of: batch.contents.orders[1].order, tokensIn: 31, tokensOut: 37)
    let short = right.contributors - batch.receipts[1].payouts.reduce(.zero) { $0 + $1.amount }
    try story.chain.success(
      try proof(evidence(.feeWrong, 1, in: batch), of: batch, story), by: alice)
    #expect(story.chain.state.brokenInvariants() == [])
    let paid = try story.paid(batch)
    #expect(paid[0] + paid[1] == expected[0] + expected[1] + short)
  }

  @Test func `a receipt that waits to be put right is void instead`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift, inContents: Self.reorder(by: erin))
    let rows = try batch.receipts[1].evidence.influence.records.map { try story.opened($0.record) }
    let payouts = batch.proof(
      .payouts(
        opened: batch.opened(1), receipt: batch.receipts[1], rows: rows,
        passages: try story.rows(of: batch.receipts[1].evidence.retrieval)))
    try story.chain.success(payouts, by: alice)
    #expect(story.struck(1, of: batch) != nil)
    try story.chain.success(
      try proof(evidence(.orderNotSigned, 1, in: batch), of: batch, story), by: bob)
    #expect(story.struck(1, of: batch) == nil)
    #expect(try story.chain.rejection(of: payouts, by: carol) == .dispute(.alreadyCorrected))
    _ = try story.paid(batch)
  }

  @Test func `a payer has the fee back whatever a correction had made of the refund`() throws {
    var story = try Story()
    let before = story.chain.state.balance(of: .channelEscrow(story.channel))
    let (id, contents) = try story.settledBatch(1...2)
    let leaf = contents.receipts[0]
    let paid = leaf.payouts
    let name = BatchLeafName(batch: id, leaf: 0)
    let wrong = RightPayouts(
      payouts: [Payout(account: bob.account, amount: paid)], refund: leaf.refund)
    let right = RightPayouts(
      payouts: [Payout(account: bob.account, amount: paid + Self.one)],
      refund: leaf.refund - Self.one)
    var state = LedgerState(over: story.chain.state)
    try state.correct(
      name,
      DisputedPayouts(channel: story.channel, adapter: story.adapter, wrong: wrong, right: right))
    let part = ReceiptPart(
      channel: story.channel, adapter: story.adapter, receipt: leaf.receipt, fee: leaf.fee,
      payouts: paid, refund: leaf.refund)
    try state.voidReceipt(name, part)
    story.chain.edit(state)
    #expect(story.chain.state.brokenInvariants() == [])
    try story.chain.pass(blocks: 20)
    #expect(story.chain.state.batch(id)?.status == .final)
    // Of the other receipt the payer has the refund, and of this one all.
    let other = contents.receipts[1]
    #expect(
      story.chain.state.balance(of: .channelEscrow(story.channel)) + other.fee
        == before + other.refund)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a batch of which a receipt is void can be voided as a whole`() throws {
    var story = try Story()
    let before = story.chain.state.balance(of: .channelEscrow(story.channel))
    let (id, contents) = try story.settledBatch(1...3)
    let due = story.chain.state.openContributorMoney(of: erin.account)
    let leaf = contents.receipts[1]
    var state = LedgerState(over: story.chain.state)
    try state.voidReceipt(
      BatchLeafName(batch: id, leaf: 1),
      ReceiptPart(
        channel: story.channel, adapter: story.adapter, receipt: leaf.receipt, fee: leaf.fee,
        payouts: leaf.payouts, refund: leaf.refund))
    try state.void(id)
    story.chain.edit(state)
    #expect(story.chain.state.balance(of: .channelEscrow(story.channel)) == before)
    #expect(story.chain.state.balance(of: .contributorEscrow(story.run)) == due)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `what no bond covers voids the batch`() throws {
    var story = try Story()
    let (id, contents) = try story.settledBatch(1...2)
    let leaf = contents.receipts[1]
    var state = LedgerState(over: story.chain.state)
    try state.move(
      state.balance(of: .serverBond(erin.account)), from: .serverBond(erin.account),
      to: .treasury, for: .serverBond)
    try state.voidReceipt(
      BatchLeafName(batch: id, leaf: 1),
      ReceiptPart(
        channel: story.channel, adapter: story.adapter, receipt: leaf.receipt, fee: leaf.fee,
        payouts: leaf.payouts, refund: leaf.refund))
    #expect(state.batch(id)?.status == .voided)
  }
}
