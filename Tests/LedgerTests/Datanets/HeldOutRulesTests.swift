import Ledger
import Primitives
import Testing

@Suite struct HeldOutRulesTests {
  /// A chain on which three curators must agree.
  private static func genesis() -> Genesis {
    var genesis = Genesis.test
    genesis.parameters.datanets.curatorsRequired = 3
    return genesis
  }

  /// A datanet of alice's with bonded curators, and one accepted contribution of bob's.
  private func curated(
    by curators: [Person], on chain: inout TestChain
  ) throws -> (datanet: Identifier<Datanet>, bobs: Identifier<Contribution>) {
    let datanet = Identifier<Datanet>(
      creator: alice.account, sequence: try chain.success(Story.create, by: alice))
    let bobs = try Story.contribute("bob's records", by: bob, to: datanet, on: &chain)
    try Story.accept([bobs], of: datanet, on: &chain)
    for curator in curators {
      let grant = GrantRole(datanet: datanet, account: curator.account, role: .curator)
      try chain.success(.grantRole(grant), by: alice)
      let bond = BondCurator(datanet: datanet, amount: tokens(4))
      try chain.success(.bondCurator(bond), by: curator)
    }
    return (datanet, bobs)
  }

  @Test func `an epoch has one held-out set, opened only by what was committed`() throws {
    var story = try Story()
    #expect(
      try story.chain.rejection(
        of: .commitHeldOut(Story.heldOut(of: story.datanet)), by: alice)
        == .datanet(.heldOutAlreadyCommitted))
    var reveal = Story.heldOutReveal(of: story.datanet)
    reveal.blob = digest("a kinder set")
    #expect(
      try story.chain.rejection(of: .revealHeldOut(reveal), by: alice)
        == .datanet(.commitmentMismatch))
    #expect(
      try story.chain.rejection(
        of: .revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: bob)
        == .datanet(.heldOutNotCommitted))
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    let heldOut = try #require(story.chain.state.heldOut(of: story.datanet, epoch: 1))
    #expect(heldOut.parts.map(\.blob) == [digest("held out")])
    #expect(heldOut.isOperatorFinal && heldOut.release != nil)
  }

  @Test func `whoever has records in a datanet has no part of its held-out sets, and vice versa`()
    throws
  {
    var story = try Story()
    let grant = GrantRole(datanet: story.datanet, account: bob.account, role: .curator)
    try story.chain.success(.grantRole(grant), by: alice)
    let bond = BondCurator(datanet: story.datanet, amount: tokens(4))
    try story.chain.success(.bondCurator(bond), by: bob)
    let commit = Story.heldOut(of: story.datanet, epoch: 2, by: bob)
    #expect(
      try story.chain.rejection(of: .commitHeldOut(commit), by: bob)
        == .datanet(.curatorContributes))
    let contribution = CommitContribution(datanet: story.datanet, commitment: digest("own"))
    #expect(
      try story.chain.rejection(of: .commitContribution(contribution), by: alice)
        == .datanet(.curatorContributes))
  }

  @Test func `three curators beside the owner make a set that rests on nobody's word alone`()
    throws
  {
    var chain = try TestChain(Self.genesis())
    let curators = [carol, dave, erin]
    let (datanet, bobs) = try curated(by: curators, on: &chain)
    #expect(
      try chain.rejection(of: .commitHeldOut(Story.heldOut(of: datanet)), by: alice)
        == .datanet(.notCurator))
    let draft = Message.draftVersion(Story.draft(of: datanet, [bobs]))
    for curator in curators {
      #expect(try chain.rejection(of: draft, by: alice) == .datanet(.heldOutNotCommitted))
      try chain.success(.commitHeldOut(Story.heldOut(of: datanet, by: curator)), by: curator)
    }
    #expect(chain.state.heldOut(of: datanet, epoch: 1)?.isOperatorFinal == false)
    try chain.success(draft, by: alice)

    let version = VersionName(datanet: datanet, number: 1)
    let accept = Message.acceptVersion(AcceptVersion(version: version))
    let publish = Message.publishVersion(PublishVersion(version: version))
    #expect(try chain.rejection(of: accept, by: alice) == .datanet(.notCurator))
    for curator in curators {
      #expect(try chain.rejection(of: publish, by: alice) == .datanet(.versionNotAccepted))
      try chain.success(accept, by: curator)
      let again: Rejection =
        curator.name == "erin" ? .datanet(.versionNotDraft) : .datanet(.alreadyAccepted)
      #expect(try chain.rejection(of: accept, by: curator) == again)
    }
    try chain.success(publish, by: alice)
    #expect(chain.state.version(1, of: datanet)?.status == .published)
  }

  @Test func `whoever never reveals loses the bond, and the epoch goes on without`() throws {
    var chain = try TestChain(Self.genesis())
    let curators = [carol, dave, erin]
    let (datanet, _) = try curated(by: curators, on: &chain)
    for curator in curators {
      try chain.success(.commitHeldOut(Story.heldOut(of: datanet, by: curator)), by: curator)
    }
    #expect(
      try chain.rejection(of: .unbondCurator(UnbondCurator(datanet: datanet)), by: erin)
        == .datanet(.heldOutStillHidden))
    for curator in [carol, dave] {
      try chain.success(.revealHeldOut(Story.heldOutReveal(of: datanet)), by: curator)
    }
    #expect(chain.state.heldOut(of: datanet, epoch: 1)?.release == nil)
    try chain.pass(blocks: 6)
    #expect(chain.state.heldOut(of: datanet, epoch: 1)?.release != nil)
    #expect(chain.state.total(of: .curatorBondSlash) == tokens(4))
    #expect(
      try chain.rejection(of: .revealHeldOut(Story.heldOutReveal(of: datanet)), by: erin)
        == .datanet(.heldOutAlreadyRevealed))

    try chain.success(.unbondCurator(UnbondCurator(datanet: datanet)), by: carol)
    #expect(
      !chain.state.isBondedCurator(MemberName(datanet: datanet, account: carol.account)))
    #expect(
      try chain.rejection(
        of: .bondCurator(BondCurator(datanet: datanet, amount: tokens(4))), by: carol)
        == .datanet(.bondLeaving))
    try chain.pass(blocks: 7)
    #expect(chain.state.total(of: .curatorBondReturn) == tokens(4))
    #expect(chain.state.balance(of: .curatorBonds) == tokens(4))
    #expect(chain.state.brokenInvariants() == [])
  }
}
