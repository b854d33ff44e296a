import ClientAPI
import Foundation
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Synchronization
import Testing

@Suite struct PaidAnswerTests {
  @Test func `an answer is paid, settled, and stands before a stranger on all three levels`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    let pieces = Mutex("")
    let paid = world.paid()
    let completion = try await server.complete(paid) { piece in
      if case .text(let text, _) = piece { pieces.withLock { $0 += text } }
    }
    #expect(pieces.withLock { $0 } == completion.text)
    #expect(completion.tokensOut > 0)

    let order = try #require(paid.order)
    let published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    #expect(published.receipt.fee == completion.fee)
    let escrow = try await world.ledger.balance(of: .channelEscrow(world.channel))
    #expect(escrow == (try World.deposit.subtracting(completion.fee)))
    let batch = try #require(published.settlement?.batch)
    #expect(try await world.ledger.balance(of: .batchEscrow(batch)) == completion.fee)
    #expect(try world.unsettled() == [])
    #expect(world.troubles.all.isEmpty)

    let verifier = world.verifier
    try await verifier.checkArithmetic(of: published)
    let cosine = try await verifier.checkByRecomputation(
      published, engine: world.run.engine, weights: TinyRun.weights)
    #expect(cosine >= ReceiptVerifier.leastCosine)
  }

  @Test func `a stream first says how long its prompt was; who asks is told it for nothing`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    var request = try ChatRequest(parsing: world.body())
    request.isStreaming = true
    let counted = try await server.promptLength(of: request)
    let pieces = Mutex<[AnswerPiece]>([])
    let order = world.order(1, for: request.body)
    let completion = try await server.complete(
      PaidRequest(body: request.body, order: order, salt: World.salt)
    ) { piece in pieces.withLock { $0.append(piece) } }
    let told = pieces.withLock { $0 }
    #expect(told.first == .prompt(tokens: completion.tokensIn) && told.count > 1)
    #expect(counted == completion.tokensIn)

    // Longer than any context, and all the same no order's business.
    request.messages[0].content = String(repeating: "q", count: 5000)
    #expect(try await server.promptLength(of: request) > 5000)
    request.model = "nobody"
    do throws(InferenceFailure) {
      _ = try await server.promptLength(of: request)
      Issue.record("a model that is not here was counted for")
    } catch {
      #expect(error.code == .modelNotFound)
    }
  }

  @Test func `an answer that fills the context to its last token is settled too`() async throws {
    let world = try await World()
    let server = try world.server()
    let limit = try await Self.longestLimit(of: server, in: world)
    try await world.settling(server) {
      // Each order draws another answer; one that ends its turn early fills nothing.
      for number in UInt64(1)...20 {
        let body = world.body("q1?", tokens: limit, temperature: 1900)
        let salt = digest("salt \(number)")
        let order = world.order(number, for: body, salt: salt) {
          $0.maximumFee = Amount(baseUnits: 40_000)
        }
        let paid = PaidRequest(body: body, order: order, salt: salt)
        let completion = try await server.complete(paid) { _ in }
        _ = try await world.receipt(order, from: server)
        if completion.tokensOut == limit { return }
      }
      Issue.record("every answer ended early")
    }
    #expect(world.troubles.all.isEmpty)
  }

  /// The context is looked at before the order: an order that can't pass tells the two apart.
  private static func longestLimit(of server: InferenceServer, in world: World) async throws
    -> UInt32
  {
    for tokens in (UInt32(1)...256).reversed() {
      let body = world.body("q1?", tokens: tokens, temperature: 1900)
      let paid = PaidRequest(
        body: body, order: world.order(1, for: body, by: builder), salt: World.salt)
      do throws(InferenceFailure) {
        _ = try await server.complete(paid) { _ in }
      } catch {
        if error.code != .contextTooLong { return tokens }
      }
    }
    throw InferenceFailure(.contextTooLong, "no limit fits")
  }

  @Test func `an answer given before the server ended is settled by the next, once`() async throws {
    let world = try await World()
    let paid = world.paid()
    let order = try #require(paid.order)
    do {
      let first = try world.server()
      _ = try await first.complete(paid) { _ in }
      #expect(try await first.receipt(ofOrder: order.order.signedDigest) == nil)
    }
    let name = try #require(try world.unsettled().first)
    let unsettled = try DocumentFolder(at: "\(world.folder.path)/unsettled")
    let answer = try #require(try unsettled.bytes(of: name))
    let second = try world.server()
    let published = try await world.settling(second) {
      try await world.receipt(order, from: second)
    }
    let settled = try await world.everything()

    // What a process leaves behind that ends between settling and removing its answer.
    try unsettled.put(answer, as: name)
    let third = try world.server()
    _ = try await world.settling(third) {
      try await eventually { try world.unsettled().isEmpty ? true : nil }
    }
    #expect(try await world.everything() == settled)
    #expect(try await world.receipt(order, from: third) == published)
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `a number that an unsettled answer used stays used after a restart`() async throws {
    let world = try await World()
    _ = try await world.server().complete(world.paid(5)) { _ in }
    let next = try world.server()
    await #expect(throws: InferenceFailure.self) {
      try await next.complete(world.paid(5)) { _ in }
    }
    #expect(try world.unsettled().count == 1)
  }

  @Test func `an answer waits for one with a lower number that is still being made`() async throws {
    let world = try await World()
    let server = try world.server()
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let (starts, start) = AsyncStream.makeStream(of: Void.self)
    try await world.settling(server) {
      let slow = Task {
        try await server.complete(world.paid(1)) { _ in
          start.finish()
          for await _ in gate {}
        }
      }
      for await _ in starts {}
      _ = try await server.complete(world.paid(2)) { _ in }
      try await Task.sleep(for: .milliseconds(50))
      #expect(try await world.ledger.record(.channel(world.channel))?.lastNumber == 0)
      open.finish()
      _ = try await slow.value
      for number in [UInt64(1), 2] {
        let order = try #require(world.paid(number).order)
        _ = try await world.receipt(order, from: server)
      }
    }
    #expect(world.troubles.all.isEmpty)
  }

  @Test
  func `a server has contributors paid once their epoch is released, and by its next process`()
    async throws
  {
    let world = try await World()
    let paid = world.paid()
    let order = try #require(paid.order)
    let first = try world.server()
    _ = try await first.complete(paid) { _ in }
    let published = try await world.settling(first) {
      try await world.receipt(order, from: first)
    }
    try #require(!published.receipt.payouts.isEmpty)
    var before: [Identifier<Account>: Amount] = [:]
    for payout in published.receipt.payouts {
      before[payout.account] = try await world.ledger.balance(of: .account(payout.account))
    }
    try await world.ledger.succeed(
      .revealHeldOut(
        RevealHeldOut(
          datanet: world.adapter.run.claim.version.datanet, epoch: 1, salt: digest("salt"),
          blob: digest("held out"))), by: builder)
    for _ in 0..<3 { try await world.ledger.pass(milliseconds: 1000) }

    let second = try world.server()
    try await world.settling(second) {
      for payout in published.receipt.payouts {
        try await eventually { () async throws -> Bool? in
          let balance = try await world.ledger.balance(of: .account(payout.account))
          let due = try before[payout.account]?.adding(payout.amount)
          return balance == due ? true : nil
        }
      }
    }
    #expect(world.troubles.all.isEmpty)
  }

  @Test
  func `by a set that nobody revealed a server claims nothing, and remembers no batch for it`()
    async throws
  {
    var genesis = Genesis.test
    genesis.parameters.datanets.trainingWindow = Window(milliseconds: 60_000, blocks: 2)
    let world = try await World(on: genesis)
    let paid = world.paid()
    let order = try #require(paid.order)
    let first = try world.server()
    _ = try await first.complete(paid) { _ in }
    let published = try await world.settling(first) {
      try await world.receipt(order, from: first)
    }
    try #require(!published.receipt.payouts.isEmpty)
    func remembered() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "\(world.folder.path)/batches")
    }
    #expect(try !remembered().isEmpty)
    // The set opens, is withheld, and its epoch released; the batch is final by then.
    try await world.ledger.pass(milliseconds: 60_000)
    for _ in 0..<6 { try await world.ledger.pass(milliseconds: 1000) }
    let epoch = world.adapter.run.epoch
    #expect(try await world.ledger.record(.heldOut(epoch))?.isWithheld == true)
    let before = try await world.everything()

    let second = try world.server()
    _ = try await world.settling(second) {
      try await eventually { try remembered().isEmpty ? true : nil }
    }
    #expect(try await world.everything() == before)
    #expect(world.troubles.all.isEmpty)
  }
}
