import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

/// What a slashed run's answers brought goes to its contributors, but not as it said.
@Suite struct RunRepairTests {
  private static let shares = PayShares(
    shares: [
      PayShare(account: bob.account, weight: 3), PayShare(account: carol.account, weight: 1),
    ].sorted { $0.account < $1.account })

  private func dispute(
    _ story: inout DisputeStory, _ piece: RunPiece, right: PayShares = Self.shares
  ) throws -> Identifier<Dispute> {
    let opening = story.opening(.run(run: story.story.run, piece: piece, right: right))
    return Identifier(
      creator: alice.account, sequence: try story.chain.success(opening, by: alice))
  }

  /// Reveals the epoch's set, and returns what bob and carol are paid.
  private func paid(_ story: inout DisputeStory) throws -> [UInt128] {
    let before = [story.balance(of: bob), story.balance(of: carol)]
    try story.chain.success(
      .revealHeldOut(Story.heldOutReveal(of: story.story.datanet)), by: alice)
    try story.chain.pass(blocks: 20)
    #expect(story.balance(.contributorEscrow(story.story.run)) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
    return [story.balance(of: bob) - before[0], story.balance(of: carol) - before[1]]
      .map(\.baseUnits)
  }

  @Test func `what was not paid yet is shared as the panel found right`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    let id = try dispute(&story, .replay)
    try story.chain.success(story.answer(id), by: alice)
    let panel = try story.drawn(id)
    try story.vote(id, panel.map { ($0, .faulty) })
    #expect(story.outcome(id) == .upheld)
    #expect(story.chain.state.runRepair(story.story.run) == Self.shares)
    let paid = try paid(&story)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    let all = batch.contents.draws.reduce(UInt128(0)) { $0 + $1.payouts.baseUnits }
    #expect(paid.reduce(0, +) == all)
    #expect(paid[0] <= all * 3 / 4 + 1 && paid[0] >= all * 3 / 4)
    let claims = ClaimAmounts(claims: batch.contents.claims(of: batch.id))
    let rejection = try story.chain.rejection(of: .claimAmounts(claims), by: dave)
    #expect(rejection == .receipt(.runSlashed))
  }

  @Test func `nothing is paid while a run is disputed, and all of it when it stands`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    try story.chain.pass(blocks: 12)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    try story.chain.success(
      .revealHeldOut(Story.heldOutReveal(of: story.story.datanet)), by: alice)
    let id = try dispute(&story, .uplift)
    try story.chain.success(story.answer(id), by: alice)
    let panel = try story.drawn(id)
    try story.vote(id, panel.map { ($0, nil) })
    // The first panel was absent; by now the epoch is released.
    let claims = Message.claimAmounts(
      ClaimAmounts(claims: batch.contents.claims(of: batch.id)))
    #expect(
      story.chain.state.heldOut(of: story.story.datanet, epoch: 1)?.release?.hasCome(
        at: story.chain.head.header.time, height: story.chain.head.header.height) == true)
    #expect(try story.chain.rejection(of: claims, by: dave) == .receipt(.epochNotReleased))
    try story.chain.pass(blocks: 20)
    #expect(story.outcome(id) == .dismissed)
    try story.chain.success(claims, by: dave)
    #expect(story.balance(.contributorEscrow(story.story.run)) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `uplift is disputed until the epoch is released, and the bond stays as long`() throws {
    var story = try DisputeStory()
    try story.chain.success(
      .retireAdapter(RetireAdapter(adapter: story.story.adapter)), by: alice)
    try story.chain.pass(blocks: 40)
    let run = story.story.run
    let withdrawal = Message.withdrawRunBond(WithdrawRunBond(run: run))
    #expect(
      try story.chain.rejection(of: story.opening(.run(run: run, piece: .row(1))), by: carol)
        == .dispute(.windowOver))
    #expect(try story.chain.rejection(of: withdrawal, by: alice) == .model(.bondNotDue))
    try story.chain.success(
      .revealHeldOut(Story.heldOutReveal(of: story.story.datanet)), by: alice)
    _ = try dispute(&story, .uplift)
    #expect(try story.chain.rejection(of: withdrawal, by: alice) == .model(.bondNotDue))
    // Nobody says anything about it: the owner has lost after two panels.
    try story.chain.pass(blocks: 60)
    #expect(story.balance(.runBonds) == .zero)
    #expect(story.chain.state.standing(of: run)?.status == .slashed)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `an uplift that stood until the release is disputed no more`() throws {
    var story = try DisputeStory()
    try story.chain.success(
      .revealHeldOut(Story.heldOutReveal(of: story.story.datanet)), by: alice)
    try story.chain.pass(blocks: 40)
    #expect(
      try story.chain.rejection(
        of: story.opening(.run(run: story.story.run, piece: .uplift)), by: carol)
        == .dispute(.windowOver))
  }

  @Test func `shares are of contributors, positive and sorted`() throws {
    var story = try DisputeStory()
    let wrong: [[PayShare]] = [
      Self.shares.shares.reversed(), [PayShare(account: bob.account, weight: 0)],
      [PayShare(account: dave.account, weight: 1)],
    ]
    for shares in wrong {
      let opening = story.opening(
        .run(run: story.story.run, piece: .replay, right: PayShares(shares: shares)))
      #expect(
        try story.chain.rejection(of: opening, by: alice) == .dispute(.payoutsImpossible))
    }
  }

  @Test func `a contributor whom a lying run leaves out can be named`() throws {
    var story = try DisputeStory()
    var run = try #require(story.chain.state.run(story.story.run))
    run.claim.uplift.removeAll { $0.contributor == carol.account }
    story.chain.apply([
      StateWrite(key: StateKey<RunRecord>.run(story.story.run).bytes, value: run.canonicalBytes)
    ])
    let batch = try story.batch()
    let right = PayShares(shares: [PayShare(account: carol.account, weight: 1)])
    let id = try dispute(&story, .uplift, right: right)
    try story.chain.success(story.answer(id), by: alice)
    try story.vote(id, try story.drawn(id).map { ($0, .faulty) })
    let paid = try paid(&story)
    #expect(paid[0] == 0)
    #expect(paid[1] == batch.contents.draws.reduce(UInt128(0)) { $0 + $1.payouts.baseUnits })
  }

  @Test func `without shares, and without a panel, uplift decides`() throws {
    var story = try DisputeStory(verifiers: 0)
    let batch = try story.batch()
    let id = try dispute(&story, .replay, right: PayShares())
    try story.chain.success(story.answer(id, concedes: true), by: alice)
    try story.chain.pass(blocks: 6)
    #expect(story.outcome(id) == .withheld)
    let paid = try paid(&story)
    // Theirs is the same.
    #expect(paid[0] == paid[1] || paid[0] + 3 > paid[1] && paid[1] + 3 > paid[0])
    #expect(
      paid.reduce(0, +) == batch.contents.draws.reduce(0) { $0 + $1.payouts.baseUnits })
  }
}
