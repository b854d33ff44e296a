import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Testing
import TestKit

@Suite struct PrivateReceiptTests {
  /// Every receipt is audited, and windows outlast the test.
  private var genesis: Genesis {
    var genesis = Genesis.test
    genesis.parameters.receipts.auditRate = .whole
    genesis.parameters.receipts.challengeWindow = Window(milliseconds: 600_000, blocks: 100)
    genesis.parameters.disputes.verifierBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.demandDeposit = Amount(baseUnits: 10)
    return genesis
  }

  private func envelope(
    _ paid: PaidRequest, from server: InferenceServer, in world: World
  ) async throws -> ReceiptEnvelope {
    let order = try #require(paid.order).order.signedDigest
    return try await eventually { try await server.receipt(ofOrder: order) }
  }

  @Test func `a private receipt opens for payer and server, and for nobody else`() async throws {
    let world = try await World(on: genesis)
    let server = try world.server()
    let paid = world.paid()
    try await world.settling(server) {
      _ = try await server.complete(paid) { _ in }
      let envelope = try await envelope(paid, from: server, in: world)
      guard case .sealed(let sealed) = envelope else {
        Issue.record("it lies open")
        return
      }
      #expect(Set(sealed.keys.map(\.recipient)) == [payer.publicKey, host.publicKey])
      #expect(envelope.receipt(openedBy: [builder] + contributors) == nil)
      let published = try #require(envelope.receipt(openedBy: [builder, payer]))
      #expect(envelope.receipt(openedBy: [host]) == published)
      // Whoever is given the opened receipt checks it like any other.
      try await world.verifier.checkArithmetic(of: published)
      // Nothing that a stranger may fetch holds the question.
      let settlement = try #require(published.settlement)
      let batch = try #require(try await world.ledger.record(.batch(settlement.batch)))
      let blob = try #require(try await server.blob(batch.blob))
      for bytes in [blob, envelope.canonicalBytes] {
        #expect(!bytes.contains(paid.body.suffix(40)))
      }
    }
  }

  @Test func `a public receipt lies open`() async throws {
    let world = try await World(on: genesis)
    let server = try world.server()
    let body = world.body()
    let paid = PaidRequest(
      body: body, order: world.order(1, for: body) { $0.isPublic = true }, salt: World.salt)
    try await world.settling(server) {
      _ = try await server.complete(paid) { _ in }
      guard case .open(let published) = try await envelope(paid, from: server, in: world) else {
        Issue.record("it is sealed")
        return
      }
      #expect(published.disclosure.request == body)
    }
  }

  @Test func `an auditor opens what a later header drew him for`() async throws {
    let world = try await World(on: genesis)
    let auditor = contributors[2]
    try await world.ledger.succeed(
      .registerVerifier(RegisterVerifier(bond: Amount(baseUnits: 10))), by: auditor)
    let server = try world.server()
    let paid = world.paid()
    try await world.settling(server) {
      _ = try await server.complete(paid) { _ in }
      let before = try await envelope(paid, from: server, in: world)
      #expect(before.receipt(openedBy: [auditor]) == nil)
      for _ in 0..<3 { try await world.ledger.pass(milliseconds: 2_000) }
      let after = try await envelope(paid, from: server, in: world)
      let published = try #require(after.receipt(openedBy: [auditor]))
      #expect(published == after.receipt(openedBy: [payer]))
      #expect(after.receipt(openedBy: [builder]) == nil)
      let batch = try #require(published.settlement?.batch)
      #expect(try await world.ledger.openBatches() == [batch])
      #expect(
        try await world.ledger.auditDraw(of: batch)?.auditors(ofReceipt: 0) == [auditor.account])
    }
  }

  @Test func `an order with another salt than came with it is refused`() async throws {
    let world = try await World(on: genesis)
    let server = try world.server()
    for salt in [nil, digest("another salt")] {
      let body = world.body()
      let paid = PaidRequest(body: body, order: world.order(1, for: body), salt: salt)
      await #expect(throws: InferenceFailure.self) { try await server.complete(paid) { _ in } }
    }
  }
}
