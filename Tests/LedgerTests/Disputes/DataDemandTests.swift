import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct DataDemandTests {
  private func demand(_ piece: DataPiece, of batch: DisputedBatch? = nil) -> Message {
    guard let batch, case .receipt(_, let index) = piece, index < 3 else {
      return .demandData(DemandData(piece: piece))
    }
    return .demandData(DemandData(piece: piece, order: batch.openedOrder(Int(index))))
  }

  @Test func `what is served earns the deposit, and nothing else changes`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    let piece = DataPiece.receipt(batch: batch.id, index: 1)
    #expect(
      try story.chain.rejection(of: demand(.receipt(batch: batch.id, index: 3)), by: bob)
        == .dispute(.pieceNotFound))
    let before = story.balance(of: erin)
    try story.chain.success(demand(piece, of: batch), by: bob)
    let wrong = ServeData(
      piece: piece, data: .receipt(opened: batch.opened(0), receipt: batch.receipts[0]))
    #expect(try story.chain.rejection(of: .serveData(wrong), by: erin) == .dispute(.wrongData))
    try story.chain.success(
      .serveData(
        ServeData(
          piece: piece, data: .receipt(opened: batch.opened(1), receipt: batch.receipts[1]))),
      by: erin)
    #expect(story.balance(of: erin) + TestChain.fee + TestChain.fee == before + tokens(1))
    #expect(
      try story.chain.rejection(of: .serveData(wrong), by: erin) == .dispute(.demandNotFound))
    try story.chain.pass(blocks: 10)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    #expect(
      try story.chain.rejection(of: demand(piece, of: batch), by: bob) == .dispute(.batchNotOpen))
    #expect(story.balance(.serverBond(erin.account)) == tokens(100))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `every kind of piece can be served`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    let adapter = BatchAdapterName(batch: batch.id, adapter: story.story.adapter)
    let decoys = MerkleTree(leaves: story.index.decoys.map(\.canonicalBytes))
    let decoy = OpenedRecord(record: story.index.decoys[2], proof: decoys.proof(ofLeaf: 2))
    let pieces: [(DataPiece, ServedData)] = [
      (.amount(tree: adapter, index: 2), .amount(batch.amount(2))),
      (.row(run: story.story.run, index: 7), .row(story.opened(7))),
      (.decoy(run: story.story.run, index: 2), .row(decoy)),
    ]
    for (piece, data) in pieces {
      try story.chain.success(demand(piece, of: batch), by: bob)
      try story.chain.success(.serveData(ServeData(piece: piece, data: data)), by: alice)
    }
    #expect(story.balance(.dataDeposits) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a receipt that is withheld voids the batch and costs the bond`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    let before = story.balance(of: bob)
    try story.chain.success(demand(.receipt(batch: batch.id, index: 1), of: batch), by: bob)
    try story.chain.success(demand(.receipt(batch: batch.id, index: 2), of: batch), by: carol)
    try story.chain.pass(blocks: 5)
    #expect(story.chain.state.batch(batch.id)?.status == .voided)
    #expect(story.balance(of: bob) + TestChain.fee == before + batch.partOfSlash(40))
    #expect(story.balance(.channelEscrow(story.story.channel)) == tokens(1))
    #expect(story.balance(.dataDeposits) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a row that is withheld costs the run's bond`() throws {
    var story = try DisputeStory()
    let before = story.balance(of: bob)
    try story.chain.success(demand(.row(run: story.story.run, index: 23)), by: bob)
    #expect(
      try story.chain.rejection(of: demand(.row(run: story.story.run, index: 23)), by: bob)
        == .dispute(.alreadyDemanded))
    try story.chain.pass(blocks: 3)
    #expect(story.balance(of: bob) + TestChain.fee + TestChain.fee == before + tokens(2))
    #expect(story.balance(.runBonds) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
  }
}
