import Ledger
import Primitives
import Testing

@Suite struct AdapterRulesTests {
  @Test func `a new price binds after its notice, and the old one for one notice more`() throws {
    var story = try Story()
    let higher = Amount(baseUnits: 9_000_000)
    let change = ChangeRates(adapter: story.adapter, rateIn: higher, rateOut: higher)
    #expect(
      try story.chain.rejection(of: .changeRates(change), by: bob) == .model(.notAdapterOwner))
    try story.chain.success(.changeRates(change), by: alice)
    #expect(
      try story.chain.rejection(of: .changeRates(change), by: alice)
        == .model(.rateChangePending))
    func accepts(_ rate: Amount, _ rateOut: Amount) throws -> Bool {
      let header = story.chain.head.header
      let adapter = try #require(story.chain.state.adapter(story.adapter))
      return adapter.accepts(
        rateIn: rate, rateOut: rateOut, at: header.time, height: header.height)
    }
    #expect(try accepts(Story.rateIn, Story.rateOut) && !accepts(higher, higher))
    try story.chain.pass(blocks: 3)
    #expect(try accepts(Story.rateIn, Story.rateOut) && accepts(higher, higher))
    #expect(story.chain.state.adapter(story.adapter)?.offer.rateIn == higher)
    try story.chain.pass(blocks: 4)
    #expect(try !accepts(Story.rateIn, Story.rateOut) && accepts(higher, higher))
    try story.chain.success(.changeRates(change), by: alice)
  }

  @Test func `rates can be promised no further than the ledger is bound to take them`() throws {
    let notice = Window(milliseconds: 1000, blocks: 5)
    func time(_ milliseconds: UInt64) -> BlockTime { BlockTime(milliseconds: milliseconds) }
    func amount(_ units: UInt128) -> Amount { Amount(baseUnits: units) }
    var adapter = try #require(try Story().chain.state.adapter(Story().adapter))
    (adapter.offer.rateIn, adapter.offer.rateOut) = (amount(10), amount(20))
    adapter.nextRates = TimedRates(
      rateIn: amount(11), rateOut: amount(21),
      deadline: Deadline(time: time(5000), height: Height(50)))
    func takes(_ rate: UInt128, at now: UInt64, height: UInt64, until end: UInt64) -> Bool {
      adapter.accepts(
        rateIn: amount(rate), rateOut: amount(rate + 10), at: time(now), height: Height(height),
        until: time(end), notice: notice)
    }
    // The price to come is nobody's yet; the one in force is good for a notice beyond its end.
    #expect(!takes(11, at: 4999, height: 49, until: 5500))
    #expect(takes(10, at: 4000, height: 40, until: 5999))
    #expect(!takes(10, at: 4000, height: 40, until: 6000))

    // In force, by a block that came late.
    adapter.formerRates = TimedRates(
      rateIn: amount(10), rateOut: amount(20),
      deadline: Deadline(time: time(6200), height: Height(57)))
    (adapter.offer.rateIn, adapter.offer.rateOut) = (amount(11), amount(21))
    adapter.nextRates = nil
    #expect(takes(11, at: 5200, height: 52, until: 1_000_000))
    #expect(takes(10, at: 5200, height: 52, until: 6199))
    #expect(!takes(10, at: 5200, height: 52, until: 6200))
    // Past its time but not its height a block could take it still, though none need come.
    #expect(!takes(10, at: 6300, height: 53, until: 6300))
  }

  @Test func `a line recommends what was promoted, and rolls back to what was before`() throws {
    var story = try Story()
    let line = try #require(story.chain.state.adapter(story.adapter)?.line)
    var offer = PublishAdapter(
      run: story.run, name: "another", rateIn: Story.rateIn, rateOut: Story.rateOut, line: line)
    #expect(
      try story.chain.rejection(of: .publishAdapter(offer), by: alice)
        == .model(.lineNameDiffers))
    offer.name = "terms"
    let second = Identifier<Adapter>(
      creator: alice.account, sequence: try story.chain.success(.publishAdapter(offer), by: alice))
    var active: Identifier<Adapter>? { story.chain.state.adapterLine(line)?.active }
    #expect(active == story.adapter)
    let rollBack = Message.rollBackAdapter(RollBackAdapter(line: line))
    #expect(try story.chain.rejection(of: rollBack, by: alice) == .model(.nothingToRollBackTo))

    let promote = Message.promoteAdapter(PromoteAdapter(adapter: second))
    #expect(try story.chain.rejection(of: promote, by: bob) == .model(.notAdapterOwner))
    try story.chain.success(promote, by: alice)
    #expect(active == second)
    #expect(try story.chain.rejection(of: promote, by: alice) == .model(.alreadyActive))
    try story.chain.success(rollBack, by: alice)
    #expect(active == story.adapter)

    try story.chain.success(promote, by: alice)
    try story.chain.success(.retireAdapter(RetireAdapter(adapter: story.adapter)), by: alice)
    #expect(try story.chain.rejection(of: rollBack, by: alice) == .model(.nothingToRollBackTo))
    try story.chain.success(.retireAdapter(RetireAdapter(adapter: second)), by: alice)
    #expect(active == nil)
    #expect(try story.chain.rejection(of: promote, by: alice) == .model(.adapterRetired))
  }

  @Test func `a retired adapter's answers settle during the notice, and never after`() throws {
    var story = try Story()
    let receipts = [try story.receipt(1), try story.receipt(2)]
    try story.bondServer()
    try story.chain.success(.retireAdapter(RetireAdapter(adapter: story.adapter)), by: alice)
    try story.chain.success(try story.settle([receipts[0]]), by: erin)
    try story.chain.pass(blocks: 4)
    #expect(
      try story.chain.rejection(of: try story.settle([receipts[1]]), by: erin)
        == .model(.adapterRetired))
  }

  @Test func `a bond comes back once nothing is on offer and every window is over`() throws {
    var story = try Story()
    let withdraw = Message.withdrawRunBond(WithdrawRunBond(run: story.run))
    try story.chain.pass(blocks: 20)
    #expect(story.chain.state.standing(of: story.run)?.status == .final)
    #expect(try story.chain.rejection(of: withdraw, by: bob) == .model(.notRunOwner))
    #expect(try story.chain.rejection(of: withdraw, by: alice) == .model(.bondNotDue))
    try story.chain.success(.retireAdapter(RetireAdapter(adapter: story.adapter)), by: alice)
    try story.chain.pass(blocks: 10)
    #expect(try story.chain.rejection(of: withdraw, by: alice) == .model(.bondNotDue))
    try story.chain.pass(blocks: 5)
    // As long as its uplift can be disputed.
    #expect(try story.chain.rejection(of: withdraw, by: alice) == .model(.bondNotDue))
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.chain.pass(blocks: 20)
    try story.chain.success(withdraw, by: alice)
    #expect(story.chain.state.balance(of: .runBonds) == .zero)
    #expect(story.chain.state.standing(of: story.run)?.status == .withdrawn)
    #expect(try story.chain.rejection(of: withdraw, by: alice) == .model(.bondNotDue))
    let offer = PublishAdapter(
      run: story.run, name: "late", rateIn: Story.rateIn, rateOut: Story.rateOut)
    #expect(
      try story.chain.rejection(of: .publishAdapter(offer), by: alice) == .model(.runNotSound))
  }

  @Test func `a base model's new owner has its later parts`() throws {
    var story = try Story()
    let transfer = Message.transferBaseModel(
      TransferBaseModel(baseModel: story.baseModel, to: carol.account))
    #expect(try story.chain.rejection(of: transfer, by: bob) == .model(.notBaseModelOwner))
    try story.chain.success(transfer, by: alice)
    let before = story.chain.state.balance(of: .account(carol.account))
    try story.settleFinally([try story.receipt(1)])
    #expect(story.chain.state.balance(of: .account(carol.account)) > before)
  }
}
