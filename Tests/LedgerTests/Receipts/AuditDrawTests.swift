import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct AuditDrawTests {
  /// A settled batch of three private receipts and verifiers who registered before it.
  private func settled(
    auditing rate: Share = .whole, private isPrivate: Bool = true
  ) throws -> (story: DisputeStory, batch: DisputedBatch) {
    var story = try DisputeStory(verifiers: 4)
    var parameters = try #require(story.chain.state.record(.parameters))
    parameters.receipts.auditRate = rate
    story.chain.apply([
      StateWrite(
        key: StateKey<LedgerParameters>.parameters.bytes, value: parameters.canonicalBytes)
    ])
    for person in [dave, erin] {
      try story.chain.success(
        .registerVerifier(RegisterVerifier(bond: tokens(10))), by: person)
    }
    let batch = try story.batch(order: { $0.isPublic = !isPrivate })
    return (story, batch)
  }

  private func demand(_ batch: DisputedBatch, _ index: UInt32, shown: Bool = false) -> Message {
    .demandData(
      DemandData(
        piece: .receipt(batch: batch.id, index: index),
        order: shown ? batch.openedOrder(Int(index)) : nil))
  }

  @Test func `auditors are drawn by a header that came after the batch`() throws {
    var (story, batch) = try settled()
    #expect(story.chain.state.batch(batch.id)?.auditSeed == nil)
    #expect(story.chain.state.auditDraw(of: batch.id) == nil)
    try story.chain.pass(blocks: 2)
    let record = try #require(story.chain.state.batch(batch.id))
    let seed = try #require(record.auditSeed)
    let known = story.chain.blocks.filter { $0.header.height < record.settledAt }
    #expect(!known.contains { $0.header.digest == seed })
    #expect(story.chain.blocks.contains { $0.header.digest == seed })
    try story.chain.pass(blocks: 10)
    #expect(story.chain.state.batch(batch.id)?.status == .final)
    #expect(story.chain.state.auditDraw(of: batch.id) == nil)
  }

  @Test func `a receipt's auditors are three verifiers who have no part in its batch`() throws {
    var (story, batch) = try settled()
    try story.chain.success(
      .registerVerifier(RegisterVerifier(bond: tokens(10))), by: verifiers[4])
    try story.chain.pass(blocks: 2)
    let draw = try #require(story.chain.state.auditDraw(of: batch.id))
    var drawn: Set<Identifier<Account>> = []
    for index in 0..<UInt32(40) {
      let auditors = draw.auditors(ofReceipt: index)
      #expect(auditors.count == AuditDraw.auditorsEach)
      #expect(auditors == Set(auditors).sorted())
      drawn.formUnion(auditors)
    }
    // Neither payer nor server, nor who registered after the batch.
    #expect(drawn == Set(verifiers.prefix(4).map(\.account)))
  }

  @Test func `as many receipts are audited as the rate says`() throws {
    var (story, batch) = try settled(auditing: .percent(5))
    try story.chain.pass(blocks: 2)
    let draw = try #require(story.chain.state.auditDraw(of: batch.id))
    let audited = (0..<UInt32(20_000)).count { !draw.auditors(ofReceipt: $0).isEmpty }
    // Six standard deviations of 31 about a thousand.
    #expect((815...1185).contains(audited))
  }

  @Test func `a private receipt is demanded by its payer and its auditors alone`() throws {
    var (story, batch) = try settled()
    try story.chain.pass(blocks: 2)
    let auditors = try #require(story.chain.state.auditDraw(of: batch.id))
      .auditors(ofReceipt: 0)
    for person in verifiers {
      let isDrawn = auditors.contains(person.account)
      for shown in [false, true] where !isDrawn {
        #expect(
          try story.chain.rejection(of: demand(batch, 0, shown: shown), by: person)
            == .dispute(.receiptPrivate))
      }
    }
    let auditor = try #require(verifiers.first { auditors.contains($0.account) })
    try story.chain.success(demand(batch, 0), by: auditor)
    try story.chain.success(demand(batch, 1), by: dave)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a public receipt is demanded by whoever shows that it is public`() throws {
    var (story, batch) = try settled(auditing: .percent(1), private: false)
    #expect(
      try story.chain.rejection(of: demand(batch, 0), by: bob) == .dispute(.receiptPrivate))
    // Another leaf's order shows nothing.
    #expect(
      try story.chain.rejection(
        of: .demandData(
          DemandData(
            piece: .receipt(batch: batch.id, index: 0), order: batch.openedOrder(1))),
        by: bob) == .dispute(.receiptPrivate))
    var other = batch.openedOrder(0)
    other.order = batch.contents.orders[1]
    #expect(
      try story.chain.rejection(
        of: .demandData(
          DemandData(piece: .receipt(batch: batch.id, index: 0), order: other)), by: bob)
        == .dispute(.receiptPrivate))
    try story.chain.success(demand(batch, 0, shown: true), by: bob)
  }
}
