internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
internal import JSONCoding
internal import Ledger
public import Networking
public import Primitives

/// Lets clients pay by the call, with x402 in its second version, who have neither channel nor key.
///
/// Stands before the routes and speaks through them: an unpaid request's refusal gets the header that says
/// what would pay, and a payment becomes the headers of an order that brings its own channel.
/// `docs/spec/x402.md` is the contract.
public struct PayPerCall: Sendable {
  /// How long an order must hold at least, and how long this asks it to.
  static let timeoutSeconds = 300
  private static let leastMilliseconds: UInt64 = 60_000

  let ledger: any LedgerClient
  let inference: any InferenceClient
  let clock: @Sendable () -> BlockTime

  public init(
    ledger: any LedgerClient, inference: any InferenceClient,
    clock: @escaping @Sendable () -> BlockTime = systemTime
  ) {
    self.ledger = ledger
    self.inference = inference
    self.clock = clock
  }

  /// A handler that answers paid requests too.
  public func handler(before routes: @escaping HTTPServer.Handler) -> HTTPServer.Handler {
    { request in
      guard request.method == "POST", request.headers[WireHeader.order] == nil,
        ChatDialect(rawValue: request.path) != nil
      else { return await routes(request) }
      guard let header = request.headers[PaymentHeader.signature] else {
        return await self.asking(request, after: await routes(request))
      }
      return await self.paid(request, header: header, routes)
    }
  }

  // MARK: - Asking for a payment

  /// A refusal for want of a payment, with what would pay.
  private func asking(_ request: HTTPRequest, after response: HTTPResponse) async -> HTTPResponse {
    guard response.saysPaymentRequired, let asked = try? await requirements(for: request) else {
      return response
    }
    return self.asking(asked, of: request, in: response, because: "a payment is required")
  }

  private func asking(
    _ asked: PaymentRequirements, of request: HTTPRequest, in response: HTTPResponse,
    because error: String
  ) -> HTTPResponse {
    let host = request.headers["Host"]
    let document: JSON = [
      "x402Version": 2, "error": .string(error),
      "resource": [
        "url": .string((host.map { "http://\($0)" } ?? "") + request.path),
        "description": "an answer of a model", "mimeType": .string(MediaType.json),
      ],
      "accepts": [asked.json],
    ]
    var response = response
    response.headers[PaymentHeader.required] = Base64.text(of: document.bytes())
    return response
  }

  /// What the answer to a request may cost at most, and to whom.
  private func requirements(
    for request: HTTPRequest
  ) async throws -> PaymentRequirements {
    // An order binds the chat that the body stands for.
    let asked = try (ChatDialect(rawValue: request.path) ?? .chat).request(in: request.body)
    let status = try await ledger.status()
    let listings = try await inference.models()
    let choice = try ModelChoice(of: asked.chat.model, among: listings)
    guard !choice.isEnsemble else {
      // A payment opens one channel for one order.
      throw InferenceFailure(
        .invalidRequest,
        "x402 pays for one adapter; an ensemble is paid through a channel or by key",
        parameter: "model")
    }
    let listing = choice.parts[0].listing
    // What an order may cost is the same on every channel and by every key.
    guard let key = SigningKey(seed: [UInt8](repeating: 1, count: 32)) else {
      preconditionFailure("a seed has 32 bytes")
    }
    let draft = try PayerSigner(
      chain: status.chain.id, channel: Identifier(.zero), parameters: status.parameters, key: key
    ).order(
      for: asked.body, model: listing, number: 1, salt: .zero, expiry: status.header.time)
    return PaymentRequirements(
      network: PaymentRequirements.network(of: status.chain.id),
      amount: draft.order.maximumFee, asset: status.chain.symbol, payTo: listing.server,
      timeoutSeconds: Self.timeoutSeconds, adapter: listing.adapter, rateIn: listing.rateIn,
      rateOut: listing.rateOut, terms: draft.order.terms)
  }

  // MARK: - Taking one

  private func paid(
    _ request: HTTPRequest, header: String, _ routes: HTTPServer.Handler
  ) async -> HTTPResponse {
    let asked: PaymentRequirements
    do {
      asked = try await requirements(for: request)
    } catch {
      // What is wrong with the request itself the routes say best.
      let failure = error as? InferenceFailure
      return Refusal(failure ?? InferenceFailure(.unavailable, "\(error)")).response(.openAI)
    }
    let payment: PaymentPayload
    switch read(header, against: asked) {
    case .failure(let fault):
      return refused(fault.reason, fault.message, asked, request, payer: nil)
    case .success(let read): payment = read
    }
    let payer = payment.opening.content.signer.description
    guard
      payment.order.order.expiry.milliseconds
        >= clock().milliseconds + Self.leastMilliseconds
    else {
      return refused(
        .orderExpired, "the order has expired, or will within a minute; sign a new one", asked,
        request, payer: payer)
    }
    var inner = request
    inner.headers[PaymentHeader.signature] = nil
    inner.headers[WireHeader.order] = payment.order.canonicalBytes.hex
    inner.headers[WireHeader.salt] = payment.salt.description
    inner.headers[WireHeader.opening] = payment.opening.canonicalBytes.hex
    let response = await routes(inner)
    guard (200..<300).contains(response.status) else {
      return failed(response, asked, request, payer: payer)
    }
    return settled(
      PaymentSettlement(
        isSuccess: true, transaction: payment.opening.id.description, network: asked.network,
        payer: payer, amount: response.fee), response)
  }

