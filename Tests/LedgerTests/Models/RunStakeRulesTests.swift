import Primitives
import Testing

@testable import Ledger

@Suite struct RunStakeRulesTests {
  private func stake(_ count: UInt128, _ run: Identifier<Run>) -> Message {
    .stakeOnRun(StakeOnRun(run: run, amount: tokens(count)))
  }

  private func unstake(_ count: UInt128, _ run: Identifier<Run>) -> Message {
    .unstakeFromRun(UnstakeFromRun(run: run, amount: tokens(count)))
  }

  private func stakersPart(of receipt: SettledReceipt) throws -> Amount {
    try Genesis.testParameters.receipts.terms.feeParts(
      of: receipt.order.order, tokensIn: receipt.tokensIn, tokensOut: receipt.tokensOut
    ).adapterStakers
  }

  @Test func `stake earns from the next epoch on, in proportion, and the dust is the treasury's`()
    throws
  {
    var story = try Story()
    let (early, _) = try story.settledBatch(1...1)
    try story.chain.pass(blocks: 7)
    try story.chain.success(stake(1, story.run), by: bob)
    try story.chain.success(stake(2, story.run), by: carol)
    #expect(story.chain.state.batch(early)?.status == .open)
    try story.chain.pass(blocks: 1)
    #expect(story.chain.state.batch(early)?.status == .final)
    #expect(story.chain.state.balance(of: .stakeRewards) == .zero)
    let receipt = try story.receipt(2)
    try story.settleFinally([receipt])
    let part = try stakersPart(of: receipt)
    #expect(story.chain.state.balance(of: .stakeRewards) == part)
    let bobs = StakeName(run: story.run, account: bob.account)
    let carols = StakeName(run: story.run, account: carol.account)
    func reward(_ name: StakeName) -> UInt128 { story.chain.state.reward(of: name).baseUnits }
    // Rounded down twice: in the ratio, and in the product with it.
    #expect((part.baseUnits / 3 - 1...part.baseUnits / 3).contains(reward(bobs)))
    #expect((part.baseUnits * 2 / 3 - 1...part.baseUnits * 2 / 3).contains(reward(carols)))

    try story.chain.success(.claimStakeReward(ClaimStakeReward(run: story.run)), by: bob)
    #expect(reward(bobs) == 0)
    try story.chain.success(unstake(1, story.run), by: bob)
    try story.chain.success(unstake(2, story.run), by: carol)
    #expect(story.chain.state.balance(of: .stakeRewards).baseUnits <= 2)
    try story.chain.pass(blocks: 10)
    #expect(story.chain.state.balance(of: .stakeRewards) == .zero)
    #expect(story.chain.state.balance(of: .runStakes) == .zero)
    #expect(story.chain.state.stakePool(of: story.run) == nil)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `while nobody's stake earns, the part is the run owner's`() throws {
    var story = try Story()
    let before = story.chain.state.total(of: .stakeReward)
    try story.settleFinally([try story.receipt(1)])
    #expect(story.chain.state.balance(of: .stakeRewards) == .zero)
    #expect(story.chain.state.total(of: .stakeReward) == before)
    #expect(story.chain.state.total(of: .adapterStakersPart) > .zero)
  }

