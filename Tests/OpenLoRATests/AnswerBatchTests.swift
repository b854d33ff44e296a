import ClientAPI
import Cryptography
import Foundation
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Testing

@Suite struct AnswerBatchTests {
  /// Long enough that no test waits for it: only the count sends a batch.
  private func after(_ count: Int) -> BatchPolicy {
    BatchPolicy(receiptMaximum: count, interval: .seconds(600), patience: .seconds(600))
  }

  /// A second customer's channel, and an order on it.
  private func otherChannel(of world: World) async throws -> Identifier<Channel> {
    try await world.ledger.make(
      .openChannel(
        OpenChannel(
          server: host.account, signingKey: builder.publicKey, deposit: World.deposit)),
      by: builder)
  }

  private func finished(in world: World) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "\(world.folder.path)/receipts").count
  }

  @Test func `ten answers to two payers settle in one batch`() async throws {
    let world = try await World()
    let other = try await otherChannel(of: world)
    let server = try world.server(batches: after(10))
    var orders: [SignedOrder] = []
    var fees: [Identifier<Channel>: Amount] = [:]
    for number in UInt64(1)...5 {
      for (channel, key) in [(world.channel, payer), (other, builder)] {
        let body = world.body("q\(number)?")
        let order = world.order(number, for: body, by: key) { $0.channel = channel }
        let completion = try await server.complete(
          PaidRequest(body: body, order: order, salt: World.salt)
        ) { _ in }
        fees[channel] = try (fees[channel] ?? .zero).adding(completion.fee)
        orders.append(order)
      }
    }
    #expect(try world.unsettled().count == 10)
    let published = try await world.settling(server) {
      var published: [PublishedReceipt] = []
      for order in orders { published.append(try await world.receipt(order, from: server)) }
      try await eventually { try world.unsettled().isEmpty ? true : nil }
      return published
    }
    let batches = Set(published.compactMap { $0.settlement?.batch })
    #expect(batches.count == 1)
    let batch = try #require(batches.first)
    let record = try #require(try await world.ledger.record(.batch(batch)))
    #expect(record.receiptCount == 10)
    #expect(Set(record.draws.map(\.draw.channel)) == [world.channel, other])
    for (channel, fee) in fees {
      let escrow = try await world.ledger.balance(of: .channelEscrow(channel))
      #expect(escrow == (try World.deposit.subtracting(fee)))
    }
    let verifier = world.verifier
    for receipt in published { try await verifier.checkArithmetic(of: receipt) }
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `receipts that wait for their batch are settled as they are by the next process`()
    async throws
  {
    let world = try await World()
    let first = try world.server(batches: after(4))
    var orders: [SignedOrder] = []
    for number in UInt64(1)...3 {
      let paid = world.paid(number)
      _ = try await first.complete(paid) { _ in }
      orders.append(try #require(paid.order))
    }
    _ = try await world.settling(first) {
      try await eventually { try finished(in: world) == 3 ? true : nil }
    }
    // Nothing is a receipt before the ledger has settled it.
    for order in orders {
      #expect(try await first.receipt(ofOrder: order.order.signedDigest) == nil)
    }
    #expect(try world.unsettled().count == 3)

    let second = try world.server(batches: after(3))
    let published = try await world.settling(second) {
      var published: [PublishedReceipt] = []
      for order in orders { published.append(try await world.receipt(order, from: second)) }
      try await eventually { try world.unsettled().isEmpty ? true : nil }
      return published
    }
    #expect(Set(published.compactMap { $0.settlement?.batch }).count == 1)
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `a batch that is not full leaves when its first receipt has waited enough`()
    async throws
  {
    let world = try await World()
    let server = try world.server(
      batches: BatchPolicy(
        receiptMaximum: 64, interval: .milliseconds(30), patience: .milliseconds(30)))
    let paid = world.paid(1)
    _ = try await server.complete(paid) { _ in }
    let order = try #require(paid.order)
    let published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    let batch = try #require(published.settlement?.batch)
    #expect(try await world.ledger.record(.batch(batch))?.receiptCount == 1)
  }

  /// No time at all for answers that are not here yet, and all there is for those that are.
  private static let together = BatchPolicy(
    receiptMaximum: 64, interval: .zero, patience: .seconds(600))

  /// How many receipts each batch has in which these orders are settled.
  private func batches(of orders: [SignedOrder], in world: World, by server: InferenceServer)
    async throws -> [Int]
  {
    var counts: [Identifier<Batch>: Int] = [:]
    for order in orders {
      let receipt = try await world.receipt(order, from: server)
      counts[try #require(receipt.settlement?.batch), default: 0] += 1
    }
    return counts.values.sorted()
  }

  @Test func `receipts wait for those of answers that are here already`() async throws {
    let world = try await World()
    let server = try world.server(batches: Self.together)
    var orders: [SignedOrder] = []
    for number in UInt64(1)...3 {
      let paid = world.paid(number)
      _ = try await server.complete(paid) { _ in }
      orders.append(try #require(paid.order))
    }
    let made = orders
    let counts = try await world.settling(server) {
      try await batches(of: made, in: world, by: server)
    }
    #expect(counts == [3])
  }

  @Test func `a receipt whose order soon expires waits for no other`() async throws {
    let world = try await World()
    let other = try await otherChannel(of: world)
    let time = Clock()
    let server = try world.server(batches: Self.together) { time.now }
    let body = world.body()
    let hasty = world.order(1, for: body, by: builder) {
      $0.channel = other
      $0.expiry = BlockTime(milliseconds: time.now.milliseconds + 70_000)
    }
    _ = try await server.complete(PaidRequest(body: body, order: hasty, salt: World.salt)) { _ in }
    var orders = [hasty]
    for number in UInt64(1)...2 {
      let paid = world.paid(number)
      _ = try await server.complete(paid) { _ in }
      orders.append(try #require(paid.order))
    }
    time.set(BlockTime(milliseconds: hasty.order.expiry.milliseconds - 25_000))
    let made = orders
    let counts = try await world.settling(server) {
      try await batches(of: made, in: world, by: server)
    }
    #expect(counts == [1, 2])
  }

  @Test func `of a batch that the ledger rejects, the receipts that are right settle`() async throws
  {
    let world = try await World()
    let other = try await otherChannel(of: world)
    let server = try world.server(batches: after(3))
    let spender = try world.server()
    let completion = try await spender.complete(world.paid(1)) { _ in }
    // A channel with money for one of the answers that two processes give to it.
    let whole = Amount(baseUnits: 2 * completion.fee.baseUnits - 1)
    let small = try await world.ledger.open(whole, for: host)
    let body = world.body()
    let pair = [UInt64(1), 2].map { number in
      world.order(number, for: body) { order in
        order.channel = small
        order.maximumFee = whole
      }
    }
    _ = try await server.complete(PaidRequest(body: body, order: pair[1], salt: World.salt)) { _ in
    }
    _ = try await spender.complete(PaidRequest(body: body, order: pair[0], salt: World.salt)) { _ in
    }
    try await world.settling(spender) {
      _ = try await world.receipt(pair[0], from: spender)
    }

    var orders: [SignedOrder] = []
    for number in UInt64(1)...2 {
      let order = world.order(number, for: body, by: builder) { $0.channel = other }
      _ = try await server.complete(PaidRequest(body: body, order: order, salt: World.salt)) { _ in
      }
      orders.append(order)
    }
    try await world.settling(server) {
      for order in orders { _ = try await world.receipt(order, from: server) }
      try await eventually { world.troubles.all.count == 1 ? true : nil }
    }
    // The channel may be topped up, so it is tried again by the next process.
    let trouble = try #require(world.troubles.all.first)
    #expect(world.troubles.all.count == 1 && !trouble.isRetried && !trouble.isSetAside)
    #expect((trouble.cause as? ServingFailure)?.code == .settlementRejected)
    #expect(try world.unsettled() == [trouble.document])
  }
}
