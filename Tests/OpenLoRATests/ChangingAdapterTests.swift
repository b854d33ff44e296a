import ClientAPI
import Cryptography
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Testing
import TestKit

/// A running server whose adapters change on the ledger.
@Suite struct ChangingAdapterTests {
  private static let notice: UInt64 = 200_000
  private static let newRate = Amount(baseUnits: 9_000)

  private static let genesis: Genesis = {
    var genesis = Genesis.test
    genesis.parameters.models.priceNotice = Window(milliseconds: notice, blocks: 1)
    genesis.parameters.models.retirementNotice = Window(milliseconds: notice, blocks: 1)
    return genesis
  }()

  private func paid(
    _ number: UInt64, in world: World, edit: (inout Order) -> Void = { _ in }
  ) -> PaidRequest {
    let body = world.body()
    return PaidRequest(
      body: body, order: world.order(number, for: body, edit: edit), salt: World.salt)
  }

  private func atNewRates(_ number: UInt64, in world: World) -> PaidRequest {
    paid(number, in: world) { ($0.rateIn, $0.rateOut) = (Self.newRate, Self.newRate) }
  }

  private func expectRefusal(
    _ paid: PaidRequest, by server: InferenceServer, in world: World,
    as code: InferenceFailure.Code = .orderInvalid,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try await world.everything()
    do throws(InferenceFailure) {
      _ = try await server.complete(paid) { _ in }
      Issue.record("it was answered", sourceLocation: sourceLocation)
    } catch {
      #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    }
    #expect(try await world.everything() == before, sourceLocation: sourceLocation)
  }

  private func changeRates(in world: World) async throws {
    try await world.ledger.succeed(
      .changeRates(
        ChangeRates(adapter: world.adapter.id, rateIn: Self.newRate, rateOut: Self.newRate)),
      by: builder)
  }

  private func receipts(
    _ paid: [PaidRequest], from server: InferenceServer, in world: World
  ) async throws -> [PublishedReceipt] {
    try await world.settling(server) {
      var receipts: [PublishedReceipt] = []
      for paid in paid {
        receipts.append(try await world.receipt(try #require(paid.order), from: server))
      }
      return receipts
    }
  }

  @Test func `a running server shows and takes the price that the ledger has now`() async throws {
    let world = try await World(on: Self.genesis)
    let clock = Clock()
    let server = try world.server(clock: { clock.now })
    let old = [paid(1, in: world), paid(2, in: world), paid(4, in: world)]
    let new = [atNewRates(3, in: world), atNewRates(4, in: world)]
    try await changeRates(in: world)
    // Announced is not in force.
    #expect(try await server.models().map(\.rateIn) == [world.adapter.record.offer.rateIn])
    try await expectRefusal(new[0], by: server, in: world)
    _ = try await server.complete(old[0]) { _ in }

    try await world.ledger.pass(milliseconds: Self.notice)
    #expect(try await server.models().map(\.rateIn) == [Self.newRate])
    _ = try await server.complete(old[1]) { _ in }
    _ = try await server.complete(new[0]) { _ in }
    let record = try #require(try await world.ledger.record(.adapter(world.adapter.id)))
    let until = try #require(record.formerRates).deadline.time.milliseconds
    clock.set(BlockTime(milliseconds: until - 59_999))
    try await expectRefusal(old[2], by: server, in: world)
    _ = try await server.complete(new[1]) { _ in }

    let verifier = world.verifier
    for receipt in try await receipts([old[0], old[1], new[0], new[1]], from: server, in: world) {
      try await verifier.checkArithmetic(of: receipt)
    }
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `an answer whose rates have ended is never sent, now or by the next process`()
    async throws
  {
    let world = try await World(on: Self.genesis)
    let server = try world.server()
    let paid = paid(1, in: world)
    _ = try await server.complete(paid) { _ in }
    try await changeRates(in: world)
    for _ in 0..<2 { try await world.ledger.pass(milliseconds: Self.notice) }
    let before = try await world.ledger.nextSequence(of: host.account)
    let trouble = try await world.settling(server) {
      try await eventually { world.troubles.all.first }
    }
    #expect(trouble.isSetAside && "\(trouble)".contains("rates"))
    #expect(try world.unsettled() == [])
    #expect(try world.setAside().count == 2 && world.setAside().contains(trouble.document))

    let next = try world.server()
    let order = try #require(paid.order).order.signedDigest
    await #expect(throws: InferenceFailure.self) { try await next.receipt(ofOrder: order) }
    // The next order's answer settles, so that the server has been through everything.
    let after = atNewRates(2, in: world)
    _ = try await next.complete(after) { _ in }
    _ = try await receipts([after], from: next, in: world)
    #expect(world.troubles.all.count == 1)
    // A deposit for the bond, and one batch.
    #expect(try await world.ledger.nextSequence(of: host.account) == before + 2)
  }

  @Test func `a retired adapter is served while a minute of its notice is left, and never after`()
    async throws
  {
    let world = try await World(on: Self.genesis)
    let clock = Clock()
    let server = try world.server(clock: { clock.now })
    try await world.ledger.succeed(
      .retireAdapter(RetireAdapter(adapter: world.adapter.id)), by: builder)
    let retires = try #require(
      try await world.ledger.record(.adapter(world.adapter.id))?.retires
    ).time.milliseconds
    clock.set(BlockTime(milliseconds: retires - 60_001))
    #expect(try await server.models().count == 1)
    _ = try await server.complete(paid(1, in: world)) { _ in }
    clock.set(BlockTime(milliseconds: retires - 60_000))
    #expect(try await server.models().isEmpty)
    try await expectRefusal(paid(2, in: world), by: server, in: world, as: .modelNotFound)

    // What is not settled by its end is not sent at all.
    try await world.ledger.pass(milliseconds: Self.notice)
    let before = try await world.ledger.nextSequence(of: host.account)
    _ = try await world.settling(server) { try await eventually { world.troubles.all.first } }
    #expect(world.troubles.all.count == 1 && world.troubles.all[0].isSetAside)
    #expect(try await world.ledger.nextSequence(of: host.account) == before)
  }

  @Test func `of two adapters of a line each is offered once, the recommended one by name`()
    async throws
  {
    let world = try await World(on: Self.genesis)
    let line = try #require(try await world.ledger.record(.adapter(world.adapter.id))?.line)
    var offer = world.adapter.record.offer
    (offer.line, offer.rateIn, offer.rateOut) = (line, Self.newRate, Self.newRate)
    let id: Identifier<Adapter> = try await world.ledger.make(.publishAdapter(offer), by: builder)
    try await world.ledger.succeed(.promoteAdapter(PromoteAdapter(adapter: id)), by: builder)
    let second = try await ServedAdapter.load(
      id, from: world.ledger, blobs: world.run.blobs, engine: world.run.engine,
      weights: TinyRun.weights)
    let server = try world.server(adapters: [world.adapter, second])
    let former = world.adapter.id
    #expect(try await server.models().map(\.name) == ["tiny", former.description])
    #expect(try await server.models().map(\.adapter) == [id, former])
    // Who asks by name orders the recommended one.
    try await expectRefusal(paid(1, in: world), by: server, in: world)
    let ordered = paid(1, in: world) {
      ($0.adapter, $0.rateIn, $0.rateOut) = (id, Self.newRate, Self.newRate)
    }
    _ = try await server.complete(ordered) { _ in }
    try await world.ledger.succeed(.retireAdapter(RetireAdapter(adapter: former)), by: builder)
    try await world.ledger.pass(milliseconds: Self.notice)
    let clock = Clock()
    clock.set(try await world.ledger.status().header.time)
    let later = try world.server(adapters: [world.adapter, second], clock: { clock.now })
    #expect(try await later.models().map(\.adapter) == [id])
  }

  @Test func `the bond is raised before the batch that needs it`() async throws {
    let world = try await World()
    let server = try world.server()
    let paid = world.paid()
    _ = try await server.complete(paid) { _ in }
    _ = try await receipts([paid], from: server, in: world)
    // A deposit, and a batch that is taken at the first try.
    #expect(try await world.ledger.nextSequence(of: host.account) == 2)
  }

  @Test func `a server whose key was replaced acts for its account by the next`() async throws {
    let world = try await World()
    let next = SigningKey.test(77)
    let first = try world.server()
    let paid = world.paid()
    _ = try await first.complete(paid) { _ in }
    let sequence = try await world.ledger.nextSequence(of: host.account)
    let acceptance = KeyAcceptance(
      chain: world.genesis.chain, account: host.account, ordering: .sequence(sequence))
    try await world.ledger.succeed(.rotateKey(acceptance.rotation(to: next)), by: host)

    let server = try world.server(key: next)
    let receipt = try #require(try await receipts([paid], from: server, in: world).first)
    #expect(receipt.receipt.server == host.account)
    #expect(try await server.models().map(\.server) == [host.account])
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `a receipt that settled too late is refused by its audit, and voided for good`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    let paid = paid(1, in: world) { $0.expiry = BlockTime(milliseconds: 1_070_000) }
    let order = try #require(paid.order)
    _ = try await server.complete(paid) { _ in }
    // Between the server's last look and the block, more time passes than anybody foresaw.
    await world.ledger.wait(milliseconds: 100_000)
    let receipt = try #require(try await receipts([paid], from: server, in: world).first)
    let verifier = world.verifier
    await #expect(throws: ReceiptFault.termsDiffer) {
      try await verifier.checkArithmetic(of: receipt)
    }
    let settlement = try #require(receipt.settlement)
    try await world.ledger.succeed(
      .proveBatchFault(
        ProveBatchFault(
          batch: settlement.batch,
          evidence: .arithmetic(shown: .order(opened: settlement.opened, order: order)))), by: payer
    )
    do throws(InferenceFailure) {
      _ = try await server.receipt(ofOrder: order.order.signedDigest)
      Issue.record("it is a receipt still")
    } catch {
      #expect(error.code == .receiptVoided)
    }
  }
}
