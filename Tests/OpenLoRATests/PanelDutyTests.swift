import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing
import TestKit

@Suite struct PanelDutyTests {
  private static let verifier = contributors[2]

  /// Windows that no test outlasts unless it lets time pass, and bonds that everybody can pay.
  private var genesis: Genesis {
    var genesis = Genesis.test
    genesis.parameters.receipts.challengeWindow = Window(milliseconds: 600_000, blocks: 100)
    genesis.parameters.disputes.disputeBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.verifierBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.commitWindow = Window(milliseconds: 60_000, blocks: 4)
    genesis.parameters.disputes.revealWindow = Window(milliseconds: 60_000, blocks: 4)
    return genesis
  }

  /// A world with one registered verifier.
  private func judgedWorld() async throws -> World {
    let world = try await World(on: genesis)
    try await world.ledger.succeed(
      .registerVerifier(RegisterVerifier(bond: Amount(baseUnits: 10))), by: Self.verifier)
    return world
  }

  /// The adapter of a server that serves or traces by other weights than its run's.
  private func lyingAdapter(
    in world: World, _ change: (inout RunManifest) -> Void
  ) async throws -> ServedAdapter {
    var run = world.run
    change(&run.manifest)
    try run.blobs.put(run.manifest.canonicalBytes)
    let elsewhere = try MemoryLedger(genesis)
    return try await ServedAdapter.load(
      try await run.publish(on: elsewhere), from: elsewhere, blobs: run.blobs, engine: run.engine,
      weights: TinyRun.weights)
  }

  private func settled(_ world: World, by server: InferenceServer) async throws -> PublishedReceipt
  {
    let paid = world.paid(1)
    _ = try await server.complete(paid) { _ in }
    let order = try #require(paid.order)
    return try await world.settling(server) { try await world.receipt(order, from: server) }
  }

  /// Of one process: the next one has the same folder.
  private func duty(in world: World) throws -> PanelDuty {
    PanelDuty(
      ledger: world.ledger, verdicts: try DocumentFolder(at: "\(world.folder.path)/panel"),
      key: Self.verifier, account: Self.verifier.account, clock: { BlockTime(milliseconds: 0) })
  }

  /// Opens a dispute, has the server stand by its answer, and waits for a panel.
  private func dispute(
    _ claim: DisputeClaim, in world: World
  ) async throws -> Identifier<Dispute> {
    let id: Identifier<Dispute> = try await world.ledger.make(
      .openDispute(OpenDispute(claim: claim, grounds: digest("grounds"))), by: payer)
    _ = try await world.settling(try world.server()) {
      try await eventually { try await world.ledger.record(.dispute(id))?.accusedGrounds }
    }
    for _ in 0..<3 { try await world.ledger.pass(milliseconds: 2_000) }
    #expect(try await world.ledger.record(.dispute(id))?.panel.count == 1)
    return id
  }

  private func wait(_ blocks: Int, in world: World) async throws {
    for _ in 0..<blocks { try await world.ledger.pass(milliseconds: 20_000) }
  }

  private func outcome(
    of id: Identifier<Dispute>, in world: World
  ) async throws -> DisputeOutcome? {
    guard case .closed(let outcome) = try await world.ledger.record(.dispute(id))?.phase else {
      return nil
    }
    return outcome
  }

  /// Judges one dispute from opening to end as a verifier's process does.
  private func judged(
    _ id: Identifier<Dispute>, in world: World,
    _ judge: (PanelDuty.Summons) async throws -> Verdict?
  ) async throws -> DisputeOutcome? {
    let duty = try duty(in: world)
    guard case .committed(id, let verdict) = try await duty.judgeNext(judge) else { return nil }
    #expect(try await duty.judgeNext(judge) == nil, "once")
    #expect(try await duty.revealDue() == [], "not while others may commit")
    try await wait(4, in: world)
    #expect(try await duty.revealDue() == [.revealed(id, verdict)])
    try await wait(5, in: world)
    #expect(try await duty.revealDue() == [])
    #expect(try duty.verdicts.names().isEmpty, "what is closed is forgotten")
    return try await outcome(of: id, in: world)
  }

  private func query(
    _ published: PublishedReceipt, right: RightPayouts
  ) throws -> DisputeClaim {
    let settlement = try #require(published.settlement)
    return .query(
      batch: settlement.batch, opened: settlement.opened, receipt: published.receipt, right: right)
  }

  private func verdict(
    on published: PublishedReceipt, right: RightPayouts, in world: World
  ) async throws -> Verdict {
    try await world.verifier.verdict(
      onQueryOf: published, right: right, engine: world.run.engine, weights: TinyRun.weights)
  }

