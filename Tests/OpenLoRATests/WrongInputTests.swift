import CanonicalCoding
import ClientAPI
import Cryptography
import JSONCoding
import LanguageModels
import Ledger
import Networking
import NodeHTTP
import OpenLoRA
import Primitives
import RunKit
import Testing
import TestKit

/// What goes wrong at the door of a whole node: a code to act on, and nothing else happens.
@Suite struct WrongInputTests {
  private struct Door {
    let world: World
    let base: String
    let port: UInt16

    /// Posts a body and returns the status and the code of the refusal.
    func post(
      _ path: String, _ body: [UInt8], headers: HTTPHeaders = [:]
    ) async throws -> (status: Int, code: String?) {
      let response = try await HTTPClient().send(
        .init(method: "POST", url: base + path, headers: headers, body: body))
      let document = try JSON(parsing: response.body)
      return (response.status, (document["error"]?["code"] ?? document["code"])?.string)
    }

    func ask(
      _ body: [UInt8], _ order: SignedOrder?
    ) async throws -> (status: Int, code: String?) {
      var headers: HTTPHeaders = [:]
      if let order {
        headers["Whence-Order"] = order.canonicalBytes.hex
        headers["Whence-Salt"] = World.salt.description
      }
      return try await post("/v1/chat/completions", body, headers: headers)
    }
  }

  /// Runs a node on a port of its own, and checks that the test leaves everything as it was.
  private func untouched(_ test: (Door) async throws -> Void) async throws {
    let world = try await World()
    let inference = try world.server()
    var limits = HTTPServerLimits()
    limits.grace = .milliseconds(100)
    let server = try HTTPServer(
      port: 0, limits: limits,
      handler: NodeRoutes(ledger: world.ledger, inference: inference).handler)
    let before = try await world.everything()
    do {
      try await test(
        Door(world: world, base: "http://127.0.0.1:\(server.port)", port: server.port))
      #expect(try await world.everything() == before)
      // And the node goes on.
      _ = try await inference.complete(world.paid(1)) { _ in }
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  @Test func `malformed JSON is invalid_json`() async throws {
    try await untouched { door in
      let body = Array("{\"model\": ".utf8)
      let refusal = try await door.ask(body, door.world.order(1, for: body))
      #expect(refusal == (400, "invalid_json"))
    }
  }

  @Test func `an oversized body is body_too_large`() async throws {
    try await untouched { door in
      let body = [UInt8](repeating: 32, count: ReceiptDisclosure.requestMaximum + 1)
      let refusal = try await door.ask(body, door.world.order(1, for: body))
      #expect(refusal == (413, "body_too_large"))
    }
  }

  @Test func `a request without an order is payment_required`() async throws {
    try await untouched { door in
      let refusal = try await door.ask(door.world.body(), nil)
      #expect(refusal == (402, "payment_required"))
    }
  }

  @Test func `an order with a bad signature is order_signature_invalid`() async throws {
    try await untouched { door in
      let body = door.world.body()
      let refusal = try await door.ask(body, door.world.order(1, for: body, by: builder))
      #expect(refusal == (400, "order_signature_invalid"))
    }
  }

  @Test func `an order on an empty channel is channel_empty`() async throws {
    try await untouched { door in
      let body = door.world.body()
      let order = door.world.order(1, for: body) { $0.maximumFee = Amount(baseUnits: .max) }
      let refusal = try await door.ask(body, order)
      #expect(refusal == (402, "channel_empty"))
    }
  }

  private func transaction(sequence: UInt64) -> Transaction {
    TransactionContent(
      chain: Genesis.test.chain, publicKey: payer.publicKey, sequence: sequence,
      fee: Amount(baseUnits: 1), expiry: Height(1000),
      message: .transfer(Transfer(to: host.account, amount: Amount(baseUnits: 1), memo: ""))
    ).signed(by: payer)
  }

  @Test func `a transaction with the wrong sequence is rejected by that rule`() async throws {
    try await untouched { door in
      await #expect(throws: ClientFailure(.transaction(.wrongSequence))) {
        try await HTTPLedgerClient(base: door.base).submit(transaction(sequence: 99))
      }
    }
  }

  @Test func `a transaction with a bad signature is rejected by that rule`() async throws {
    try await untouched { door in
      let sequence = try await door.world.ledger.nextSequence(of: payer.account)
      var forged = transaction(sequence: sequence)
      forged.content.fee = Amount(baseUnits: 2)
      await #expect(throws: ClientFailure(.transaction(.badSignature))) {
        try await HTTPLedgerClient(base: door.base).submit(forged)
      }
    }
  }

  @Test func `a second node on the port is port_in_use, and the first goes on`() async throws {
    try await untouched { door in
      #expect {
        _ = try HTTPServer(
          port: door.port, handler: NodeRoutes(ledger: door.world.ledger, inference: nil).handler)
      } throws: { ($0 as? NetworkFailure)?.code == .portInUse }
      let models = try await HTTPInferenceClient(base: door.base).models()
      #expect(models.count == 1)
    }
  }
}
