import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import Networking
import Node
import Primitives
import RunKit
import Storage
import Testing

@testable import NodeHTTP
@testable import whence

/// x402 between real processes: a server, and clients that have neither channel nor key there.
@Suite(.serialized, .timeLimit(.minutes(10))) struct PayPerCallTests {
  /// A server at work and the payer's view of its chain.
  private struct Shop {
    let folder: ServeFolder
    let server: RunningServer
    let base: String
    let ledger: HTTPLedgerClient

    init(_ members: String = "") async throws {
      folder = try await ServeFolder()
      try folder.configure(members)
      server = try folder.start()
      base = try await server.base()
      ledger = HTTPLedgerClient(base: base)
    }

    func body(_ question: String = "q1?", isStreaming: Bool = false) -> [UInt8] {
      ChatRequest(
        model: "tiny", messages: [.init(role: .user, content: question)], maximumTokens: 6,
        sampling: ChatSampling(temperature: 0), isStreaming: isStreaming
      ).body
    }

    func held() async throws -> Amount { try await ledger.balance(of: .account(payer.account)) }

    /// Sends a body as any HTTP client does.
    func post(
      _ body: [UInt8], payment: String? = nil, in dialect: ChatDialect = .chat
    ) async throws -> HTTPClient.Response {
      var headers: HTTPHeaders = ["Content-Type": "application/json"]
      if let payment { headers["PAYMENT-SIGNATURE"] = payment }
      return try await HTTPClient().send(
        .init(method: "POST", url: base + dialect.path, headers: headers, body: body))
    }

    /// What the server asks for an answer.
    func asked(
      _ body: [UInt8], in dialect: ChatDialect = .chat
    ) async throws -> (document: JSON, offer: PaymentRequirements) {
      let response = try await post(body, in: dialect)
      #expect(response.status == 402)
      let header = try #require(response.headers["PAYMENT-REQUIRED"])
      let document = try JSON(parsing: try #require(Data(base64Encoded: header).map(Array.init)))
      let offer = try #require(
        document["accepts"]?[0].flatMap(PaymentRequirements.init(json:)))
      return (document, offer)
    }

    /// A payment for a body, with a lie in it.
    func payment(
      _ body: [UInt8], of offer: PaymentRequirements, deposit: Amount? = nil,
      maximum: Amount? = nil, orderSeconds: UInt64 = 300, channel: Identifier<Channel>? = nil,
      by key: SigningKey = payer, signer: SigningKey? = nil
    ) async throws -> (payload: PaymentPayload, channel: Identifier<Channel>) {
      let status = try await ledger.status()
      let now = BlockTime.now().milliseconds
      let ordering = TransactionOrdering.unordered(
        expiry: BlockTime(milliseconds: now + 200_000), nonce: UInt64.random(in: 0 ... .max))
      let opening = TransactionContent(
        chain: status.chain.id, signer: key.account, publicKey: key.publicKey, ordering: ordering,
        fee: .zero, expiry: Height(1_000_000),
        message: .openChannel(
          OpenChannel(
            server: offer.payTo, signingKey: key.publicKey, deposit: deposit ?? offer.amount))
      ).payingLeast(under: status.parameters).signed(by: key)
      let salt = digest("a salt of x402")
      let name = Identifier<Channel>(creator: key.account, ordering: ordering)
      let order = Order(
        chain: status.chain.id, channel: channel ?? name, number: 1,
        request: Order.requestDigest(of: body, salt: salt), adapter: offer.adapter,
        rateIn: offer.rateIn, rateOut: offer.rateOut, terms: offer.terms,
        maximumFee: maximum ?? offer.amount, nonce: Order.nonce(of: salt),
        expiry: BlockTime(milliseconds: now + orderSeconds * 1_000), isPublic: true
      ).signed(by: signer ?? key)
      return (PaymentPayload(opening: opening, order: order, salt: salt), name)
    }

    func header(
      _ payload: PaymentPayload, of offer: PaymentRequirements,
      _ change: (inout JSONObject) -> Void = { _ in }
    ) -> String {
      var accepted = offer.json.object ?? JSONObject()
      change(&accepted)
      let document: JSON = [
        "x402Version": 2, "accepted": .object(accepted), "payload": payload.json,
      ]
      return Data(document.bytes()).base64EncodedString()
    }

    /// What became of a payment, as the response says.
    func outcome(
      _ response: HTTPClient.Response
    ) throws -> (status: Int, settlement: PaymentSettlement) {
      let header = try #require(response.headers["PAYMENT-RESPONSE"])
      return (response.status, try #require(PaymentSettlement(header: header)))
    }

    func close() async {
      server.send(SIGTERM)
      #expect(await server.end() == 0, "\(server.words)")
    }
  }

  @Test func `an unpaid request says what would pay, in the shapes of x402's second version`()
    async throws
  {
    let shop = try await Shop()
    let (document, offer) = try await shop.asked(shop.body())
    #expect(document["x402Version"]?.integer() == 2)
    #expect(
      document["resource"]?["url"]?.string == shop.base + "/v1/chat/completions")
    let chain = shop.folder.genesis.chain
    #expect(offer.network == "whence:\(chain.description.prefix(32))")
    #expect(offer.asset == "WHN" && offer.payTo == host.account && offer.amount > .zero)
    #expect(document["accepts"]?[0]?["scheme"]?.string == "upto")
    // Beside it, the body is what OpenAI's clients read.
    let body = try JSON(parsing: try await shop.post(shop.body()).body)
    #expect(body["error"]?["code"]?.string == "payment_required")
    await shop.close()
  }

  @Test(arguments: [false, true])
  func `an answer is paid once, and what it leaves comes back`(isStreaming: Bool) async throws {
    let shop = try await Shop()
    let before = try await shop.held()
    let client = PayPerCallClient(base: shop.base, ledger: shop.ledger)
    let limit = Amount(baseUnits: 1_000_000)
    let (payments, tell) = AsyncStream.makeStream(of: PayPerCallClient.Payment.self)
    let answer = try await client.complete(
      shop.body(isStreaming: isStreaming), limit: limit, by: payer, of: payer.account,
      isPublic: true, onPayment: { tell.yield($0) }, onPiece: { _ in })
    let payment = try #require(await payments.first { _ in true })
    #expect(answer.tokensOut > 0 && answer.fee > .zero && answer.fee < payment.deposit)
    let inference = HTTPInferenceClient(base: shop.base)
    let envelope = try await eventually { try await inference.receipt(ofOrder: answer.order) }
    let receipt = try #require(envelope.receipt(openedBy: [payer])).receipt
    #expect(receipt.fee == answer.fee && receipt.payer == payer.account)
    _ = try await eventually {
      try await shop.ledger.record(.channel(payment.channel))?.status == .closed ? true : nil
    }
    // What contributors are not due of the fee may have come back too.
    let after = try await shop.held()
    #expect(try before.subtracting(after) <= answer.fee)
    #expect(try await shop.ledger.balance(of: .channelEscrow(payment.channel)) == .zero)
    await shop.close()
  }

  @Test func `a payment that was used, or is being used, buys nothing more`() async throws {
    let shop = try await Shop()
    let body = shop.body()
    let (_, offer) = try await shop.asked(body)
    let (payload, channel) = try await shop.payment(body, of: offer)
    let header = shop.header(payload, of: offer)
    let first = try shop.outcome(try await shop.post(body, payment: header))
    #expect(first.status == 200 && first.settlement.isSuccess)
    #expect(first.settlement.transaction == payload.opening.id.description)
    #expect(first.settlement.payer == payer.account.description)
    #expect(first.settlement.network == offer.network)
    let spent = try #require(first.settlement.amount.flatMap { Amount(decimal: $0) })
    #expect(spent > .zero && spent < offer.amount)

    let again = try shop.outcome(try await shop.post(body, payment: header))
    #expect(again.status == 402 && !again.settlement.isSuccess)
    #expect(again.settlement.transaction == "")
    _ = try await eventually {
      try await shop.ledger.record(.channel(channel))?.status == .closed ? true : nil
    }
    let late = try shop.outcome(try await shop.post(body, payment: header))
    #expect(late.status == 402)
    #expect(late.settlement.reason == "invalid_transaction_state")
    #expect(try await shop.ledger.record(.channel(channel))?.lastNumber == 1)
    await shop.close()
  }

  @Test func `other dialects are paid by the call too, by an order for the chat they stand for`()
    async throws
  {
    let shop = try await Shop()
    let body = Array(
      #"{"model":"tiny","max_tokens":6,"messages":[{"role":"user","content":"q1?"}]}"#.utf8)
    let (document, offer) = try await shop.asked(body, in: .message)
    #expect(document["resource"]?["url"]?.string == shop.base + "/v1/messages")
    let chat = try ChatDialect.message.request(in: body).body
    let (payload, _) = try await shop.payment(chat, of: offer)
    let paid = try await shop.post(body, payment: shop.header(payload, of: offer), in: .message)
    #expect(try shop.outcome(paid).settlement.isSuccess)
    let answer = try JSON(parsing: paid.body)
    #expect(answer["type"]?.string == "message")
    #expect(
      answer["whence"]?["receipt"]?.string == payload.order.order.signedDigest.description)
    await shop.close()
  }

  @Test func `what is wrong with a payment is said by its name, and no money moves`() async throws {
    let shop = try await Shop()
    let body = shop.body()
    let (_, offer) = try await shop.asked(body)
    let before = try await shop.held()
    func refused(
      _ header: String, with status: Int, _ reason: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      let outcome = try shop.outcome(try await shop.post(body, payment: header))
      #expect(outcome.status == status, sourceLocation: sourceLocation)
      #expect(outcome.settlement.reason == reason, sourceLocation: sourceLocation)
      #expect(
        !outcome.settlement.isSuccess && outcome.settlement.transaction == "",
        sourceLocation: sourceLocation)
    }
    let (sound, _) = try await shop.payment(body, of: offer)
    try await refused("not base64", with: 400, "invalid_payload")
    try await refused(
      Data("{}".utf8).base64EncodedString(), with: 400, "invalid_x402_version")
    try await refused(
      shop.header(sound, of: offer) { $0["network"] = "eip155:8453" }, with: 400,
      "invalid_network")
    try await refused(
      shop.header(sound, of: offer) { $0["scheme"] = "exact" }, with: 400, "unsupported_scheme")
    try await refused(
      shop.header(sound, of: offer) { $0["payTo"] = .string(payer.account.description) },
      with: 400, "invalid_payment_requirements")
    let less = try offer.amount.subtracting(Amount(baseUnits: 1))
    let (small, _) = try await shop.payment(body, of: offer, maximum: less)
    try await refused(
      shop.header(small, of: offer), with: 402, "invalid_upto_whence_payload_value")
    let (poor, _) = try await shop.payment(body, of: offer, deposit: less)
    try await refused(
      shop.header(poor, of: offer), with: 402, "invalid_upto_whence_payload_value")
    let (late, _) = try await shop.payment(body, of: offer, orderSeconds: 30)
    try await refused(
      shop.header(late, of: offer), with: 402, "invalid_upto_whence_payload_order_expired")
    let (forged, _) = try await shop.payment(body, of: offer, signer: host)
    try await refused(
      shop.header(forged, of: offer), with: 402, "invalid_upto_whence_payload_signature")
    let (other, _) = try await shop.payment(shop.body("q2?"), of: offer)
    try await refused(
      shop.header(other, of: offer), with: 402, "invalid_upto_whence_payload_order")
    let (elsewhere, _) = try await shop.payment(body, of: offer, channel: shop.folder.channel)
    try await refused(shop.header(elsewhere, of: offer), with: 400, "invalid_payload")
    let stranger = SigningKey.test(99)
    let (broke, _) = try await shop.payment(body, of: offer, by: stranger)
    try await refused(shop.header(broke, of: offer), with: 402, "insufficient_funds")
    #expect(try await shop.held() == before)
    // All that was refused moved nothing: the sound one still pays.
    let paid = try shop.outcome(
      try await shop.post(body, payment: shop.header(sound, of: offer)))
    #expect(paid.status == 200 && paid.settlement.isSuccess)
    await shop.close()
  }

  @Test func `a server that dies behind the payment gives the money back when it is there again`()
    async throws
  {
    let shop = try await Shop()
    let body = shop.body()
    let (_, offer) = try await shop.asked(body)
    let (payload, channel) = try await shop.payment(body, of: offer)
    shop.server.send(SIGKILL)
    _ = await shop.server.end()
    // As the server leaves it when it dies between the ledger's word and its own answer.
    let data = try DataFolder(existing: shop.folder.path)
    try await shop.folder.submit(payload.opening)
    try DocumentFolder(at: "\(data.serverFolder)/openings")
      .put(payload.opening.canonicalBytes, as: channel.description)
    let next = try shop.folder.start()
    let ledger = HTTPLedgerClient(base: try await next.base())
    #expect(try await ledger.record(.channel(channel)) != nil)
    _ = try await eventually {
      try await ledger.record(.channel(channel))?.status == .closed ? true : nil
    }
    #expect(try await ledger.balance(of: .channelEscrow(channel)) == .zero)
    #expect(try await ledger.record(.channel(channel))?.lastNumber == 0)
    next.send(SIGTERM)
    #expect(await next.end() == 0)
  }

  @Test func `the command pays by the call, and a server that takes none says so`() async throws {
    let shop = try await Shop()
    let words = ["ask", "q1?", "--x402", "--tokens", "6", "--data", shop.folder.path, "--node"]
    let environment = try BuiltProgram.environment(in: shop.folder.folder.path)
    let asked = try await BuiltProgram.run(words + [shop.base], environment: environment)
    #expect(asked.status == 0, "\(asked)")
    #expect(asked.output.contains("paying up to ") && asked.output.contains(" WHN go back once"))
    await shop.close()

    let closed = try await Shop(#""x402": {"enabled": false}"#)
    let unpaid = try await closed.post(closed.body())
    #expect(unpaid.status == 402 && unpaid.headers["PAYMENT-REQUIRED"] == nil)
    await closed.close()
  }
}
