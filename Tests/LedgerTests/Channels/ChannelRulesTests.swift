import Ledger
import Primitives
import Testing

@Suite struct ChannelRulesTests {
  @Test func `a closing channel still settles, then returns the rest by itself`() throws {
    var story = try Story()
    let before = story.chain.state.balance(of: .account(dave.account))
    let close = Message.closeChannel(CloseChannel(channel: story.channel))
    #expect(try story.chain.rejection(of: close, by: erin) == .channel(.notPayer))
    try story.chain.success(close, by: dave)
    try story.chain.success(story.settle([try story.receipt(1)]), by: erin)
    let fee = try #require(story.chain.state.receipt(digest("receipt 1"))?.fee)
    let refund = try #require(story.chain.state.receipt(digest("receipt 1"))?.refund)

    try story.chain.pass(blocks: 3)
    #expect(story.chain.state.channel(story.channel)?.status != .closed)
    try story.chain.pass(blocks: 1)
    #expect(story.chain.state.channel(story.channel)?.status == .closed)
    #expect(story.chain.state.balance(of: .channelEscrow(story.channel)) == .zero)
    let expected = try before.subtracting(TestChain.fee).adding(
      tokens(1)
    )
    .subtracting(fee).adding(refund)
    #expect(story.chain.state.balance(of: .account(dave.account)) == expected)
    #expect(
      try story.chain.rejection(of: story.settle([try story.receipt(2)]), by: erin)
        == .receipt(.channelClosed))
  }

  @Test func `a window ends only when both its duration and its blocks have passed`() throws {
    var story = try Story()
    story.chain.stepInMilliseconds = 60_000
    try story.chain.success(
      .closeChannel(CloseChannel(channel: story.channel)), by: dave)
    try story.chain.pass(blocks: 1)
    #expect(story.chain.state.channel(story.channel)?.status != .closed)
    #expect(story.chain.state.nextDeadline.map { $0 < story.chain.nextTime } == true)
    try story.chain.pass(blocks: 1)
    #expect(story.chain.state.channel(story.channel)?.status == .closed)
    #expect(story.chain.state.nextDeadline == nil)
  }

  @Test func `anyone can top up an open channel, nobody a closing one`() throws {
    var story = try Story()
    let topUp = Message.topUpChannel(TopUpChannel(channel: story.channel, amount: tokens(3)))
    try story.chain.success(topUp, by: bob)
    #expect(story.chain.state.balance(of: .channelEscrow(story.channel)) == tokens(4))
    try story.chain.success(.closeChannel(CloseChannel(channel: story.channel)), by: dave)
    #expect(try story.chain.rejection(of: topUp, by: bob) == .channel(.notOpen))
    let nowhere = TopUpChannel(channel: Identifier(digest("none")), amount: tokens(3))
    #expect(
      try story.chain.rejection(of: .topUpChannel(nowhere), by: bob) == .channel(.notFound))
  }
}
