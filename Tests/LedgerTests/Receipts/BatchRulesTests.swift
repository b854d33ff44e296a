import CanonicalCoding
import Cryptography
@testable import Ledger
import Primitives
import Testing

extension TestChain {
  /// Changes the state as some rule did that no message reaches.
  mutating func edit(_ state: LedgerState) { apply(state.overlay.writes) }
}

@Suite struct BatchRulesTests {
  private func gain(_ holder: Holder, _ before: InMemoryState, _ after: InMemoryState) -> Int128 {
    Int128(after.balance(of: holder).baseUnits) - Int128(before.balance(of: holder).baseUnits)
  }

  @Test func `the money of a batch waits in its escrow until the window is over`() throws {
    var story = try Story()
    try story.chain.success(
      .depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    let before = story.chain.state
    let (id, contents) = try story.settledBatch(1...4)
    #expect(contents.draws.map(\.fee.baseUnits) == [4 * 99_079])
    #expect(story.chain.state.balance(of: .batchEscrow(id)).baseUnits == 4 * 99_079)
    #expect(story.chain.state.channel(story.channel)?.lastNumber == 4)
    #expect(story.chain.state.openContributorMoney(of: erin.account).baseUnits == 4 * 49_501)

    try story.chain.pass(blocks: 9)
    #expect(story.chain.state.batch(id)?.status == .open)
    try story.chain.pass(blocks: 1)
    let after = story.chain.state
    #expect(after.batch(id)?.status == .final)
    // Rounded once: 3, 7, 5, 15, 15 and 5 parts of 50 of 198,004.
    #expect(gain(.treasury, before, after) == 4 * 77 + 11_880)
    #expect(gain(.account(alice.account), before, after) == 19_801 + 59_401 + 19_800)
    #expect(gain(.contributorEscrow(story.run), before, after) == 4 * 33_000)
    #expect(
      gain(.channelEscrow(story.channel), before, after) == -4 * Int128(99_079) + 4 * 16_501)
    #expect(after.balance(of: .batchEscrow(id)) == .zero)
    #expect(after.openContributorMoney(of: erin.account) == .zero)
    #expect(after.brokenInvariants() == [])
  }

  @Test func `a dispute keeps a batch open, and its end lets it become final`() throws {
    var story = try Story()
    let (id, _) = try story.settledBatch(1...2)
    var state = LedgerState(over: story.chain.state)
    state.freeze(id)
    story.chain.edit(state)
    try story.chain.pass(blocks: 20)
    #expect(story.chain.state.batch(id)?.status == .open)
    state = LedgerState(over: story.chain.state)
    state.thaw(id)
    story.chain.edit(state)
    try story.chain.pass(blocks: 1)
    #expect(story.chain.state.batch(id)?.status == .final)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test
  func `a voided batch returns every unit to its channels, and the bond pays its contributors`()
    throws
  {
    var story = try Story()
    let before = story.chain.state.balance(of: .channelEscrow(story.channel))
    let (id, _) = try story.settledBatch(1...3)
    let due = story.chain.state.openContributorMoney(of: erin.account)
    let bond = story.chain.state.balance(of: .serverBond(erin.account))
    var state = LedgerState(over: story.chain.state)
    try state.void(id)
    story.chain.edit(state)
    #expect(story.chain.state.batch(id)?.status == .voided)
    #expect(story.chain.state.balance(of: .channelEscrow(story.channel)) == before)
    try story.passWindow()
    #expect(story.chain.state.batch(id)?.status == .voided)
    // Contributors are paid out of the bond of whoever settled it.
    #expect(story.chain.state.balance(of: .contributorEscrow(story.run)) == due)
    #expect(story.chain.state.balance(of: .serverBond(erin.account)) + due == bond)
    #expect(story.chain.state.brokenInvariants() == [])
    #expect(throws: Rejection.receipt(.batchNotOpen)) {
      var state = LedgerState(over: story.chain.state)
      try state.void(id)
    }
  }

