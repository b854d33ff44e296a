import CanonicalCoding
import ClientAPI
import Foundation
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing
import TestKit

@Suite struct ChallengedServerTests {
  /// Windows that no test outlasts, and deposits that everybody can pay.
  private var genesis: Genesis {
    var genesis = Genesis.test
    genesis.parameters.receipts.challengeWindow = Window(milliseconds: 600_000, blocks: 100)
    genesis.parameters.disputes.demandDeposit = Amount(baseUnits: 10)
    genesis.parameters.disputes.disputeBond = Amount(baseUnits: 10)
    return genesis
  }

  /// An answer that is settled, and its batch.
  private func settled(
    _ world: World
  ) async throws -> (order: Digest, batch: Identifier<Batch>) {
    let server = try world.server()
    let paid = world.paid(1)
    _ = try await server.complete(paid) { _ in }
    let order = try #require(paid.order)
    let published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    return (order.order.signedDigest, try #require(published.settlement?.batch))
  }

  private func open(_ world: World) async throws -> Int {
    try await world.ledger.entries(
      withPrefix: [StateTable.dataDemands.rawValue], after: nil, limit: 100
    ).count
  }

  @Test func `whatever is demanded of a server's batches and runs is served`() async throws {
    let world = try await World(on: genesis)
    let batch = try await settled(world).batch
    let run = world.adapter.record.offer.run
    let tree = BatchAdapterName(batch: batch, adapter: world.adapter.id)
    for piece: DataPiece in [
      .receipt(batch: batch, index: 0), .amount(tree: tree, index: 0), .row(run: run, index: 1),
      .decoy(run: run, index: 0),
    ] { try await world.ledger.succeed(.demandData(DemandData(piece: piece)), by: payer) }
    #expect(try await open(world) == 4)
    // Though the next process may have left the adapter out.
    _ = try await world.settling(try world.server(adapters: [])) {
      try await eventually { try await open(world) == 0 ? true : nil }
    }
    #expect(try await world.ledger.record(.batch(batch))?.status == .open)
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `a demanded receipt that is not here any more is reported, and the rest is served`()
    async throws
  {
    let world = try await World(on: genesis)
    let (order, batch) = try await settled(world)
    try FileManager.default.removeItem(atPath: "\(world.folder.path)/receipts/\(order)")
    let tree = BatchAdapterName(batch: batch, adapter: world.adapter.id)
    for piece: DataPiece in [.receipt(batch: batch, index: 0), .amount(tree: tree, index: 0)] {
      try await world.ledger.succeed(.demandData(DemandData(piece: piece)), by: payer)
    }
    try await world.settling(try world.server()) {
      try await eventually { try await open(world) == 1 ? true : nil }
      try await eventually { world.troubles.all.isEmpty ? nil : true }
    }
    let trouble = try #require(world.troubles.all.first)
    #expect(trouble.document == "demands")
    #expect((trouble.cause as? ServingFailure)?.code == .artifactMissing)
  }

  @Test func `an owner's server stands by a disputed run, with the manifest as its grounds`()
    async throws
  {
    let world = try await World(on: genesis)
    let run = world.adapter.record.offer.run
    let id: Identifier<Dispute> = try await world.ledger.make(
      .openDispute(
        OpenDispute(claim: .run(run: run, piece: .replay), grounds: digest("grounds"))), by: payer)
    let owners = try world.server(key: builder, account: builder.account)
    let grounds = try await world.settling(owners) {
      try await eventually { try await world.ledger.record(.dispute(id))?.accusedGrounds }
    }
    #expect(try await world.ledger.record(.run(run))?.claim.manifest == grounds)
  }

  @Test func `a server stands by a disputed answer, with the receipt as its grounds`() async throws
  {
    let world = try await World(on: genesis)
    let server = try world.server()
    let paid = world.paid(1)
    _ = try await server.complete(paid) { _ in }
    let order = try #require(paid.order)
    let published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    let settlement = try #require(published.settlement)
    let id: Identifier<Dispute> = try await world.ledger.make(
      .openDispute(
        OpenDispute(
          claim: .answer(batch: settlement.batch, opened: settlement.opened, before: nil),
          grounds: digest("grounds"))), by: payer)
    let dispute = try await world.settling(try world.server()) {
      try await eventually {
        let dispute = try await world.ledger.record(.dispute(id))
        return dispute?.accusedGrounds == nil ? nil : dispute
      }
    }
    if case .answering = dispute.phase { Issue.record("the dispute still waits for its answer") }
    let grounds = try #require(dispute.accusedGrounds)
    let bytes = try #require(try world.run.blobs.bytes(of: grounds))
    let envelope = try ReceiptEnvelope(canonicalBytes: bytes)
    #expect(envelope.receipt(openedBy: [host]) == published)
    #expect(envelope.receipt(openedBy: [builder]) == nil)
    #expect(world.troubles.all.isEmpty)
  }
}
