import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

extension DisputeStory {
  /// Opens a dispute of carol's about the second receipt's query, naming these payouts.
  mutating func open(
    _ batch: DisputedBatch, right: Receipt, by person: Person = carol
  ) throws -> Identifier<Dispute> {
    let sequence = try chain.success(opening(batch, right: right), by: person)
    return Identifier(creator: person.account, sequence: sequence)
  }

  func opening(_ batch: DisputedBatch, right: Receipt) -> Message {
    opening(
      .query(
        batch: batch.id, opened: batch.opened(1), receipt: batch.receipts[1],
        right: RightPayouts(payouts: right.payouts, refund: right.refund)))
  }

  func opening(_ claim: DisputeClaim) -> Message {
    .openDispute(OpenDispute(claim: claim, grounds: digest("grounds")))
  }

  func answer(_ id: Identifier<Dispute>, concedes: Bool = false) -> Message {
    .answerDispute(AnswerDispute(dispute: id, concedes: concedes, grounds: digest("answer")))
  }

  /// Makes blocks until the panel is drawn, and returns its members.
  mutating func drawn(_ id: Identifier<Dispute>) throws -> [Person] {
    for _ in 0..<6 {
      if case .voting = chain.state.dispute(id)?.phase { break }
      try chain.block()
    }
    let seats = chain.state.dispute(id)?.panel.map(\.verifier) ?? []
    return seats.compactMap { seat in verifiers.first { $0.account == seat } }
  }

  func reveal(_ id: Identifier<Dispute>, _ verdict: Verdict) -> RevealVerdict {
    RevealVerdict(dispute: id, verdict: verdict, salt: digest("salt"))
  }

  /// Lets a panel vote, one verdict each; nil commits and never reveals.
  mutating func vote(
    _ id: Identifier<Dispute>, _ votes: [(Person, Verdict?)]
  ) throws {
    try chain.block(
      votes.map { person, verdict in
        let commitment = reveal(id, verdict ?? .sound).commitment(verifier: person.account)
        return chain.transaction(
          .commitVerdict(CommitVerdict(dispute: id, commitment: commitment)), by: person)
      })
    try chain.pass(blocks: 5)
    try chain.block(
      votes.compactMap { person, verdict in
        verdict.map { chain.transaction(.revealVerdict(reveal(id, $0)), by: person) }
      })
    try chain.pass(blocks: 3)
  }

  func outcome(_ id: Identifier<Dispute>) -> DisputeOutcome? {
    chain.state.dispute(id)?.outcome
  }
}