  @Test func `what comes back for a closed channel goes to its payer`() throws {
    var story = try Story()
    let (id, _) = try story.settledBatch(1...2)
    try story.chain.success(.closeChannel(CloseChannel(channel: story.channel)), by: dave)
    try story.chain.pass(blocks: 5)
    #expect(story.chain.state.channel(story.channel)?.status == .closed)
    let before = story.chain.state.balance(of: .account(dave.account)).baseUnits
    try story.chain.pass(blocks: 5)
    #expect(story.chain.state.batch(id)?.status == .final)
    #expect(
      story.chain.state.balance(of: .account(dave.account)).baseUnits == before + 2 * 16_501)
    #expect(story.chain.state.balance(of: .channelEscrow(story.channel)) == .zero)
  }

  @Test func `a correction pays the wronged and keeps as much from the others`() throws {
    var story = try Story()
    let (id, contents) = try story.settledBatch(1...2)
    let payouts = contents.receipts[0].payouts
    let less = Amount(baseUnits: payouts.baseUnits - 1000)
    var state = LedgerState(over: story.chain.state)
    try state.correct(
      BatchCorrection(
        batch: id, channel: story.channel, adapter: story.adapter,
        wrong: [Payout(account: bob.account, amount: payouts)], wrongRefund: Amount(baseUnits: 9),
        right: [
          Payout(account: bob.account, amount: less),
          Payout(account: carol.account, amount: Amount(baseUnits: 600)),
        ], rightRefund: Amount(baseUnits: 409)))
    story.chain.edit(state)
    #expect(story.chain.state.brokenInvariants() == [])
    let epoch = EpochName(datanet: story.datanet, epoch: 1)
    #expect(story.chain.state.claims(of: epoch).map(\.amount.baseUnits) == [600])
    try story.passWindow()
    #expect(story.chain.state.batch(id)?.status == .final)
    #expect(
      story.chain.state.balance(of: .contributorEscrow(story.run)).baseUnits
        == 2 * payouts.baseUnits - 400)
    let name = BatchAdapterName(batch: id, adapter: story.adapter)
    #expect(
      story.chain.state.batchAmounts(name)?.unclaimed.baseUnits == 2 * payouts.baseUnits - 1000)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `open contributor money is at most the audit rate's share of the bond`() throws {
    var story = try Story()
    let message = try story.contents([try story.receipt(1), try story.receipt(2)]).message
    #expect(
      try story.chain.rejection(of: .settleBatch(message), by: erin) == .receipt(.bondTooSmall))
    // Twice 49,501 of contributors' money, divided by 5 %.
    let enough: UInt128 = 2 * 49_501 * 20
    try story.chain.success(
      .depositServerBond(DepositServerBond(amount: Amount(baseUnits: enough - 1))), by: erin)
    #expect(
      try story.chain.rejection(of: .settleBatch(message), by: erin) == .receipt(.bondTooSmall))
    try story.chain.success(
      .depositServerBond(DepositServerBond(amount: Amount(baseUnits: 1))), by: erin)
    try story.chain.success(.settleBatch(message), by: erin)
    let withdraw = Message.withdrawServerBond(WithdrawServerBond(amount: Amount(baseUnits: 1)))
    #expect(try story.chain.rejection(of: withdraw, by: erin) == .receipt(.bondTooSmall))
    try story.passWindow()
    try story.chain.success(withdraw, by: erin)
    #expect(
      try story.chain.rejection(
        of: .withdrawServerBond(WithdrawServerBond(amount: Story.bond)), by: erin)
        == .account(.insufficientBalance))
  }

  @Test func `totals that no receipts have are refused`() throws {
    var story = try Story()
    try story.chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    let good = try story.contents(try (1...3).map { try story.receipt($0) }).message
    func rejection(_ edit: (inout SettleBatch) -> Void) throws -> Rejection? {
      var message = good
      edit(&message)
      return try story.chain.rejection(of: .settleBatch(message), by: erin)
    }
    func raised(_ amount: Amount, by units: UInt128) -> Amount {
      Amount(baseUnits: amount.baseUnits + units)
    }
    #expect(try rejection { $0.draws = [] } == .receipt(.batchEmpty))
    #expect(try rejection { $0.draws += $0.draws } == .receipt(.drawsUnsorted))
    #expect(try rejection { $0.amounts = [] } == .receipt(.amountsMismatch))
    #expect(try rejection { $0.amounts[0].leafCount = 0 } == .receipt(.totalsImpossible))
    #expect(try rejection { $0.amounts[0].leafCount = 769 } == .receipt(.totalsImpossible))
    #expect(try rejection { $0.draws[0].receiptCount = 0 } == .receipt(.batchEmpty))
    #expect(try rejection { $0.draws[0].receiptCount = 4 } == .receipt(.numberUsed))
    #expect(try rejection { $0.draws[0].receiptCount = .max } == .receipt(.batchTooLarge))
    #expect(try rejection { $0.draws[0].highestNumber = 2 } == .receipt(.numberUsed))
    #expect(try rejection { $0.draws[0].highestNumber = 0 } == .receipt(.numberUsed))
    #expect(try rejection { $0.draws[0].fee = tokens(2) } == .receipt(.escrowTooSmall))
    #expect(
      try rejection { $0.draws[0].channel = Identifier(digest("none")) } == .channel(.notFound))
    #expect(
      try rejection { $0.draws[0].fee = raised($0.draws[0].fee, by: 6) }
        == .receipt(.totalsImpossible))
    #expect(
      try rejection { $0.draws[0].refund = raised($0.draws[0].refund, by: 3) }
        == .receipt(.totalsImpossible))
    #expect(
      try rejection { $0.draws[0].payouts = Amount(baseUnits: .max) }
        == .receipt(.totalsImpossible))
    #expect(
      try rejection {
        $0.draws[0].adapter = Identifier(digest("none"))
        $0.amounts[0].adapter = Identifier(digest("none"))
      } == .receipt(.adapterNotFound))
    #expect(
      try story.chain.rejection(of: .settleBatch(good), by: bob) == .receipt(.notServer))
    try story.chain.success(.settleBatch(good), by: erin)
    #expect(
      try story.chain.rejection(of: .settleBatch(good), by: erin) == .receipt(.numberUsed))
  }

  @Test func `a tree over leaves is that over their encodings`() throws {
    var story = try Story()
    story.makeEveryonePayable()
    var generator = SeededGenerator(seed: 5)
    let contents = try story.contents(
      try (1...7).map { try story.receipt($0, among: &generator) })
    #expect(
      contents.receiptsTree.root == MerkleTree(leaves: contents.receipts.map(\.canonicalBytes)).root
    )
    let amounts = contents.amounts[0]
    #expect(amounts.tree.root == MerkleTree(leaves: amounts.leaves.map(\.canonicalBytes)).root)
    #expect(contents.receipts[0].canonicalBytes.count == ReceiptLeaf.byteCount)
    #expect(amounts.leaves[0].canonicalBytes.count == AmountLeaf.byteCount)
    #expect(try BatchContents(canonicalBytes: contents.canonicalBytes) == contents)
  }

  @Test(arguments: UInt64(0)..<20)
  func `what is divided by weights is the answer's part, and in any order gives one batch`(
    seed: UInt64
  ) throws {
    let story = try Story()
    var generator = SeededGenerator(seed: seed)
    let channel = try #require(story.chain.state.channel(story.channel))
    let weights = everyone.map(\.account).sorted().map {
      PayeeWeight(account: $0, weight: generator.next(below: 100))
    }
    let receipts = try (1...5).map { try story.receipt($0) }
    func contents(_ receipts: [SettledReceipt]) throws -> BatchContents {
      var builder = SettlementBatchBuilder(terms: Genesis.testParameters.receipts.terms)
      for receipt in receipts { try builder.add(receipt, dividedBy: weights, on: channel) }
      return try builder.finish()
    }
    let inOrder = try contents(receipts)
    #expect(inOrder == (try contents(generator.shuffled(receipts))))
    let draw = inOrder.draws[0]
    #expect(draw.payouts.baseUnits + draw.refund.baseUnits == 5 * 49_501)
    #expect(inOrder.amounts[0].leaves.last?.sum ?? .zero == draw.payouts)
  }
}
