import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct FaultProofTests {
  private func expectVoid(_ story: DisputeStory, _ batch: DisputedBatch) {
    #expect(story.chain.state.batch(batch.id)?.status == .voided)
    #expect(story.balance(.serverBond(erin.account)) == .zero)
    #expect(story.balance(.channelEscrow(story.story.channel)) == tokens(1))
    // The payers have all of it back, and contributors their part out of the bond.
    #expect(story.balance(.contributorEscrow(story.story.run)) == batch.contributorsPart)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a leaf that nobody can read voids its batch and costs the server's bond`() throws {
    var story = try DisputeStory()
    let honest = try story.story.contents((1...3).map { try story.receipt($0).settled })
    let leaves = [[7], [8, 9]] + honest.receipts.suffix(1).map(\.canonicalBytes)
    let tree = MerkleTree(leaves: leaves)
    var message = honest.message
    message.receiptsRoot = tree.root
    let sequence = try story.chain.success(.settleBatch(message), by: erin)
    let batch = DisputedBatch(
      id: Identifier(creator: erin.account, sequence: sequence), contents: honest, receipts: [])
    func proof(_ place: Int) -> Message {
      batch.proof(
        .arithmetic(
          shown: .unreadableReceipt(bytes: leaves[place], proof: tree.proof(ofLeaf: place))))
    }
    let before = story.balance(of: carol)
    #expect(try story.chain.rejection(of: proof(2), by: carol) == .dispute(.noFault))
    try story.chain.success(proof(1), by: carol)
    expectVoid(story, batch)
    // 40 of 100 to the prover, of what contributors left; two transactions are paid.
    let reward = batch.partOfSlash(40)
    #expect(story.balance(of: carol) + TestChain.fee + TestChain.fee == before + reward)
    #expect(story.balance(.treasury) + reward + batch.contributorsPart == tokens(100))
    #expect(try story.chain.rejection(of: proof(0), by: carol) == .dispute(.batchNotOpen))
  }

  @Test func `payouts that do not follow from the evidence become what honest ones are`() throws {
    var honest = try DisputeStory()
    let honestBatch = try honest.batch()
    let expected = try honest.paid(honestBatch)

    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift)
    try #require(batch.receipts[1].payouts != honestBatch.receipts[1].payouts)
    func proof(_ place: Int, dropping count: Int = 0) throws -> Message {
      let rows = try batch.receipts[place].evidence.influence.records.dropLast(count).map {
        try story.opened($0.record)
      }
      return batch.proof(
        .payouts(
          opened: batch.opened(place), receipt: batch.receipts[place], rows: rows,
          passages: try story.rows(of: batch.receipts[place].evidence.retrieval)))
    }
    #expect(try story.chain.rejection(of: try proof(0), by: alice) == .dispute(.noFault))
    #expect(
      try story.chain.rejection(of: try proof(1, dropping: 1), by: alice)
        == .dispute(.rowsIncomplete))
    try story.chain.success(try proof(1), by: alice)
    // What the batch owes to contributors stays behind it until it is final.
    #expect(story.balance(.serverBond(erin.account)) == batch.contributorsPart)
    #expect(
      try story.chain.rejection(of: try proof(1), by: alice) == .dispute(.alreadyCorrected))
    #expect(try story.paid(batch) == expected)
  }

  @Test func `payouts are not judged without a row of every passage`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: DisputeStory.shift)
    let receipt = batch.receipts[1]
    let rows = try receipt.evidence.influence.records.map { try story.opened($0.record) }
    let passages = try story.rows(of: receipt.evidence.retrieval)
    for wrong in [Array(passages.dropLast()), Array(passages.reversed()), passages + passages] {
      let proof = batch.proof(
        .payouts(opened: batch.opened(1), receipt: receipt, rows: rows, passages: wrong))
      #expect(try story.chain.rejection(of: proof, by: alice) == .dispute(.rowsIncomplete))
    }
  }

  @Test func `wrong passages are shown by their rows, or the rows beside where they would stand`()
    throws
  {
    let honest = try DisputeStory().retrieval()
    let stranger = RetrievedPassage(record: digest("stranger"), drop: 3)
    func lie(_ passages: [RetrievedPassage], likelihood: Int64 = -1) -> RetrievalEvidence {
      RetrievalEvidence(
        likelihoods: AnswerLikelihoods(base: -9, adapter: -4, context: -3, both: likelihood),
        passages: passages)
    }
    typealias Shown = (DisputeStory) throws -> PassageEvidence
    let lies: [(RetrievalEvidence, Shown)] = [
      (lie(honest.passages, likelihood: 1), { _ in .itself }),
      (lie([]), { _ in .itself }),
      (lie(honest.passages + honest.passages.suffix(1)), { _ in .itself }),
      (
        lie([stranger]),
        { story in
          .absent(
            record: stranger.record, records: story.gap(for: stranger.record, ofDecoys: false),
            decoys: story.gap(for: stranger.record, ofDecoys: true))
        }
      ),
      (
        lie(honest.passages.reversed()),
        { story in
          .disordered(
            first: try story.opened(honest.passages[3].record),
            second: try story.opened(honest.passages[0].record))
        }
      ),
    ]
    for (evidence, shown) in lies {
      var story = try DisputeStory()
      let batch = try story.batch(lie: { $0.evidence.retrieval = evidence })
      func proof(_ place: Int) throws -> Message {
        batch.proof(
          .retrieval(
            opened: batch.opened(place), receipt: batch.receipts[place],
            evidence: try shown(story)))
      }
      #expect(try story.chain.rejection(of: try proof(0), by: bob) == .dispute(.noFault))
      try story.chain.success(try proof(1), by: bob)
      let struck = try #require(story.struck(1, of: batch))
      #expect(struck.isWithoutRetrieval && struck.right == nil)
    }
  }

  @Test func `a document that pays back more than its draw has voids the batch`() throws {
    var story = try DisputeStory()
    // The totals stay the honest ones; the document behind a leaf hands all of the fee's part, and
    // more, back to the payer.
    let honest = try story.batch().contents.message
    var lied = try DisputeStory()
    var receipts = try (1...3).map { try lied.receipt($0) }
    receipts[1].refund = receipts[1].refund + receipts[1].payouts[0].amount
    receipts[1].payouts.removeFirst()
    let contents = try lied.story.contents(receipts.map(\.settled))
    var message = contents.message
    message.draws = honest.draws
    let sequence = try lied.chain.success(.settleBatch(message), by: erin)
    let batch = DisputedBatch(
      id: Identifier(creator: erin.account, sequence: sequence), contents: contents,
      receipts: receipts)
    let rows = try receipts[1].evidence.influence.records.map { try lied.opened($0.record) }
    try lied.chain.success(
      batch.proof(
        .payouts(
          opened: batch.opened(1), receipt: receipts[1], rows: rows,
          passages: try lied.rows(of: receipts[1].evidence.retrieval))), by: carol)
    try lied.chain.pass(blocks: 14)
    #expect(lied.chain.state.batch(batch.id)?.status == .voided)
    #expect(lied.balance(.channelEscrow(lied.story.channel)) == tokens(1))
    #expect(lied.chain.state.brokenInvariants() == [])
  }

  @Test func `an index that is not sorted costs the run's bond`() throws {
    var story = try DisputeStory()
    let rows = [story.index.records[5], story.index.records[2]]
    let tree = MerkleTree(leaves: rows.map(\.canonicalBytes))
    var run = try #require(story.chain.state.run(story.story.run))
    run.claim.indexRoot = tree.root
    run.claim.rowCount = 2
    story.chain.apply([
      StateWrite(key: StateKey<RunRecord>.run(story.story.run).bytes, value: run.canonicalBytes)
    ])
    func proof(_ first: Int, _ second: Int) -> Message {
      .proveIndexFault(
        ProveIndexFault(
          run: story.story.run, ofDecoys: false,
          first: OpenedRecord(record: rows[first], proof: tree.proof(ofLeaf: first)),
          second: OpenedRecord(record: rows[second], proof: tree.proof(ofLeaf: second))))
    }
    #expect(try story.chain.rejection(of: proof(1, 0), by: bob) == .dispute(.notOpened))
    let before = story.balance(of: bob)
    try story.chain.success(proof(0, 1), by: bob)
    // 40 % of 5.
    #expect(story.balance(of: bob) + TestChain.fee == before + tokens(2))
    #expect(story.balance(.runBonds) == .zero)
  }

  @Test func `a record with two origins costs the run's bond too`() throws {
    var story = try DisputeStory()
    let first = story.index.records[5]
    let second = IndexedRecord(
      record: first.record, chunk: first.chunk + 1, tokens: 3,
      origin: RecordOrigin(contributor: alice.account.digest, group: first.origin.group),
      row: first.row)
    let tree = MerkleTree(leaves: [first, second].map(\.canonicalBytes))
    var run = try #require(story.chain.state.run(story.story.run))
    run.claim.indexRoot = tree.root
    run.claim.rowCount = 2
    story.chain.apply([
      StateWrite(key: StateKey<RunRecord>.run(story.story.run).bytes, value: run.canonicalBytes)
    ])
    let proof = ProveIndexFault(
      run: story.story.run, ofDecoys: false,
      first: OpenedRecord(record: first, proof: tree.proof(ofLeaf: 0)),
      second: OpenedRecord(record: second, proof: tree.proof(ofLeaf: 1)))
    try story.chain.success(.proveIndexFault(proof), by: bob)
    #expect(story.balance(.runBonds) == .zero)
  }

  @Test func `a sorted index stands`() throws {
    var story = try DisputeStory()
    let proof = ProveIndexFault(
      run: story.story.run, ofDecoys: false, first: story.opened(3), second: story.opened(4))
    #expect(
      try story.chain.rejection(of: .proveIndexFault(proof), by: bob) == .dispute(.noFault))
  }
}
