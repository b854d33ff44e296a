import Primitives
import Testing

@testable import Ledger

/// Held-out sets that nobody opens, or nobody reveals.
@Suite struct WithheldSetTests {
  private static let training = Window(milliseconds: 30_000, blocks: 30)

  private static func genesis(curators: UInt32 = 1) -> Genesis {
    var genesis = Genesis.test
    genesis.parameters.datanets.trainingWindow = training
    genesis.parameters.datanets.curatorsRequired = curators
    genesis.parameters.receipts.claimWindow = Window(milliseconds: 20_000, blocks: 10)
    return genesis
  }

  private func heldOut(_ story: Story) throws -> HeldOutRecord {
    try #require(story.chain.state.heldOut(of: story.datanet, epoch: 1))
  }

  /// Makes blocks until the set is opened, and no more.
  private func passTraining(_ story: inout Story) throws {
    let opens = try #require(try heldOut(story).waitsUntil)
    while !opens.hasCome(at: story.chain.head.header.time, height: story.chain.head.header.height) {
      try story.chain.block()
    }
  }

  @Test func `nobody opens the set: the ledger does when the training window is over, not before`()
    throws
  {
    var story = try Story(Self.genesis())
    let opens = try #require(try heldOut(story).waitsUntil)
    let record = Story.runRecord(
      story.version, story.baseModel, bobs: story.bobs, carols: story.carols)
    while story.chain.nextTime < opens.time {
      try story.chain.success(.submitRunRecord(record), by: alice)
      #expect(try !heldOut(story).isOpened)
    }
    // The last block in which a run can be submitted is the one that ends the window.
    try story.chain.success(.submitRunRecord(record), by: alice)
    #expect(try heldOut(story).isOpened && heldOut(story).release == nil)
    #expect(
      try story.chain.rejection(of: .submitRunRecord(record), by: alice)
        == .model(.heldOutRevealed))
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    #expect(try heldOut(story).release != nil && !heldOut(story).isWithheld)
    try story.chain.pass(blocks: 12)
    #expect(story.chain.state.balance(of: .datanetBonds) == tokens(3))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a set opened by a curator is not opened again`() throws {
    var story = try Story(Self.genesis())
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    let release = try #require(try heldOut(story).release)
    #expect(try heldOut(story).waitsUntil == nil)
    try story.chain.pass(blocks: 40)
    #expect(try heldOut(story).release == release)
    #expect(story.chain.state.nextDeadline == nil)
  }

  @Test func `a set that its owner withholds costs the bond, and pays nobody but the treasury`()
    throws
  {
    var story = try Story(Self.genesis())
    let (early, contents) = try story.settledBatch(1...2)
    try passTraining(&story)
    try story.chain.pass(blocks: 5)
    #expect(try heldOut(story).isWithheld)
    #expect(story.chain.state.total(of: .datanetBondSlash) == tokens(3))
    #expect(story.chain.state.balance(of: .datanetBonds) == .zero)
    #expect(
      try story.chain.rejection(
        of: .revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
        == .datanet(.heldOutAlreadyRevealed))

    // Answers are paid as before, but for the contributors' part, which nothing measures.
    let late = try story.settledBatch(3...3)
    try story.passWindow()
    for (id, contents) in [(early, contents), late] {
      let claim = Message.claimAmounts(ClaimAmounts(claims: contents.claims(of: id)))
      #expect(try story.chain.rejection(of: claim, by: dave) == .receipt(.epochWithheld))
    }
    let waiting = story.chain.state.balance(of: .contributorEscrow(story.run))
    let treasury = story.chain.state.balance(of: .treasury)
    #expect(waiting > .zero)
    try story.chain.pass(blocks: 21)
    #expect(story.chain.state.balance(of: .contributorEscrow(story.run)) == .zero)
    #expect(story.chain.state.balance(of: .treasury) == (try treasury.adding(waiting)))
    #expect(story.chain.state.total(of: .contributorRelease) == .zero)
    #expect(story.chain.state.nextDeadline == nil)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test(arguments: [true, false])
  func `what corrections gave goes the same way: to the treasury, or else to its account`(
    isWithheld: Bool
  ) throws {
    var story = try Story(Self.genesis())
    let owed = Amount(baseUnits: 777)
    let epoch = EpochName(datanet: story.datanet, epoch: 1)
    let (batch, contents) = try story.settledBatch(1...1)
    let payouts = contents.receipts[0].payouts
    var state = LedgerState(over: story.chain.state)
    try state.correct(
      BatchCorrection(
        batch: batch, channel: story.channel, adapter: story.adapter,
        wrong: [Payout(account: bob.account, amount: payouts)], wrongRefund: .zero,
        right: [
          Payout(account: bob.account, amount: try payouts.subtracting(owed)),
          Payout(account: carol.account, amount: owed),
        ], rightRefund: .zero))
    story.chain.edit(state)
    let reveal = Message.revealHeldOut(Story.heldOutReveal(of: story.datanet))
    if !isWithheld { try story.chain.success(reveal, by: alice) }
    #expect(story.chain.state.claims(of: epoch).map(\.amount) == [owed])
    // Training, reveal, the release, and a claim window and what is left of another.
    try story.chain.pass(blocks: 31 + 5 + 10 + 40)
    let (forfeited, paid) = (
      story.chain.state.total(of: .claimForfeit), story.chain.state.total(of: .contributorRelease)
    )
    #expect(forfeited == (isWithheld ? owed : .zero) && paid == (isWithheld ? .zero : owed))
    #expect(story.chain.state.balance(of: .contributorEscrow(story.run)) == .zero)
    #expect(story.chain.state.claims(of: epoch).isEmpty)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `an owner whose bond is gone commits to no further set`() throws {
    var story = try Story(Self.genesis())
    try passTraining(&story)
    try story.chain.pass(blocks: 5)
    #expect(
      try story.chain.rejection(
        of: .commitHeldOut(Story.heldOut(of: story.datanet, epoch: 2)), by: alice)
        == .datanet(.bondTooSmall))
  }

  @Test func `one curator who reveals is enough, and only the others lose their bonds`() throws {
    var chain = try TestChain(Self.genesis(curators: 3))
    let datanet = Identifier<Datanet>(
      creator: alice.account, sequence: try chain.success(Story.create, by: alice))
    let bobs = try Story.contribute("bob's records", by: bob, to: datanet, on: &chain)
    try Story.accept([bobs], of: datanet, on: &chain)
    let curators = [carol, dave, erin]
    for curator in curators {
      let grant = GrantRole(datanet: datanet, account: curator.account, role: .curator)
      try chain.success(.grantRole(grant), by: alice)
      let bond = BondCurator(datanet: datanet, amount: tokens(4))
      try chain.success(.bondCurator(bond), by: curator)
      try chain.success(.commitHeldOut(Story.heldOut(of: datanet, by: curator)), by: curator)
    }
    try chain.success(.draftVersion(Story.draft(of: datanet, [bobs])), by: alice)
    let version = VersionName(datanet: datanet, number: 1)
    for curator in curators {
      try chain.success(.acceptVersion(AcceptVersion(version: version)), by: curator)
    }
    try chain.success(.publishVersion(PublishVersion(version: version)), by: alice)
    try chain.pass(blocks: 31)
    try chain.success(.revealHeldOut(Story.heldOutReveal(of: datanet)), by: dave)
    try chain.pass(blocks: 5)
    let heldOut = try #require(chain.state.heldOut(of: datanet, epoch: 1))
    #expect(heldOut.release != nil && !heldOut.isWithheld)
    #expect(chain.state.total(of: .curatorBondSlash) == tokens(8))
    #expect(chain.state.balance(of: .curatorBonds) == tokens(4))
    #expect(chain.state.balance(of: .datanetBonds) == tokens(3))
    // Nobody is held any longer by what is over.
    try chain.success(.unbondCurator(UnbondCurator(datanet: datanet)), by: dave)
    #expect(chain.state.brokenInvariants() == [])
  }

  @Test func `an erasure ends although nobody trained on the version or opened its set`() throws {
    var story = try Story(Self.genesis())
    let erase = WithdrawContribution(contribution: story.bobs, use: .erased)
    try story.chain.success(.withdrawContribution(erase), by: bob)
    try passTraining(&story)
    // The reveal window, the release, and one window more.
    try story.chain.pass(blocks: 5 + 10 + 10)
    #expect(story.chain.state.contribution(story.bobs)?.use == .erased)
  }
}
