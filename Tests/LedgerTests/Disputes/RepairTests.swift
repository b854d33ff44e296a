import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

/// What is wrong in a batch is put right, and everybody gets what an honest batch would have paid.
@Suite struct RepairTests {
  /// What bob, carol and the channel hold after an honest batch.
  private func honest() throws -> [Amount] {
    var story = try DisputeStory()
    let batch = try story.batch()
    return try story.paid(batch)
  }

  private static func lowerScores(_ receipt: inout Receipt) {
    let own = receipt.evidence.influence
    receipt.evidence.influence = InfluenceEvidence(
      query: own.query, decoyScores: own.decoyScores, floor: own.floor,
      records: Array(own.records.dropFirst()))
  }

  private func struckStory() throws -> (DisputeStory, DisputedBatch) {
    var story = try DisputeStory()
    let batch = try story.batch(lie: Self.lowerScores)
    for finding in try story.findings(in: batch) {
      try story.chain.success(finding.message, by: alice)
    }
    return (story, batch)
  }

  @Test func `a receipt with wrong scores pays what the right one that is presented says`() throws {
    var (story, batch) = try struckStory()
    // Fees and rewards aside, alice is nobody in the story.
    let before = story.balance(of: alice)
    let presented = try story.presentation(of: batch)
    try story.chain.success(.presentReceipt(presented), by: alice)
    #expect(story.balance(of: alice) + TestChain.fee + tokens(10) == before)
    #expect(
      try story.chain.rejection(of: .presentReceipt(presented), by: alice) == .dispute(.notStruck))
    #expect(try story.findings(in: batch, presented: presented.right).isEmpty)
    #expect(story.chain.state.brokenInvariants() == [])
    #expect(try story.paid(batch) == honest())
    #expect(story.balance(.disputeBonds) == .zero)
  }

  @Test func `the others of its batch pay although nobody presents it, and it pays by uplift`()
    throws
  {
    var (story, batch) = try struckStory()
    let fair = try honest()
    let paid = try story.paid(batch)
    let run = try #require(story.chain.state.run(story.story.run))
    #expect(run.claim.uplift.map(\.uplift) == [1000, 1000])
    // Both have as much of the second receipt; of the others, their own.
    let honestReceipt = try story.receipt(2)
    let halves = honestReceipt.payouts.reduce(Amount.zero) { $0 + $1.amount }.baseUnits / 2
    let bobs = try #require(honestReceipt.payouts.first { $0.account == bob.account }).amount
    let expected = fair[0] - bobs + Amount(baseUnits: halves)
    let difference = max(paid[0], expected) - min(paid[0], expected)
    #expect(difference.baseUnits <= 1)
    #expect(paid[0] + paid[1] == fair[0] + fair[1])
  }

  @Test func `whoever presents a wrong receipt loses more than it would bring, and others go on`()
    throws
  {
    var (story, batch) = try struckStory()
    let right = try story.presentation(of: batch)
    var wrong = right
    DisputeStory.shift(&wrong.right)
    try story.chain.success(.presentReceipt(wrong), by: carol)
    let found = try story.findings(in: batch, presented: wrong.right)
    #expect(found.map(\.code) == ["receipt_payout_wrong"])
    let proof = try #require(found.first).message
    let bond = story.balance(.serverBond(erin.account))
    let before = story.balance(of: alice)
    try story.chain.success(proof, by: alice)
    #expect(story.balance(of: alice) + TestChain.fee == before + tokens(4))
    #expect(story.balance(.serverBond(erin.account)) == bond)
    #expect(
      try story.chain.rejection(of: proof, by: alice) == .dispute(.alreadyCorrected))
    #expect(try story.paid(batch)[1] + tokens(10) + TestChain.fee == honest()[1])
  }

  @Test func `a presented receipt whose list is wrong may be presented anew`() throws {
    var (story, batch) = try struckStory()
    let right = try story.presentation(of: batch)
    var wrong = right
    wrong.right = right.wrong
    for round in 1...3 {
      try story.chain.success(.presentReceipt(wrong), by: carol)
      let found = try story.findings(in: batch, presented: wrong.right)
      #expect(found.map(\.code) == ["scores_record_omitted"])
      try story.chain.success(try #require(found.first).message, by: alice)
      #expect(story.struck(1, of: batch)?.round == UInt8(round))
    }
    #expect(
      try story.chain.rejection(of: .presentReceipt(right), by: alice) == .dispute(.notStruck))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `only scores and what follows from them are presented anew`() throws {
    var (story, batch) = try struckStory()
    let right = try story.presentation(of: batch)
    let lies: [(inout Receipt) -> Void] = [
      { $0.answer = digest("another") }, { $0.tokensOut += 1 }, { $0.evidence.retrieval = nil },
      {
        let own = $0.evidence.influence
        $0.evidence.influence = InfluenceEvidence(
          query: QueryVector(values: own.query.values.reversed()), decoyScores: own.decoyScores,
          floor: own.floor, records: own.records)
      },
    ]
    for lie in lies {
      var wrong = right
      lie(&wrong.right)
      #expect(
        try story.chain.rejection(of: .presentReceipt(wrong), by: alice)
          == .dispute(.presentedWrong))
    }
    var wrong = right
    wrong.right.refund = wrong.right.refund + Amount(baseUnits: 1)
    #expect(
      try story.chain.rejection(of: .presentReceipt(wrong), by: alice)
        == .dispute(.payoutsImpossible))
    wrong = right
    wrong.wrong = batch.receipts[0]
    #expect(
      try story.chain.rejection(of: .presentReceipt(wrong), by: alice) == .dispute(.notOpened))
  }

  @Test func `a receipt whose passages are wrong pays as if it had none`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: { receipt in
      let own = receipt.evidence.retrieval
      receipt.evidence.retrieval = RetrievalEvidence(
        likelihoods: AnswerLikelihoods(base: -9, adapter: -4, context: -3, both: 1),
        passages: own?.passages ?? [])
    })
    try story.chain.success(
      batch.proof(
        .retrieval(opened: batch.opened(1), receipt: batch.receipts[1], evidence: .itself)),
      by: bob)
    let presented = try story.presentation(of: batch)
    #expect(presented.right.evidence.retrieval == nil)
    try story.chain.success(.presentReceipt(presented), by: alice)
    try story.chain.pass(blocks: 20)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a panel that knows better has the last word`() throws {
    var (story, batch) = try struckStory()
    try story.chain.success(.presentReceipt(try story.presentation(of: batch)), by: alice)
    var right = batch.receipts[1]
    right.payouts = [
      Payout(account: carol.account, amount: right.payouts.reduce(.zero) { $0 + $1.amount })
    ]
    let id = Identifier<Dispute>(
      creator: alice.account,
      sequence: try story.chain.success(story.opening(batch, right: right), by: alice))
    try story.chain.pass(blocks: 1)
    #expect(story.chain.state.dispute(id)?.outcome == nil)
    // Nobody answers.
    let panel = try story.drawn(id)
    try story.vote(id, panel.map { ($0, .faulty) })
    #expect(story.chain.state.dispute(id)?.outcome == .upheld)
    #expect(story.struck(1, of: batch) == nil)
    #expect(story.balance(.disputeBonds) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  // MARK: - Amounts

  private static func resum(_ contents: inout BatchContents) {
    var sum = Amount.zero
    for place in contents.amounts[0].leaves.indices {
      sum = sum + contents.amounts[0].leaves[place].amount
      contents.amounts[0].leaves[place].sum = sum
    }
  }

  /// Bob's and carol's amounts of one receipt change places; no sum of the receipt changes.
  private static func swap(_ contents: inout BatchContents) {
    let places = contents.amounts[0].leaves.indices.filter {
      contents.amounts[0].leaves[$0].receipt == 1
    }
    let amounts = places.map { contents.amounts[0].leaves[$0].amount }
    for (place, amount) in zip(places, amounts.reversed()) {
      contents.amounts[0].leaves[place].amount = amount
    }
    resum(&contents)
  }

  private static let lies: [@Sendable (inout BatchContents) -> Void] = [
    swap,
    { contents in
      // One of bob's or carol's leaves is left out, and another takes its amount.
      let leaf = contents.amounts[0].leaves.remove(at: 1)
      contents.amounts[0].leaves[3].amount = contents.amounts[0].leaves[3].amount + leaf.amount
      resum(&contents)
    },
    { contents in
      // The leaves are right; a sum between them is not.
      let last = contents.amounts[0].leaves[2].sum
      contents.amounts[0].leaves[2].sum = last + Amount(baseUnits: 77)
    },
  ]

  @Test(arguments: lies.indices)
  func `whoever's leaves pay too little is paid out of the bond, in whatever order it is shown`(
    lie: Int
  ) throws {
    for isReversed in [false, true] {
      var story = try DisputeStory()
      let batch = try story.batch(inContents: Self.lies[lie])
      let findings = try story.findings(in: batch)
      #expect(findings.count == 2)
      for finding in isReversed ? findings.reversed() : findings {
        try story.chain.success(finding.message, by: alice)
        #expect(
          try story.chain.rejection(of: finding.message, by: alice)
            == .dispute(.alreadyCorrected))
        #expect(story.chain.state.brokenInvariants() == [])
      }
      #expect(try story.findings(in: batch).isEmpty)
      #expect(try story.paid(batch) == honest())
    }
  }

  @Test func `amounts that are the document's show nothing, nor do leaves that are others`() throws
  {
    var story = try DisputeStory()
    let batch = try story.batch(inContents: Self.swap)
    let part = batch.contents.amounts[0]
    func proof(_ receipt: Int, _ shown: AmountEvidence) -> Message {
      batch.proof(
        .amount(opened: batch.opened(receipt), receipt: batch.receipts[receipt], shown: shown))
    }
    let right = part.evidence(of: bob.account, receipt: 0, in: part.tree)
    #expect(try story.chain.rejection(of: proof(0, right), by: alice) == .dispute(.noFault))
    #expect(try story.chain.rejection(of: proof(1, right), by: alice) == .dispute(.notOpened))
    let shown = part.evidence(of: bob.account, receipt: 1, in: part.tree)
    let changes: [(inout AmountEvidence) -> Void] = [
      { $0.payee = carol.account }, { $0.before = nil }, { $0.leaf = nil },
      { $0.after = batch.amount(0) }, { $0.before = $0.leaf },
    ]
    for change in changes {
      var wrong = shown
      change(&wrong)
      #expect(try story.chain.rejection(of: proof(1, wrong), by: alice) == .dispute(.notOpened))
    }
  }

  @Test func `a wrong sum of amounts costs the bond once, and opens one more window`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(inContents: Self.lies[2])
    try story.chain.pass(blocks: 1)
    let proof = batch.proof(
      .arithmetic(
        shown: .adjacentAmounts(
          adapter: story.story.adapter, first: batch.amount(1), second: batch.amount(2))))
    let before = try #require(story.chain.state.batch(batch.id)).windowEnds
    try story.chain.success(proof, by: bob)
    let after = try #require(story.chain.state.batch(batch.id))
    #expect(after.status == .open && after.isProvedWrong && after.windowEnds.time > before.time)
    #expect(story.balance(.serverBond(erin.account)) == batch.contributorsPart)
    #expect(try story.chain.rejection(of: proof, by: bob) == .dispute(.alreadyCorrected))
    try story.chain.pass(blocks: 20)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    #expect(story.chain.state.brokenInvariants() == [])
  }
}