  @Test func `a lied query is voted faulty, and the panel's verdict pays what is right`()
    async throws
  {
    let world = try await judgedWorld()
    let server = try world.server(adapters: [
      try await lyingAdapter(in: world) { $0.tracingAdapter = $0.adapter }
    ])
    let published = try await settled(world, by: server)
    try await world.verifier.checkArithmetic(of: published)
    let right = try await world.verifier.rightPayouts(
      of: published, engine: world.run.engine, weights: TinyRun.weights)
    let id = try await dispute(
      try query(published, right: right), in: world)
    let outcome = try await judged(id, in: world) { summons in
      let disputed = try #require(try await world.ledger.record(.disputedPayouts(summons.id)))
      #expect(disputed.right == right && !summons.isLate)
      return try await verdict(on: published, right: disputed.right, in: world)
    }
    #expect(outcome == .upheld)
  }

  @Test func `a lied query with other payouts than the right ones is no reason to pay those`()
    async throws
  {
    let world = try await judgedWorld()
    let server = try world.server(adapters: [
      try await lyingAdapter(in: world) { $0.tracingAdapter = $0.adapter }
    ])
    let published = try await settled(world, by: server)
    var right = try await world.verifier.rightPayouts(
      of: published, engine: world.run.engine, weights: TinyRun.weights)
    #expect(try await verdict(on: published, right: right, in: world) == .faulty)
    right.refund = Amount(baseUnits: right.refund.baseUnits + 100)
    right.payouts[0].amount = Amount(baseUnits: right.payouts[0].amount.baseUnits - 100)
    #expect(try await verdict(on: published, right: right, in: world) == .sound)
  }

  @Test func `an honest query is not voted faulty, whatever its challenger names`() async throws {
    let world = try await judgedWorld()
    let server = try world.server()
    let published = try await settled(world, by: server)
    var right = RightPayouts(
      payouts: published.receipt.payouts, refund: published.receipt.refund)
    right.refund = Amount(
      baseUnits: right.refund.baseUnits + right.payouts[0].amount.baseUnits)
    right.payouts.removeFirst()
    let id = try await dispute(
      try query(published, right: right), in: world)
    let outcome = try await judged(id, in: world) { _ in
      try await verdict(on: published, right: right, in: world)
    }
    #expect(outcome == .rejected)
  }

  @Test func `an answer that the model does not give is faulty, and one that it gives is not`()
    async throws
  {
    let world = try await judgedWorld()
    func verdict(on published: PublishedReceipt) async throws -> Verdict {
      try await world.verifier.verdict(
        onAnswerOf: published, engine: world.run.engine, weights: TinyRun.weights)
    }
    let published = try await settled(world, by: try world.server())
    #expect(try await verdict(on: published) == .sound)
    var lied = published
    lied.disclosure.answer[0] ^= 1
    #expect(try await verdict(on: lied) == .faulty)
    #expect(lied.disclosureFault == .answerDiffers, "and it is not the one that was settled")
    #expect(published.disclosureFault == nil)
  }

  @Test func `a process that ends after its commitment leaves the next one what to reveal`()
    async throws
  {
    let world = try await judgedWorld()
    let server = try world.server()
    let published = try await settled(world, by: server)
    let settlement = try #require(published.settlement)
    let id = try await dispute(
      .answer(batch: settlement.batch, opened: settlement.opened, before: nil), in: world)
    // The verdict is kept, and the ledger can't be reached.
    await world.ledger.refuseTransactions(
      with: ClientFailure(code: .unreachable, message: "no network"))
    await #expect(throws: ClientFailure.self) {
      try await duty(in: world).judgeNext { _ in .sound }
    }
    await world.ledger.refuseTransactions(with: nil)
    let next = try await duty(in: world).judgeNext { _ in
      Issue.record("it was judged before")
      return .faulty
    }
    #expect(next == .committed(id, .sound))
    try await wait(4, in: world)
    #expect(try await duty(in: world).revealDue() == [.revealed(id, .sound)])
    #expect(try await duty(in: world).revealDue() == [], "once")
    try await wait(5, in: world)
    #expect(try await outcome(of: id, in: world) == .rejected)
    let bond = try await world.ledger.balance(of: .verifierBond(Self.verifier.account))
    #expect(bond == Amount(baseUnits: 10))
  }

  @Test func `whoever abstains is asked again, and is told when time runs out`() async throws {
    let world = try await judgedWorld()
    let server = try world.server()
    let published = try await settled(world, by: server)
    let settlement = try #require(published.settlement)
    let id = try await dispute(
      .answer(batch: settlement.batch, opened: settlement.opened, before: nil), in: world)
    let duty = try duty(in: world)
    #expect(try await duty.judgeNext { $0.isLate ? .faulty : nil } == nil)
    try await wait(2, in: world)
    #expect(try await duty.judgeNext { $0.isLate ? .faulty : nil } == .committed(id, .faulty))
  }
}
