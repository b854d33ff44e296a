import ClientAPI
import Cryptography
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Testing

/// What may be wrong with an order, and the code that says so.
struct WrongOrder: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let code: InferenceFailure.Code
  let make: @Sendable (World) async throws -> PaidRequest

  init(
    _ description: String, _ code: InferenceFailure.Code,
    make: @escaping @Sendable (World) async throws -> PaidRequest
  ) {
    testDescription = description
    self.code = code
    self.make = make
  }

  /// An order that is right but for one edit, signed with the right key.
  init(
    _ description: String, _ code: InferenceFailure.Code,
    edit: @escaping @Sendable (inout Order) -> Void
  ) {
    self.init(description, code) { world in
      let body = world.body()
      return PaidRequest(body: body, order: world.order(2, for: body, edit: edit), salt: World.salt)
    }
  }

  static let all = [
    WrongOrder("none", .paymentRequired) {
      PaidRequest(body: $0.body(), order: nil, salt: World.salt)
    },
    WrongOrder("another's signature", .orderSignatureInvalid) { world in
      PaidRequest(
        body: world.body(), order: world.order(2, for: world.body(), by: builder), salt: World.salt)
    },
    WrongOrder("another request", .orderInvalid) { world in
      PaidRequest(
        body: world.body("other?"), order: world.order(2, for: world.body()), salt: World.salt)
    },
    WrongOrder("a number that is answered", .orderUsed) { $0.number = 1 },
    WrongOrder("number zero", .orderUsed) { $0.number = 0 },
    WrongOrder("too low a maximum", .maximumFeeTooLow) { $0.maximumFee = Amount(baseUnits: 100) },
    WrongOrder("another price", .orderInvalid) { $0.rateOut = Amount(baseUnits: 1) },
    WrongOrder("another adapter", .orderInvalid) { $0.adapter = Identifier(digest("other")) },
    WrongOrder("other fee terms", .orderInvalid) { $0.terms = digest("other") },
    WrongOrder("another chain", .orderInvalid) { $0.chain = Identifier(digest("other")) },
    WrongOrder("expired", .orderInvalid) { $0.expiry = BlockTime(milliseconds: 999_999) },
    WrongOrder("expires before it could be settled", .orderInvalid) {
      $0.expiry = BlockTime(milliseconds: 1_000_001)
    },
    WrongOrder("more than the channel holds", .channelEmpty) {
      $0.maximumFee = Amount(baseUnits: 1_000_001)
    },
    WrongOrder("more than the channel holds beside what it owes", .channelEmpty) {
      $0.maximumFee = World.deposit
    },
    WrongOrder("more than any channel can hold", .channelEmpty) {
      $0.maximumFee = Amount(baseUnits: .max)
    },
    WrongOrder("an unknown channel", .channelNotOpen) { $0.channel = Identifier(digest("other")) },
    WrongOrder("another server's channel", .channelNotOpen) { world in
      let channel = try await world.ledger.open(World.deposit, for: builder)
      let order = world.order(2, for: world.body()) { $0.channel = channel }
      return PaidRequest(body: world.body(), order: order, salt: World.salt)
    },
    WrongOrder("a closing channel", .channelNotOpen) { world in
      try await world.ledger.succeed(
        .closeChannel(CloseChannel(channel: world.channel)), by: payer)
      return PaidRequest(
        body: world.body(), order: world.order(2, for: world.body()), salt: World.salt)
    },
    WrongOrder("no JSON", .invalidJSON) { world in
      PaidRequest(body: [1, 2, 3], order: world.order(2, for: [1, 2, 3]), salt: World.salt)
    },
    WrongOrder("a model that is not served", .modelNotFound) { world in
      let body = ChatRequest(model: "giant", messages: [.init(role: .user, content: "?")]).body
      return PaidRequest(body: body, order: world.order(2, for: body), salt: World.salt)
    },
    WrongOrder("more than the context", .contextTooLong) { world in
      let body = world.body(tokens: 1000)
      return PaidRequest(body: body, order: world.order(2, for: body), salt: World.salt)
    },
  ]
}

@Suite struct OrderRefusalTests {
  @Test(arguments: WrongOrder.all)
  func `a wrong order has its code and no effect`(_ wrong: WrongOrder) async throws {
    let world = try await World()
    let server = try world.server()
    // An answer that waits, so that money is kept aside and a number used.
    _ = try await server.complete(world.paid(1)) { _ in }
    let paid = try await wrong.make(world)
    let before = try await world.everything()
    do throws(InferenceFailure) {
      _ = try await server.complete(paid) { _ in Issue.record("a word of the answer left") }
      Issue.record("it was answered")
    } catch {
      #expect(error.code == wrong.code, "\(error)")
    }
    #expect(try await world.everything() == before)
    // Neither the money nor the number of a refused order is kept.
    if wrong.code != .channelNotOpen {
      _ = try await server.complete(world.paid(2)) { _ in }
    }
  }

  @Test func `a server with too many open answers says so, and takes more once they are settled`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    for number in 1...UInt64(InferenceServer.openStandard) {
      _ = try await server.complete(world.paid(number, tokens: 1)) { _ in }
    }
    let before = try await world.everything()
    let next = world.paid(65, tokens: 1)
    do throws(InferenceFailure) {
      _ = try await server.complete(next) { _ in }
      Issue.record("it was answered")
    } catch {
      #expect(error.code == .overloaded)
    }
    #expect(try await world.everything() == before)
    try await world.settling(server) {
      let last = try #require(world.paid(64, tokens: 1).order)
      _ = try await world.receipt(last, from: server)
      _ = try await eventually { try? await server.complete(next) { _ in } }
    }
    #expect(world.troubles.all.isEmpty)
  }
}
