import Ledger
import Primitives
import Testing

@Suite struct RoyaltySplitTests {
  private func tree(_ generator: inout SeededGenerator, depth: Int) -> RoyaltyTree {
    let names = everyone.map(\.account)
    var rest: UInt64 = 1_000_000_000
    let count = depth == 0 ? 0 : generator.next(below: 5)
    return RoyaltyTree(
      owner: names[Int(generator.next(below: UInt64(names.count)))],
      parents: (0..<count).map { _ in
        let share = generator.next(below: rest + 1)
        rest -= share
        return .init(
          share: Share(partsPerBillion: UInt32(share)),
          tree: tree(&generator, depth: depth - 1))
      })
  }

  @Test(arguments: UInt64(0)..<50)
  func `royalties hand out exactly what was earned, however deep`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let tree = tree(&generator, depth: 4)
    for exponent in [1, 5, 20, 60, 127] as [UInt64] {
      let amount = Amount(
        baseUnits: ((UInt128(generator.next()) << 64) >> (128 - exponent)) | UInt128(exponent))
      let parts = royaltySplit(amount, over: tree)
      #expect(
        parts.reduce(UInt128(0)) { $0 + $1.amount.baseUnits } == amount.baseUnits, "seed \(seed)")
      #expect(parts.allSatisfy { $0.amount > .zero }, "seed \(seed)")
      #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.account < $1.account })
    }
  }

  @Test func `a parent's parents have their part of the parent's part`() throws {
    let grandparent = RoyaltyTree(owner: carol.account, parents: [])
    let parent = RoyaltyTree(
      owner: bob.account, parents: [.init(share: .percent(50), tree: grandparent)])
    let child = RoyaltyTree(
      owner: alice.account, parents: [.init(share: .percent(20), tree: parent)])
    let parts = royaltySplit(Amount(baseUnits: 1001), over: child)
    func part(_ person: Person) -> UInt128? {
      parts.first { $0.account == person.account }?.amount.baseUnits
    }
    #expect(part(alice) == 801)
    #expect(part(bob) == 100)
    #expect(part(carol) == 100)
  }

  @Test func `an answer pays the owners of what its adapter builds on`() throws {
    var story = try Story()
    try story.chain.success(
      .transferBaseModel(TransferBaseModel(baseModel: story.baseModel, to: erin.account)),
      by: alice)
    // A run of carol's own, built on alice's adapter.
    let record = Story.runRecord(
      story.version, story.baseModel, bobs: story.bobs, carols: story.carols)
    let run = Identifier<Run>(
      creator: carol.account,
      sequence: try story.chain.success(.submitRunRecord(record), by: carol))
    let offer = PublishAdapter(
      run: run, name: "child", rateIn: Story.rateIn, rateOut: Story.rateOut,
      parents: [AdapterParent(adapter: story.adapter, share: .percent(40))])
    let child = Identifier<Adapter>(
      creator: carol.account, sequence: try story.chain.success(.publishAdapter(offer), by: carol))
    #expect(story.chain.state.adapter(child)?.lineage == 2)

    let before = story.chain.state.balance(of: .account(alice.account))
    let receipt = try story.receipt(1) { $0.adapter = child }
    try story.settleFinally([receipt])
    let parts = try Genesis.testParameters.receipts.terms.feeParts(
      of: receipt.order.order, tokensIn: receipt.tokensIn, tokensOut: receipt.tokensOut)
    let royalty = try story.chain.state.balance(of: .account(alice.account)).subtracting(before)
    #expect(royalty == (try parts.adapterOwner.scaledRoundingDown(by: 40, over: 100)))
    #expect(royalty > .zero)
  }

  @Test func `parents exist, are sorted, take at most the whole, and are not too many`() throws {
    var story = try Story()
    func rejection(_ parents: [AdapterParent]) throws -> Rejection? {
      let offer = PublishAdapter(
        run: story.run, name: "child", rateIn: Story.rateIn, rateOut: Story.rateOut,
        parents: parents)
      return try story.chain.rejection(of: .publishAdapter(offer), by: alice)
    }
    let half = AdapterParent(adapter: story.adapter, share: .percent(50))
    let stranger = AdapterParent(adapter: Identifier(digest("none")), share: .percent(50))
    #expect(try rejection([half, half]) == .model(.parentsUnsorted))
    #expect(
      try rejection([AdapterParent(adapter: story.adapter, share: .zero)])
        == .model(.parentsUnsorted))
    #expect(try rejection([stranger]) == .model(.parentNotFound))
    #expect(
      try rejection([
        AdapterParent(adapter: story.adapter, share: Share(partsPerBillion: 1_000_000_001))
      ]) == .model(.royaltiesAboveWhole))

    // Four parents of lineage 1, 5, 21: each generation has four of the one before.
    var generation = [story.adapter]
    for expected in [UInt8(1), 5, 21] {
      var siblings: [Identifier<Adapter>] = []
      for parent in 0..<4 where expected > 1 || parent < 4 {
        let parents =
          expected == 1
          ? []
          : generation.sorted().map { AdapterParent(adapter: $0, share: .percent(25)) }
        let offer = PublishAdapter(
          run: story.run, name: "child", rateIn: Story.rateIn, rateOut: Story.rateOut,
          parents: parents)
        siblings.append(
          Identifier(
            creator: alice.account,
            sequence: try story.chain.success(.publishAdapter(offer), by: alice)))
        #expect(story.chain.state.adapter(siblings[parent])?.lineage == expected)
      }
      generation = siblings
    }
    #expect(
      try rejection(generation.sorted().map { AdapterParent(adapter: $0, share: .percent(25)) })
        == .model(.lineageTooLarge))
  }
}