  @Test func `stake too small, too large or absent is refused`() throws {
    var story = try Story()
    #expect(
      try story.chain.rejection(
        of: .stakeOnRun(StakeOnRun(run: story.run, amount: Amount(baseUnits: 999))), by: bob)
        == .model(.stakeTooSmall))
    #expect(
      try story.chain.rejection(of: stake(1, Identifier(digest("none"))), by: bob)
        == .model(.runNotFound))
    #expect(
      try story.chain.rejection(of: unstake(1, story.run), by: bob) == .model(.stakeNotFound))
    #expect(
      try story.chain.rejection(
        of: .claimStakeReward(ClaimStakeReward(run: story.run)), by: bob)
        == .model(.stakeNotFound))
    try story.chain.success(stake(9, story.run), by: bob)
    #expect(
      try story.chain.rejection(of: unstake(10, story.run), by: bob) == .model(.stakeTooSmall))
    let once = Message.unstakeFromRun(
      UnstakeFromRun(run: story.run, amount: Amount(baseUnits: 1)))
    let executed = try story.chain.block(
      (0..<9).map { story.chain.transaction(once, by: bob, ahead: $0) })
    #expect(executed.results.prefix(8).allSatisfy { $0.rejection == nil })
    #expect(executed.results[8].rejection == .model(.unbondingFull))
  }

  /// Lets a dispute act on a story's run, outside any block.
  private func edit(_ story: Story, _ edit: (inout LedgerState) throws -> Void) rethrows
    -> LedgerState
  {
    var state = LedgerState(over: story.chain.state)
    try edit(&state)
    return state
  }

  @Test func `a slash takes the same part of bond, stake, and stake on its way back`() throws {
    var story = try Story()
    try story.chain.success(stake(30, story.run), by: bob)
    try story.chain.success(stake(10, story.run), by: carol)
    try story.chain.success(unstake(15, story.run), by: bob)
    let late = BlockTime(milliseconds: 1_000_000_000)
    let state = try edit(story) { state in
      let taken = try state.slashRun(story.run, by: .percent(20), to: .treasury)
      #expect(taken == tokens(9))
      #expect(state.standing(of: story.run)?.status == .slashed)
      try state.returnStake(
        StakeName(run: story.run, account: bob.account), at: late, height: Height(1000))
    }
    #expect(state.balance(of: .runStakes) == tokens(20))
    #expect(state.balance(of: .runBonds) == tokens(4))
    #expect(state.total(of: .runStakeReturn) == tokens(12))
    #expect(state.brokenInvariants() == [])
  }

  @Test func `a dispute holds stake and bond, and lets both go when it ends`() throws {
    var story = try Story()
    try story.chain.success(stake(30, story.run), by: bob)
    try story.chain.success(unstake(30, story.run), by: bob)
    let name = StakeName(run: story.run, account: bob.account)
    let late = BlockTime(milliseconds: 1_000_000_000)
    let state = try edit(story) { state in
      try state.holdRun(story.run)
      try state.holdRun(story.run)
      try state.returnStake(name, at: late, height: Height(1000))
      #expect(state.balance(of: .runStakes) == tokens(30))
      state.releaseRun(story.run, at: late, height: Height(1000))
      #expect(state.standing(of: story.run)?.status == .disputed)
      state.releaseRun(story.run, at: late, height: Height(1000))
      #expect(state.standing(of: story.run)?.status == .final)
      let later = BlockTime(milliseconds: 2_000_000_000)
      try state.returnStake(name, at: later, height: Height(2000))
    }
    #expect(state.balance(of: .runStakes) == .zero)
    #expect(state.runStake(name) == nil)
  }

  @Test func `nobody stakes on a disputed or slashed run, and a slashed one settles nothing`()
    throws
  {
    let story = try Story()
    let message = StakeOnRun(run: story.run, amount: tokens(1))
    let context = BlockContext(
      chain: story.chain.id, parameters: Genesis.testParameters, height: Height(100),
      time: story.chain.nextTime, index: 0, signer: bob.account, ordering: .sequence(50))
    _ = try edit(story) { state in
      try state.holdRun(story.run)
      #expect(throws: Rejection.model(.runNotSound)) { try state.apply(message, in: context) }
      #expect(state.standing(of: story.run)?.settles == true)
      try state.slashRun(story.run, by: .whole, to: .treasury)
      state.releaseRun(story.run, at: context.time, height: context.height)
      #expect(state.standing(of: story.run)?.status == .slashed)
      #expect(throws: Rejection.model(.runNotSound)) { try state.apply(message, in: context) }
      #expect(throws: Rejection.model(.runNotSound)) { try state.holdRun(story.run) }
    }
  }

  @Test(arguments: UInt64(0)..<20)
  func `whatever is staked, earned, slashed and taken back, every unit lands somewhere`(
    seed: UInt64
  ) throws {
    let story = try Story()
    var generator = SeededGenerator(seed: seed)
    var state = LedgerState(over: story.chain.state)
    for step in UInt64(1)...60 {
      let time = BlockTime(milliseconds: 2_000_000 + step * 1500)
      let height = Height(100 + step)
      let person = everyone[Int(generator.next(below: 5))]
      let context = BlockContext(
        chain: story.chain.id, parameters: Genesis.testParameters, height: height, time: time,
        index: 0, signer: person.account, ordering: .sequence(100 + step))
      let amount = Amount(baseUnits: UInt128(1000 + generator.next(below: 1 << 50)))
      let kind = generator.next(below: 8)
      _ = try? state.attempt { state throws(Rejection) in
        switch kind {
        case 0...2: try state.apply(StakeOnRun(run: story.run, amount: amount), in: context)
        case 3: try state.apply(UnstakeFromRun(run: story.run, amount: amount), in: context)
        case 4: try state.apply(ClaimStakeReward(run: story.run), in: context)
        case 5 where step > 40:
          try state.slashRun(story.run, by: .percent(7), to: .treasury)
        default:
          try state.move(amount, from: .account(dave.account), to: .feePool, for: .answerFee)
          _ = try state.payStakersReward(amount, of: story.run, from: .feePool)
        }
      }
      state.runDueActions(at: time, height: height)
      #expect(state.brokenInvariants() == [], "seed \(seed) step \(step)")
    }
  }
}
