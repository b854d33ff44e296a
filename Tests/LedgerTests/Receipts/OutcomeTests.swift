import CanonicalCoding
import Cryptography
@testable import Ledger
import Primitives
import Testing

/// What payers say of answers: shown beside income, dividing none.
@Suite struct OutcomeTests {
  private struct Case {
    var story: Story
    let id: Identifier<Batch>
    let contents: BatchContents

    init(_ numbers: ClosedRange<UInt64> = 1...3) throws {
      var genesis = Genesis.test
      genesis.parameters.receipts.claimWindow = Window(milliseconds: 30_000, blocks: 20)
      story = try Story(genesis)
      (id, contents) = try story.settledBatch(numbers)
    }

    func report(
      _ place: Int, _ outcome: ReceiptOutcome = .accepted, signature: Signature? = nil
    ) -> Message {
      .reportOutcome(
        ReportOutcome(
          batch: id,
          opened: OpenedReceipt(
            leaf: contents.receipts[place], proof: contents.receiptsTree.proof(ofLeaf: place)),
          outcome: outcome, signature: signature))
    }

    func signature(_ place: Int, _ outcome: ReceiptOutcome, by key: SigningKey) -> Signature {
      key.sign(
        ReportOutcome.signedDigest(
          of: outcome, contents.receipts[place].receipt, chain: story.chain.id
        ).bytes)
    }

    func name(_ place: Int) -> BatchLeafName { BatchLeafName(batch: id, leaf: UInt32(place)) }

    var income: AdapterIncome { story.chain.state.income(of: story.adapter) }
    var fee: Amount { contents.receipts[0].fee }
  }

  private func times(_ count: UInt128, _ amount: Amount) -> Amount {
    Amount(baseUnits: count * amount.baseUnits)
  }

  @Test func `what is said while a batch is open counts with its fees once it is final`() throws {
    var test = try Case()
    try test.story.chain.success(test.report(0, .accepted), by: dave)
    try test.story.chain.success(test.report(2, .passed), by: dave)
    #expect(test.story.chain.state.outcome(test.name(0)) == .accepted)
    #expect(test.income == AdapterIncome())
    try test.story.chain.pass(blocks: 14)
    #expect(test.story.chain.state.batch(test.id)?.status == .final)
    var expected = AdapterIncome(fees: times(3, test.fee))
    expected.outcomes = OutcomeTotals(accepted: test.fee, passed: test.fee)
    #expect(test.income == expected)
    // And what is said later at once.
    try test.story.chain.success(test.report(1, .rejected), by: dave)
    expected.outcomes.rejected = test.fee
    #expect(test.income == expected)
    #expect(test.story.chain.state.brokenInvariants() == [])
  }

  @Test func `a receipt has one outcome, of its payer or the key that signs its orders`() throws {
    var test = try Case()
    let signature = test.signature(0, .accepted, by: dave.key)
    let wrong: [(Message, Person)] = [
      (test.report(0), bob),
      (test.report(0, .rejected, signature: signature), bob),
      (test.report(1, .accepted, signature: signature), bob),
      (test.report(0, signature: test.signature(0, .accepted, by: bob.key)), dave),
    ]
    for (message, person) in wrong {
      #expect(
        try test.story.chain.rejection(of: message, by: person) == .receipt(.notPayer))
    }
    try test.story.chain.success(test.report(0, signature: signature), by: bob)
    #expect(
      try test.story.chain.rejection(of: test.report(0, .rejected), by: dave)
        == .receipt(.outcomeGiven))
  }

  @Test func `only a leaf in its place is spoken of, in a batch that is not void`() throws {
    var test = try Case()
    var other = test.contents.receipts[0]
    other.fee = tokens(1)
    let moved = OpenedReceipt(leaf: other, proof: test.contents.receiptsTree.proof(ofLeaf: 0))
    let message = ReportOutcome(batch: test.id, opened: moved, outcome: .accepted, signature: nil)
    #expect(
      try test.story.chain.rejection(of: .reportOutcome(message), by: dave)
        == .receipt(.leafNotOpened))
    var state = LedgerState(over: test.story.chain.state)
    try state.void(test.id)
    test.story.chain.edit(state)
    #expect(
      try test.story.chain.rejection(of: test.report(0), by: dave) == .receipt(.batchNotOpen))
  }

  @Test func `a void receipt's outcome counts for nothing, and it has none later`() throws {
    var test = try Case()
    try test.story.chain.success(test.report(0), by: dave)
    try test.story.chain.success(test.report(1), by: dave)
    let leaf = test.contents.receipts[1]
    var state = LedgerState(over: test.story.chain.state)
    try state.voidReceipt(
      test.name(1),
      ReceiptPart(
        channel: test.story.channel, adapter: test.story.adapter, receipt: leaf.receipt,
        fee: leaf.fee, payouts: leaf.payouts, refund: leaf.refund))
    test.story.chain.edit(state)
    #expect(test.story.chain.state.outcome(test.name(1)) == nil)
    #expect(
      try test.story.chain.rejection(of: test.report(1), by: dave) == .receipt(.provedWrong))
    try test.story.chain.pass(blocks: 14)
    #expect(test.income.outcomes == OutcomeTotals(accepted: test.fee))
    #expect(test.income.fees == times(2, test.fee))
  }

  @Test func `outcomes are taken for a claim window, then forgotten, and the sums stay`() throws {
    var test = try Case()
    try test.story.chain.success(test.report(0), by: dave)
    try test.story.chain.pass(blocks: 14)
    let before = test.income
    try test.story.chain.pass(blocks: 20)
    #expect(test.story.chain.state.outcome(test.name(0)) == nil)
    #expect(
      try test.story.chain.rejection(of: test.report(1), by: dave) == .receipt(.outcomeLate))
    #expect(test.income == before && test.income.outcomes.accepted == test.fee)
  }

  @Test func `what an adapter's owner says of his own answers counts as own`() throws {
    var test = try Case()
    let key = StateKey<AdapterRecord>.adapter(test.story.adapter)
    var adapter = try #require(test.story.chain.state.record(key))
    adapter.owner = dave.account
    test.story.chain.apply([StateWrite(key: key.bytes, value: adapter.canonicalBytes)])
    try test.story.chain.success(test.report(0), by: dave)
    try test.story.chain.pass(blocks: 14)
    #expect(test.income.own == times(3, test.fee))
    #expect(test.income.outcomes == OutcomeTotals(accepted: test.fee, own: test.fee))
  }
}
