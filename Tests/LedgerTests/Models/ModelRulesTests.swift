import Ledger
import Primitives
import Testing

@Suite struct ModelRulesTests {
  @Test func `a run record moves its bond and stands as claimed`() throws {
    let story = try Story()
    #expect(story.chain.state.balance(of: .runBonds) == tokens(5))
    let run = try #require(story.chain.state.run(story.run))
    #expect(run.owner == alice.account)
    #expect(run.mayPay(bob.account))
    #expect(!run.mayPay(carol.account))
  }

  @Test func `a run record that claims what it can't is rejected`() throws {
    var story = try Story()
    let honest = Story.runRecord(
      story.version, story.baseModel, bobs: story.bobs, carols: story.carols)
    func rejection(_ edit: (inout SubmitRunRecord) -> Void) throws -> Rejection? {
      var record = honest
      edit(&record)
      return try story.chain.rejection(of: .submitRunRecord(record), by: alice)
    }
    let stranger = UpliftEntry(
      contribution: Identifier(digest("none")), contributor: bob.account, uplift: 1)
    #expect(
      try rejection { $0.baseModel = Identifier(digest("none")) } == .model(.baseModelNotFound))
    #expect(try rejection { $0.version.number = 2 } == .model(.versionNotFound))
    #expect(try rejection { $0.bond = tokens(4) } == .model(.bondTooSmall))
    #expect(try rejection { $0.decoyCount = 0 } == .model(.indexEmpty))
    #expect(try rejection { $0.uplift.reverse() } == .model(.upliftUnsorted))
    #expect(try rejection { $0.uplift = [stranger] } == .model(.upliftOfStranger))
    #expect(
      try rejection { $0.uplift[0].contributor = dave.account } == .model(.upliftOfStranger))
    #expect(try rejection { $0.bond = tokens(2000) } == .account(.insufficientBalance))
  }

  @Test func `no run is accepted once its held-out set is public`() throws {
    var story = try Story()
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    let record = Story.runRecord(
      story.version, story.baseModel, bobs: story.bobs, carols: story.carols)
    #expect(
      try story.chain.rejection(of: .submitRunRecord(record), by: alice)
        == .model(.heldOutRevealed))
  }

  @Test func `an adapter is offered by its run's owner, not below the datanet's floor`() throws {
    var story = try Story()
    var offer = PublishAdapter(
      run: story.run, name: "cheap", rateIn: Amount(baseUnits: 10), rateOut: Amount(baseUnits: 19))
    #expect(
      try story.chain.rejection(of: .publishAdapter(offer), by: alice)
        == .model(.rateBelowFloor))
    offer.rateOut = Amount(baseUnits: 20)
    #expect(
      try story.chain.rejection(of: .publishAdapter(offer), by: bob) == .model(.notRunOwner))
    try story.chain.success(.publishAdapter(offer), by: alice)
    offer.run = Identifier(digest("none"))
    #expect(
      try story.chain.rejection(of: .publishAdapter(offer), by: alice) == .model(.runNotFound))
  }
}
