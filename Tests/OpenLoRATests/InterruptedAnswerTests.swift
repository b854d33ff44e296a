import ClientAPI
import Foundation
import LanguageModels
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Synchronization
import Testing
import TestKit

@Suite struct InterruptedAnswerTests {
  @Test func `a client that hangs up on its answer owes nothing, and its money is free again`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    let before = try await world.everything()
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    defer { open.finish() }
    let (starts, start) = AsyncStream.makeStream(of: Void.self)
    let body = world.body()
    let whole = world.order(1, for: body) { $0.maximumFee = World.deposit }
    let asking = Task {
      try await server.complete(PaidRequest(body: body, order: whole, salt: World.salt)) { _ in
        start.finish()
        for await _ in gate {}
      }
    }
    for await _ in starts {}
    asking.cancel()
    await #expect(throws: InferenceFailure.self) { try await asking.value }
    #expect(try await world.everything() == before)

    let again = world.order(2, for: body) { $0.maximumFee = World.deposit }
    _ = try await server.complete(PaidRequest(body: body, order: again, salt: World.salt)) { _ in }
  }

  @Test func `a client that leaves its stream pays for what it was given, and can prove it`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    var request = try ChatRequest(parsing: world.body(tokens: 40, temperature: 1500))
    request.isStreaming = true
    let order = world.order(1, for: request.body)
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    defer { open.finish() }
    let (starts, start) = AsyncStream.makeStream(of: Void.self)
    let told = Mutex<[String]>([])
    let paid = PaidRequest(body: request.body, order: order, salt: World.salt)
    let asking = Task {
      try await server.complete(paid) { piece in
        guard case .text(let text, _) = piece else { return }
        let count = told.withLock {
          $0.append(text)
          return $0.count
        }
        guard count == 4 else { return }
        start.finish()
        for await _ in gate {}
      }
    }
    for await _ in starts {}
    asking.cancel()
    let completion = try await asking.value
    let given = told.withLock { $0.prefix(3).joined() }
    #expect(completion.tokensOut >= 3 && completion.tokensOut < 40)

    let published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    #expect(published.receipt.tokensOut == completion.tokensOut)
    #expect(published.receipt.fee == completion.fee)
    let answer = published.disclosure.answer.map { Int32(bitPattern: $0) }
    #expect(world.run.engine.tokenizer.decode(answer) == given)
    _ = try await world.verifier.checkByRecomputation(
      published, engine: world.run.engine, weights: TinyRun.weights)
  }

  @Test func `an answer that the disk does not take is not charged`() async throws {
    let world = try await World()
    let server = try world.server()
    let folder = "\(world.folder.path)/unsettled"
    try FileManager.default.removeItem(atPath: folder)
    let before = try await world.ledger.entries(withPrefix: [], after: nil, limit: .max)
    do throws(InferenceFailure) {
      _ = try await server.complete(world.paid(1)) { _ in }
      Issue.record("it was answered")
    } catch {
      #expect(error.code == .unavailable)
    }
    #expect(try await world.ledger.entries(withPrefix: [], after: nil, limit: .max) == before)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let body = world.body()
    let order = world.order(2, for: body) { $0.maximumFee = World.deposit }
    _ = try await server.complete(PaidRequest(body: body, order: order, salt: World.salt)) { _ in }
  }

  @Test func `an answer that never settles is set aside and reported, and holds up no other`()
    async throws
  {
    let world = try await World()
    let other = try await world.ledger.open(World.deposit, for: host)
    let server = try world.server()
    _ = try await server.complete(world.paid(1)) { _ in }
    let body = world.body()
    let second = world.order(1, for: body) { $0.channel = other }
    _ = try await server.complete(PaidRequest(body: body, order: second, salt: World.salt)) { _ in }

    // The first channel's money goes away before the server settles.
    try await world.ledger.succeed(
      .closeChannel(CloseChannel(channel: world.channel)), by: payer)
    try await eventually { () async throws -> Bool? in
      try await world.ledger.pass(milliseconds: 1000)
      return try await world.ledger.record(.channel(world.channel))?.status == .closed ? true : nil
    }
    try await world.settling(server) {
      _ = try await world.receipt(second, from: server)
      let trouble = try await eventually { world.troubles.all.first }
      #expect(!trouble.isRetried)
      #expect((trouble.cause as? ServingFailure)?.code == .settlementImpossible)
    }
    #expect(world.troubles.all.count == 1)
    #expect(try world.unsettled() == [])
    #expect(try world.setAside().contains(world.troubles.all[0].document))
  }

  @Test func `while the ledger takes nothing an answer waits, and is settled once it does`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    await world.ledger.refuseTransactions(
      with: ClientFailure(code: .busy, message: "too much waits"))
    try await world.settling(server) {
      let paid = world.paid(1)
      _ = try await server.complete(paid) { _ in }
      let trouble = try await eventually { world.troubles.all.first }
      #expect(trouble.isRetried)
      #expect(try world.unsettled() == [trouble.document])
      await world.ledger.refuseTransactions(with: nil)
      let order = try #require(paid.order)
      _ = try await world.receipt(order, from: server)
      try await eventually { try world.unsettled().isEmpty ? true : nil }
    }
  }

  @Test func `a damaged answer on disk is reported, and the server starts and settles others`()
    async throws
  {
    let world = try await World()
    let paid = world.paid(1)
    _ = try await world.server().complete(paid) { _ in }
    let damaged = "\(world.folder.path)/unsettled/000-damaged"
    try Data([1, 2, 3]).write(to: URL(filePath: damaged))

    let server = try world.server()
    try await world.settling(server) {
      let order = try #require(paid.order)
      _ = try await world.receipt(order, from: server)
    }
    #expect((world.troubles.all.first?.cause as? ServingFailure)?.code == .unsettledCorrupt)
    #expect(world.troubles.all.count == 1)
    #expect(FileManager.default.fileExists(atPath: damaged))
  }

  @Test func `a cancelled server stops settling and leaves its answers to the next`() async throws {
    let world = try await World()
    let server = try world.server()
    _ = try await server.complete(world.paid(1)) { _ in }
    let before = try await world.everything()
    let work = Task {
      try? await Task.sleep(for: .seconds(60))
      try await server.run()
    }
    work.cancel()
    _ = await work.result
    #expect(try await world.everything() == before)
    #expect(world.troubles.all.isEmpty)
  }
}

extension MemoryLedger {
  /// Lets time pass: a small transfer's block comes so much later.
  func pass(milliseconds: UInt64) async throws {
    wait(milliseconds: milliseconds)
    try await succeed(
      .transfer(Transfer(to: payer.account, amount: .zero, memo: "")), by: builder)
  }
}