@Suite struct DisputeRulesTests {
  @Test
  func
    `silence about a query leaves it to a panel: the payout is corrected, the server slashed`()
    throws
  {
    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift)
    let before = story.balance(of: carol)
    let id = try story.open(batch, right: try story.receipt(2))
    #expect(story.balance(.disputeBonds) == tokens(10))
    #expect(
      try story.chain.rejection(
        of: story.opening(batch, right: try story.receipt(2)), by: bob)
        == .dispute(.alreadyDisputed))
    let panel = try story.drawn(id)
    #expect(story.outcome(id) == nil)
    try story.vote(id, panel.map { ($0, .faulty) })
    #expect(story.outcome(id) == .upheld)
    // The bond of 10 came back, and 40 of 100 of what the server lost.
    #expect(story.balance(of: carol) + TestChain.fee == before + batch.partOfSlash(40))
    try story.chain.pass(blocks: 6)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test(arguments: [false, true])
  func
    `a friend who names wrong payouts loses, whether the accused gives in or is silent`(
      concedes: Bool
    ) throws
  {
    var story = try DisputeStory()
    let batch = try story.batch()
    var wrong = try story.receipt(2)
    DisputeStory.shift(&wrong)
    let before = story.balance(of: carol)
    let id = try story.open(batch, right: wrong)
    if concedes { try story.chain.success(story.answer(id, concedes: true), by: erin) }
    let panel = try story.drawn(id)
    try story.vote(id, panel.map { ($0, .sound) })
    #expect(story.outcome(id) == .rejected)
    #expect(story.balance(of: carol) + TestChain.fee + tokens(10) == before)
    #expect(story.balance(.serverBond(erin.account)) >= tokens(100))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `an accused who gives in about an answer loses at once`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    let sequence = try story.chain.success(
      story.opening(batch.answerClaim(1)), by: dave)
    let id = Identifier<Dispute>(creator: dave.account, sequence: sequence)
    #expect(
      try story.chain.rejection(of: story.answer(id, concedes: true), by: bob)
        == .dispute(.notAccused))
    try story.chain.success(story.answer(id, concedes: true), by: erin)
    #expect(story.outcome(id) == .upheld)
    #expect(
      try story.chain.rejection(of: story.answer(id), by: erin) == .dispute(.wrongPhase))
  }

  @Test func `a liar loses to the majority, which is paid, and the minority is slashed`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift)
    let before = story.balance(of: carol)
    let id = try story.open(batch, right: try story.receipt(2))
    try story.chain.success(story.answer(id), by: erin)
    let panel = try story.drawn(id)
    try #require(panel.count == 3)
    #expect(story.chain.state.dispute(id)?.isOperatorFinal == false)
    let purses = panel.map { story.balance(of: $0) }
    try story.vote(id, [(panel[0], .faulty), (panel[1], .sound), (panel[2], .faulty)])
    #expect(story.outcome(id) == .upheld)
    #expect(story.balance(of: carol) + TestChain.fee == before + batch.partOfSlash(40))
    // 20 of 100 for two; 20 % of the minority's 20; two transactions each.
    for (place, gain) in [(0, batch.partOfSlash(10)), (1, .zero), (2, batch.partOfSlash(10))] {
      #expect(
        story.balance(of: panel[place]) + TestChain.fee + TestChain.fee == purses[place] + gain)
    }
    #expect(story.balance(.verifierBond(panel[1].account)) == tokens(16))
    // And the batch, final by now, has paid its fees.
    #expect(story.balance(.treasury) >= batch.partOfSlash(40) + tokens(4))
    #expect(story.balance(.treasury) < tokens(40 + 4) + TestChain.fee)
    #expect(story.chain.state.verifier(panel[0].account)?.openSeats == 0)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a false challenger loses the bond to the server, panel and treasury`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    var lie = try story.receipt(2)
    DisputeStory.shift(&lie)
    let before = (story.balance(of: carol), story.balance(of: erin))
    let id = try story.open(batch, right: lie)
    try story.chain.success(story.answer(id), by: erin)
    let panel = try story.drawn(id)
    try story.vote(id, panel.map { ($0, .sound) })
    #expect(story.outcome(id) == .rejected)
    #expect(story.balance(of: carol) + TestChain.fee + tokens(10) == before.0)
    #expect(story.balance(of: erin) + TestChain.fee >= before.1 + tokens(4))
    #expect(story.balance(.serverBond(erin.account)) == tokens(100))
    try story.chain.pass(blocks: 6)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `without a quorum another panel is drawn once, then all bonds return`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift)
    let before = story.balance(of: carol)
    let id = try story.open(batch, right: try story.receipt(2))
    try story.chain.success(story.answer(id), by: erin)
    let first = try story.drawn(id)
    try story.vote(id, [(first[0], .faulty), (first[1], nil)])
    #expect(story.chain.state.dispute(id)?.round == 2)
    // Absent: one who did not reveal, one who did not even commit.
    #expect(story.balance(.verifierBond(first[0].account)) == tokens(20))
    #expect(story.balance(.verifierBond(first[1].account)) == tokens(18))
    #expect(story.balance(.verifierBond(first[2].account)) == tokens(18))
    let second = try story.drawn(id)
    #expect(Set(second.map(\.name)).isDisjoint(with: [first[1].name, first[2].name]))
    try story.vote(id, [])
    #expect(story.outcome(id) == .dismissed)
    #expect(story.balance(of: carol) + TestChain.fee == before)
    #expect(story.balance(.serverBond(erin.account)) == tokens(100))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a tie decides nothing`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    var lie = try story.receipt(2)
    DisputeStory.shift(&lie)
    let id = try story.open(batch, right: lie)
    try story.chain.success(story.answer(id), by: erin)
    let panel = try story.drawn(id)
    try story.vote(id, [(panel[0], .sound), (panel[1], .faulty), (panel[2], nil)])
    #expect(story.chain.state.dispute(id)?.round == 2)
    #expect(story.balance(.verifierBond(panel[1].account)) == tokens(20))
  }

  @Test func `whoever can't say is present, is paid nothing, and leaves it to others`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift)
    let id = try story.open(batch, right: try story.receipt(2))
    try story.chain.success(story.answer(id), by: erin)
    let panel = try story.drawn(id)
    let before = panel.map { story.balance(of: $0) }
    try story.vote(id, [(panel[0], .faulty), (panel[1], .undecidable), (panel[2], .faulty)])
    #expect(story.outcome(id) == .upheld)
    for member in panel { #expect(story.balance(.verifierBond(member.account)) == tokens(20)) }
    let fees = TestChain.fee + TestChain.fee
    #expect(story.balance(of: panel[1]) + fees == before[1])
    #expect(story.balance(of: panel[0]) > before[0])
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a panel that mostly can't say is no quorum, and others are drawn`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift)
    let id = try story.open(batch, right: try story.receipt(2))
    try story.chain.success(story.answer(id), by: erin)
    let first = try story.drawn(id)
    try story.vote(
      id, [(first[0], .undecidable), (first[1], .undecidable), (first[2], .faulty)])
    #expect(story.chain.state.dispute(id)?.round == 2)
    let second = try story.drawn(id)
    #expect(Set(second.map(\.name)).isDisjoint(with: [first[0].name, first[1].name]))
    try story.vote(id, second.map { ($0, .undecidable) })
    #expect(story.outcome(id) == .dismissed)
    for member in first + second {
      #expect(story.balance(.verifierBond(member.account)) == tokens(20))
    }
    #expect(story.balance(.serverBond(erin.account)) == tokens(100))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a server that withholds what decides a query loses, and its opener wins nothing`()
    throws
  {
    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift)
    let before = story.balance(of: carol)
    let id = try story.open(batch, right: try story.receipt(2))
    try story.chain.success(story.answer(id), by: erin)
    let panel = try story.drawn(id)
    let members = panel.map { story.balance(of: $0) }
    // It may have shown it to one of them, who is right too.
    try story.vote(id, [(panel[0], .withheld), (panel[1], .sound), (panel[2], .withheld)])
    #expect(story.outcome(id) == .withheld)
    #expect(story.balance(of: carol) + TestChain.fee == before, "the bond came back, no more")
    #expect(story.balance(.serverBond(erin.account)) == batch.contributorsPart)
    for member in panel { #expect(story.balance(.verifierBond(member.account)) == tokens(20)) }
    #expect(story.balance(of: panel[0]) > members[0])
    // It pays as uplift has it, which is alike for both, whatever server and opener say.
    let paid = try story.paid(batch)
    var fair = try DisputeStory()
    let expected = try fair.paid(try fair.batch(lie: Self.halve))
    for (got, due) in zip([paid[0], paid[1] + TestChain.fee, paid[2]], expected) {
      #expect(got + Amount(baseUnits: 1) >= due && due + Amount(baseUnits: 1) >= got)
    }
  }

  /// Has a receipt pay bob and carol alike.
  private static func halve(_ receipt: inout Receipt) {
    let all =
      receipt.payouts.reduce(receipt.refund.baseUnits) { $0 + $1.amount.baseUnits }
    receipt.payouts = [(bob, all / 2), (carol, all - all / 2)].map {
      Payout(account: $0.account, amount: Amount(baseUnits: $1))
    }.sorted { $0.account < $1.account }
    receipt.refund = .zero
  }

  @Test func `an owner who withholds what decides a run loses it, and uplift divides`() throws {
    var story = try DisputeStory()
    let right = PayShares(shares: [PayShare(account: bob.account, weight: 1)])
    let sequence = try story.chain.success(
      story.opening(.run(run: story.story.run, piece: .replay, right: right)), by: carol)
    let id = Identifier<Dispute>(creator: carol.account, sequence: sequence)
    try story.chain.success(story.answer(id), by: alice)
    let before = story.balance(of: carol)
    try story.vote(id, try story.drawn(id).map { ($0, .withheld) })
    #expect(story.outcome(id) == .withheld)
    #expect(story.balance(of: carol) == before + tokens(10))
    #expect(story.chain.state.standing(of: story.story.run)?.status == .slashed)
    #expect(story.chain.state.runRepair(story.story.run) == PayShares())
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `too few verifiers make a verdict the operator's, none make no verdict`() throws {
    var story = try DisputeStory(verifiers: 1)
    let batch = try story.batch(lie: DisputeStory.shift)
    let id = try story.open(batch, right: try story.receipt(2))
    try story.chain.success(story.answer(id), by: erin)
    let panel = try story.drawn(id)
    #expect(panel.count == 1)
    try story.vote(id, [(panel[0], .faulty)])
    #expect(story.outcome(id) == .upheld)
    #expect(story.chain.state.dispute(id)?.isOperatorFinal == true)

    story = try DisputeStory(verifiers: 0)
    let other = try story.batch(lie: DisputeStory.shift)
    let alone = try story.open(other, right: try story.receipt(2))
    try story.chain.success(story.answer(alone), by: erin)
    try story.chain.pass(blocks: 3)
    #expect(story.outcome(alone) == .dismissed)
    #expect(story.chain.state.dispute(alone)?.isOperatorFinal == true)
    #expect(story.balance(.disputeBonds) == .zero)
  }

  @Test func `a verdict is committed once, by the panel, and revealed as committed`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    var lie = try story.receipt(2)
    DisputeStory.shift(&lie)
    let id = try story.open(batch, right: lie)
    func commit(_ verdict: Verdict, of person: Person) -> Message {
      .commitVerdict(
        CommitVerdict(
          dispute: id,
          commitment: story.reveal(id, verdict).commitment(verifier: person.account)))
    }
    #expect(
      try story.chain.rejection(of: commit(.sound, of: verifiers[0]), by: verifiers[0])
        == .dispute(.wrongPhase))
    try story.chain.success(story.answer(id), by: erin)
    let panel = try story.drawn(id)
    let stranger = try #require(verifiers.first { !panel.map(\.name).contains($0.name) })
    try story.chain.block([
      story.chain.transaction(commit(.sound, of: panel[0]), by: panel[0]),
      // A copy of another's commitment can't be revealed.
      story.chain.transaction(commit(.sound, of: panel[0]), by: panel[1]),
      story.chain.transaction(commit(.sound, of: panel[2]), by: panel[2]),
    ])
    #expect(
      try story.chain.rejection(of: commit(.faulty, of: panel[0]), by: panel[0])
        == .dispute(.alreadyDone))
    #expect(
      try story.chain.rejection(of: commit(.sound, of: stranger), by: stranger)
        == .dispute(.notOnPanel))
    let early = Message.revealVerdict(story.reveal(id, .sound))
    try story.chain.block()
    try story.chain.block([story.chain.transaction(early, by: panel[0])])
    #expect(
      try story.chain.rejection(of: early, by: panel[1]) == .dispute(.commitmentMismatch))
    #expect(
      try story.chain.rejection(
        of: .revealVerdict(story.reveal(id, .faulty)), by: panel[2])
        == .dispute(.commitmentMismatch))
  }

  @Test func `only possible payouts can be claimed, of what is open, in its window`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    let honest = try story.receipt(2)
    func rejection(_ edit: (inout Receipt) -> Void) throws -> Rejection? {
      var right = honest
      DisputeStory.shift(&right)
      edit(&right)
      return try story.chain.rejection(of: story.opening(batch, right: right), by: carol)
    }
    let impossible = Rejection.dispute(.payoutsImpossible)
    #expect(try rejection { $0 = honest } == impossible)
    #expect(try rejection { $0.refund = tokens(1) } == impossible)
    #expect(try rejection { $0.payouts.reverse() } == impossible)
    #expect(try rejection { $0.payouts[0].account = erin.account } == impossible)
    let wrongPlace = DisputeClaim.answer(
      batch: batch.id,
      opened: OpenedReceipt(
        leaf: batch.contents.receipts[0],
        proof: batch.contents.receiptsTree.proof(ofLeaf: 1)), before: nil)
    #expect(
      try story.chain.rejection(of: story.opening(wrongPlace), by: carol)
        == .dispute(.notOpened))
    try story.chain.pass(blocks: 5)
    #expect(
      try story.chain.rejection(
        of: story.opening(batch.answerClaim(1)), by: carol)
        == .dispute(.batchNotOpen))
  }

  @Test func `an answer that is not the model's is void, and the others pay on`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    let sequence = try story.chain.success(
      story.opening(batch.answerClaim(1)), by: dave)
    let id = Identifier<Dispute>(creator: dave.account, sequence: sequence)
    try story.chain.pass(blocks: 3)
    #expect(story.outcome(id) == .upheld)
    let name = BatchLeafName(batch: batch.id, leaf: 1)
    #expect(story.chain.state.record(.voidReceipt(name)) == true)
    #expect(
      story.balance(.channelEscrow(story.story.channel)) + batch.receipts[0].fee
        + batch.receipts[2].fee == tokens(1))
    try story.chain.pass(blocks: 20)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `what is decided otherwise leaves a dispute nothing to decide`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(
      lie: DisputeStory.shift,
      inContents: { $0.receipts[1].fee = $0.receipts[1].fee + Amount(baseUnits: 1) })
    let before = story.balance(of: carol)
    let id = try story.open(batch, right: try story.receipt(2))
    let order = BatchEvidence.order(opened: batch.opened(1), order: batch.contents.orders[1])
    try story.chain.success(
      batch.proof(
        .arithmetic(shown: order, before: batch.opened(0))), by: bob)
    try story.chain.pass(blocks: 6)
    #expect(story.outcome(id) == .dismissed)
    #expect(story.balance(of: carol) + TestChain.fee == before)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `pieces of a run are disputed in its window, one dispute each`() throws {
    var story = try DisputeStory()
    let run = story.story.run
    #expect(
      try story.chain.rejection(of: story.opening(.run(run: run, piece: .row(24))), by: carol)
        == .dispute(.pieceNotFound))
    #expect(
      try story.chain.rejection(of: story.opening(.run(run: run, piece: .decoyRow(8))), by: carol)
        == .dispute(.pieceNotFound))
    #expect(
      try story.chain.rejection(
        of: story.opening(.run(run: Identifier(digest("none")), piece: .replay)), by: carol)
        == .dispute(.runNotStanding))
    let before = story.balance(of: carol)
    let sequence = try story.chain.success(story.opening(.run(run: run, piece: .uplift)), by: carol)
    let id = Identifier<Dispute>(creator: carol.account, sequence: sequence)
    #expect(
      try story.chain.rejection(of: story.opening(.run(run: run, piece: .uplift)), by: bob)
        == .dispute(.alreadyDisputed))
    try story.chain.success(story.answer(id), by: alice)
    let panel = try story.drawn(id)
    try story.vote(id, panel.map { ($0, .faulty) })
    #expect(story.outcome(id) == .upheld)
    #expect(story.balance(.runBonds) == .zero)
    #expect(story.balance(of: carol) + TestChain.fee == before + tokens(2))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `an agent loses part of its bond for an action that was another`() throws {
    var story = try DisputeStory()
    let agent = Identifier<Agent>(
      creator: alice.account,
      sequence: try story.chain.success(
        .registerAgent(RegisterAgent(name: "a", terms: AgentStory.terms, bond: tokens(10))),
        by: alice))
    let receipt = ActionReceipt(
      chain: story.chain.id, agent: agent, version: 1, run: 1, window: 1,
      actions: AgentStory.tree.root, count: 3, spent: tokens(3))
    try story.chain.success(
      .recordActions(RecordActions(receipt: receipt.signed(by: robot.key))), by: alice)
    let name = AgentActionName(run: AgentRunName(agent: agent, run: 1), index: 2)
    let sequence = try story.chain.success(story.opening(.action(name)), by: bob)
    let id = Identifier<Dispute>(creator: bob.account, sequence: sequence)
    #expect(story.chain.state.agent(agent)?.holds == 1)
    try story.chain.pass(blocks: 3)
    #expect(story.outcome(id) == .upheld)
    #expect(story.balance(.agentBond(agent)) == tokens(5))
    #expect(story.chain.state.agentRun(name.run)?.isVoid == true)
    #expect(story.chain.state.agent(agent)?.holds == 0)
    #expect(story.chain.state.brokenInvariants() == [])
  }
}
