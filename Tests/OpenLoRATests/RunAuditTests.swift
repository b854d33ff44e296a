import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing
import TestKit

@Suite struct RunAuditTests {
  /// A run whose owner publishes other rows than he made, and commits to them.
  private struct Published {
    let ledger: MemoryLedger
    let id: Identifier<Run>
    let run: RunRecord
    let audit: RunAudit

    init(_ change: (inout [IndexedRecord]) -> Void = { _ in }) async throws {
      var lying = try await TinyRun.shared.value
      var rows = lying.index.records
      change(&rows)
      var encoder = CanonicalEncoder()
      encoder.encode(UInt32(lying.index.dimension))
      encoder.encode(list: rows)
      encoder.encode(list: lying.index.decoys)
      lying.manifest.index = try lying.blobs.put(encoder.bytes)
      lying.indexRoot = MerkleTree(leaves: rows.map(\.canonicalBytes)).root
      try lying.blobs.put(lying.manifest.canonicalBytes)
      var genesis = Genesis.test
      genesis.parameters.receipts.challengeWindow = Window(milliseconds: 600_000, blocks: 100)
      genesis.parameters.disputes.disputeBond = Amount(baseUnits: 10)
      ledger = try MemoryLedger(genesis)
      let adapter = try await lying.publish(on: ledger)
      id = try #require(try await ledger.record(.adapter(adapter))).offer.run
      run = try #require(try await ledger.record(.run(id)))
      audit = RunAudit(ledger: ledger, blobs: lying.blobs)
    }

    func finding() async throws -> RunAudit.Finding? { try await audit.finding(in: id, of: run) }
  }

  private func row(
    like row: IndexedRecord, record: Digest? = nil, contributor: Digest? = nil
  ) -> IndexedRecord {
    IndexedRecord(
      record: record ?? row.record, chunk: row.chunk, tokens: row.tokens,
      origin: RecordOrigin(
        contributor: contributor ?? row.origin.contributor, group: row.origin.group), row: row.row)
  }

  @Test func `nothing is found in an honest run`()
    async throws
  {
    let published = try await Published()
    #expect(try await published.finding() == nil)
    for piece: RunPiece in [.row(0), .row(11), .decoyRow(3), .row(12), .replay, .uplift] {
      #expect(try await published.audit.fault(of: piece, in: published.run) == nil)
    }
  }

  @Test func `rows out of order are proved to the ledger, which slashes the run`() async throws {
    let published = try await Published { $0.swapAt(4, 5) }
    let finding = try #require(try await published.finding())
    #expect(finding.fault == .rowsDisordered)
    try await published.ledger.succeed(finding.message, by: payer)
    #expect(
      try await published.ledger.send(finding.message, by: payer).rejection
        == .dispute(.runNotStanding))
  }

  @Test func `a row that credits somebody else is disputed, and wrong to a panel`() async throws {
    let published = try await Published { rows in
      rows[7] = row(like: rows[7], contributor: builder.account.digest)
    }
    let finding = try #require(try await published.finding())
    #expect(finding.fault == .originWrong)
    guard case .openDispute(let dispute) = finding.message else {
      Issue.record("nothing is disputed")
      return
    }
    #expect(dispute.claim == .run(run: published.id, piece: .row(7)))
    try await published.ledger.succeed(finding.message, by: payer)
    #expect(try await published.audit.fault(of: .row(7), in: published.run) == .originWrong)
    #expect(try await published.audit.fault(of: .row(6), in: published.run) == nil)
  }

  @Test func `a row of a record that was not trained on is disputed`() async throws {
    let greatest = try Digest.greatest
    let published = try await Published { rows in
      let last = rows.count - 1
      rows[last] = row(like: rows[last], record: greatest)
    }
    #expect(try await published.finding()?.fault == .rowNotTrained)
  }

  @Test func `an index that the run did not commit to shows nothing`() async throws {
    let published = try await Published()
    var run = published.run
    run.claim.indexRoot = digest("another")
    await #expect(throws: ServingFailure.self) {
      try await published.audit.finding(in: published.id, of: run)
    }
  }
}

extension Digest {
  /// After every record's in a sorted list.
  fileprivate static var greatest: Digest {
    get throws { try #require(Digest(bytes: [UInt8](repeating: 255, count: Digest.byteCount))) }
  }
}
