import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct ChannelRulesTests {
  @Test func `a key that nobody can sign with is refused wherever a message brings one`() throws {
    var story = try Story()
    let key = try #require(PublicKey(bytes: [UInt8](repeating: 0, count: 32)))
    let terms = AgentTerms(
      manifest: digest("manifest"), key: key, price: .zero, cap: tokens(1))
    let messages: [Message] = [
      .openChannel(OpenChannel(server: erin.account, signingKey: key, deposit: tokens(1))),
      .createValidator(
        CreateValidator(
          consensusKey: key, name: "nobody", details: "", rate: .percent(5),
          maximumRate: .percent(5), maximumStep: .percent(1), stake: tokens(1))),
      .registerAgent(RegisterAgent(name: "nobody", terms: terms, bond: tokens(10))),
    ]
    for message in messages {
      #expect(try story.chain.rejection(of: message, by: dave) == .account(.keyUnusable))
    }
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a closing channel still settles, then returns the rest by itself`() throws {
    var story = try Story()
    try story.bondServer()
    let before = story.chain.state.balance(of: .account(dave.account))
    let close = Message.closeChannel(CloseChannel(channel: story.channel))
    #expect(try story.chain.rejection(of: close, by: bob) == .channel(.notParty))
    try story.chain.success(close, by: dave)
    let draw = try story.settledBatch(1...1).contents.draws[0]

    try story.chain.pass(blocks: 3)
    #expect(story.chain.state.channel(story.channel)?.status != .closed)
    try story.chain.pass(blocks: 1)
    #expect(story.chain.state.channel(story.channel)?.status == .closed)
    #expect(story.chain.state.balance(of: .channelEscrow(story.channel)) == .zero)
    let expected = try before.subtracting(TestChain.fee).adding(tokens(1)).subtracting(draw.fee)
    #expect(story.chain.state.balance(of: .account(dave.account)) == expected)
    #expect(
      try story.chain.rejection(of: try story.settle([try story.receipt(2)]), by: erin)
        == .receipt(.channelClosed))
    // What the batch returns when it is final goes where the rest went.
    try story.passWindow()
    #expect(
      story.chain.state.balance(of: .account(dave.account)) == (try expected.adding(draw.refund)))
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
    // What is left to do is the opening of the held-out set.
    #expect(
      story.chain.state.nextDeadline
        == story.chain.state.heldOut(of: story.datanet, epoch: 1)?.waitsUntil?.time)
  }

  @Test func `the server closes at once, and so ends a window that runs`() throws {
    for isClosing in [false, true] {
      var story = try Story()
      let close = Message.closeChannel(CloseChannel(channel: story.channel))
      if isClosing { try story.chain.success(close, by: dave) }
      let before = story.chain.state.balance(of: .account(dave.account))
      try story.chain.success(close, by: erin)
      #expect(story.chain.state.channel(story.channel)?.status == .closed)
      #expect(
        story.chain.state.balance(of: .account(dave.account)) == (try before.adding(tokens(1))))
      #expect(try story.chain.rejection(of: close, by: erin) == .channel(.notOpen))
      // What the payer had scheduled finds nothing to do.
      story.chain.stepInMilliseconds = 60_000
      var events: [Event] = []
      for _ in 0..<4 { events += try story.chain.block().endEvents }
      #expect(!events.contains { $0.subject == story.channel.digest })
      #expect(story.chain.state.brokenInvariants().isEmpty)
    }
  }

  @Test func `a closing channel can't be closed by its payer a second time`() throws {
    var story = try Story()
    let close = Message.closeChannel(CloseChannel(channel: story.channel))
    try story.chain.success(close, by: dave)
    #expect(try story.chain.rejection(of: close, by: dave) == .channel(.notOpen))
  }

  @Test func `order numbers may leave gaps, and none below the last is settled any more`() throws {
    var story = try Story()
    try story.bondServer()
    try story.chain.success(
      try story.settle([try story.receipt(3), try story.receipt(9)]), by: erin)
    #expect(story.chain.state.channel(story.channel)?.lastNumber == 9)
    for number in [UInt64](arrayLiteral: 4, 9) {
      #expect(
        try story.chain.rejection(of: try story.settle([try story.receipt(number)]), by: erin)
          == .receipt(.numberUsed))
    }
    try story.chain.success(try story.settle([try story.receipt(10)]), by: erin)
  }

  @Test func `money of a closed channel, or of none, breaks an invariant`() throws {
    var story = try Story()
    #expect(story.chain.state.brokenInvariants().isEmpty)
    let name = "every channel's escrow belongs to a channel that is not closed"
    for channel in [story.channel, Identifier(digest("none"))] {
      var state = story.chain.state
      if channel == story.channel {
        try story.chain.success(.closeChannel(CloseChannel(channel: channel)), by: erin)
        state = story.chain.state
      }
      let escrow = StateKey<Amount>.purse(.channelEscrow(channel)).bytes
      state.apply([StateWrite(key: escrow, value: tokens(1).canonicalBytes)])
      #expect(state.brokenInvariants().contains(name))
    }
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