  private struct Fault: Error {
    let reason: PaymentReason
    let message: String
  }

  /// Reads what a client pays with, and compares what it accepted with what is asked.
  private func read(
    _ header: String, against asked: PaymentRequirements
  ) -> Result<PaymentPayload, Fault> {
    func fault(_ reason: PaymentReason, _ message: String) -> Result<PaymentPayload, Fault> {
      .failure(Fault(reason: reason, message: message))
    }
    guard let json = Base64.bytes(of: header).flatMap({ try? JSON(parsing: $0) }) else {
      return fault(.invalidPayload, "\(PaymentHeader.signature) must be JSON in base64")
    }
    guard json["x402Version"]?.integer(as: Int.self) == 2 else {
      return fault(.invalidVersion, "x402Version must be 2")
    }
    let accepted = json["accepted"]
    guard accepted?["scheme"]?.string == PaymentRequirements.scheme else {
      return fault(.unsupportedScheme, "the scheme must be \(PaymentRequirements.scheme)")
    }
    guard accepted?["network"]?.string == asked.network else {
      return fault(.invalidNetwork, "this server is paid on \(asked.network)")
    }
    guard let accepted = accepted.flatMap(PaymentRequirements.init(json:)),
      accepted.payTo == asked.payTo, accepted.asset == asked.asset
    else {
      return fault(
        .invalidRequirements, "what is accepted is not what \(PaymentHeader.required) asks for")
    }
    guard let payment = json["payload"].flatMap(PaymentPayload.init(json:)) else {
      return fault(
        .invalidPayload,
        "the payload must have opening, order and salt, each in lower-case hexadecimal")
    }
    guard accepted.amount >= asked.amount, payment.order.order.maximumFee >= asked.amount else {
      return fault(.value, "the longest answer costs \(asked.amount), and this pays less")
    }
    return .success(payment)
  }

  // MARK: - What became of it

  private func refused(
    _ reason: PaymentReason, _ message: String, _ asked: PaymentRequirements,
    _ request: HTTPRequest, payer: String?
  ) -> HTTPResponse {
    var refusal = Refusal(InferenceFailure(.paymentRequired, "\(reason.rawValue): \(message)"))
    refusal.status = reason.status
    return failed(refusal.response(.openAI), reason, asked, request, payer: payer)
  }

  /// The routes' own refusal, as x402 tells it.
  private func failed(
    _ response: HTTPResponse, _ asked: PaymentRequirements, _ request: HTTPRequest,
    payer: String
  ) -> HTTPResponse {
    let reason = PaymentReason(response.refusalCode ?? "")
    var response = response
    if reason.status == 402 { response.status = 402 }
    return failed(response, reason, asked, request, payer: payer)
  }

  private func failed(
    _ response: HTTPResponse, _ reason: PaymentReason, _ asked: PaymentRequirements,
    _ request: HTTPRequest, payer: String?
  ) -> HTTPResponse {
    let told = settled(
      PaymentSettlement(
        isSuccess: false, reason: reason, network: asked.network, payer: payer), response)
    guard told.status == 402 else { return told }
    return asking(asked, of: request, in: told, because: reason.rawValue)
  }

  private func settled(
    _ settlement: PaymentSettlement, _ response: HTTPResponse
  ) -> HTTPResponse {
    var response = response
    response.headers[PaymentHeader.response] = Base64.text(of: settlement.json.bytes())
    return response
  }
}

extension HTTPResponse {
  fileprivate var document: JSON? {
    guard case .bytes(let body) = body else { return nil }
    return try? JSON(parsing: body)
  }

  /// What an answer in one piece cost; nil for a stream, whose last chunk says it.
  fileprivate var fee: String? { document?["whence"]?["fee"]?.string }

  fileprivate var refusalCode: String? { document?["error"]?["code"]?.string }

  fileprivate var saysPaymentRequired: Bool {
    status == InferenceFailure.Code.paymentRequired.status
      && refusalCode == InferenceFailure.Code.paymentRequired.rawValue
  }
}
