internal import CanonicalCoding
internal import ClientAPI
internal import Ledger
internal import Networking
internal import Primitives

extension PayerProxy {
  /// How often an order is signed anew because another of the payer's overtook it.
  private static let attemptMaximum = 32

  /// Signs for what the body asks, in whatever dialect, and forwards it byte for byte; the answer comes
  /// back the same way.
  ///
  /// Requests made at once may reach the server in another order than their numbers; what was
  /// overtaken is signed again with a new number.
  func answer(_ call: RouteCall, in dialect: ChatDialect) async throws(Refusal) -> HTTPResponse {
    var answer = try await signed(call, dialect)
    for _ in 1..<Self.attemptMaximum where answer.saysOrderUsed {
      answer = try await signed(call, dialect)
    }
    return answer
  }

  /// Forwards what costs nothing: texts to be turned into vectors, a prompt to be counted.
  func post(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    try await whole(
      upstream.request(
        "POST", call.request.path, accepting: MediaType.json,
        headers: ["Content-Type": MediaType.json], body: call.request.body))
  }

  private func signed(
    _ call: RouteCall, _ dialect: ChatDialect
  ) async throws(Refusal) -> HTTPResponse {
    guard call.request.headers["Origin"] == nil else {
      throw Refusal(
        .originNotAllowed, "the proxy pays for programs on this machine, not for web pages")
    }
    let body = call.request.body
    try Refusal.checkSize(of: body)
    let isStreaming: Bool
    let orders: [SignedOrder]
    let fee: Amount
    let salt = sources.entropy()
    do throws(InferenceFailure) {
      let request = try dialect.request(in: body)
      isStreaming = request.chat.isStreaming
      let choice = try await prices.choice(of: request.chat.model)
      var numbers: [UInt64] = []
      for _ in choice.parts { numbers.append(try await number()) }
      orders = try signer.orders(
        for: request.body, choice: choice, numbers: numbers, salt: salt,
        expiry: BlockTime(milliseconds: sources.clock().milliseconds + orderMilliseconds),
        isPublic: isPublic)
      fee = try orders.maximumFee()
    } catch {
      throw Refusal(error)
    }
    try check(fee)
    let message = upstream.request(
      "POST", dialect.path,
      accepting: isStreaming ? MediaType.events : MediaType.json,
      headers: [
        "Content-Type": MediaType.json, WireHeader.order: WireHeader.text(orders),
        WireHeader.salt: salt.description,
      ], body: body)
    return isStreaming
      ? try await streamed(message, orders: orders) : try await whole(message)
  }

  /// Forwards a question that costs nothing.
  func forward(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let path = call.request.path.split(separator: "/", omittingEmptySubsequences: false)
      .map { percentEncoded($0) }.joined(separator: "/")
    return try await whole(
      upstream.request("GET", path, accepting: call.request.headers["Accept"] ?? MediaType.json))
  }

  /// Opens the receipt of an order that was signed here: the payer's own are for all his programs.
  func receipt(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let order = try call.digest("order")
    let envelope: ReceiptEnvelope?
    do {
      envelope = try await HTTPInferenceClient(server: upstream).receipt(ofOrder: order)
    } catch {
      throw Refusal(error)
    }
    return try .receipt(
      envelope.map { signer.open($0).map(ReceiptEnvelope.open) ?? $0 }, to: call.request)
  }

  private func number() async throws(InferenceFailure) -> UInt64 {
    do {
      return try await sources.nextNumber()
    } catch {
      throw InferenceFailure(.unavailable, "no order number could be stored: \(error)")
    }
  }

  private func check(_ fee: Amount) throws(Refusal) {
    guard fee <= feeLimit else {
      throw Refusal(
        .feeAboveLimit,
        "this answer could cost \(fee.tokens) WHN, the limit is \(feeLimit.tokens) WHN; "
          + "ask for fewer tokens, or raise it: `whence proxy --limit \(fee.tokens)`")
    }
  }

  // MARK: The answer

  private func whole(_ request: HTTPClient.Request) async throws(Refusal) -> HTTPResponse {
    do {
      return passedOn(try await upstream.client.send(request))
    } catch {
      throw Refusal(InferenceFailure(.unreachable, error.description))
    }
  }

  private func streamed(
    _ request: HTTPClient.Request, orders: [SignedOrder]
  ) async throws(Refusal) -> HTTPResponse {
    let body = StreamedBody(of: request, by: upstream.client)
    guard let first = await body.chunks.first(where: { _ in true }) else {
      do {
        return passedOn(try await body.response())
      } catch {
        throw Refusal(InferenceFailure(.unreachable, error.description))
      }
    }
    var response = HTTPResponse.events { writer in
      defer { body.cancel() }
      try await writer.write(first)
      for await chunk in body.chunks { try await writer.write(chunk) }
      // Throws if the answer broke off, so that it breaks off here too.
      _ = try await body.response()
    }
    response.headers[WireHeader.receipt] = WireHeader.receipts(orders)
    return response
  }

  private func passedOn(_ received: HTTPClient.Response) -> HTTPResponse {
    if ReceivedRefusal(body: received.body)?.code == InferenceFailure.Code.orderInvalid.rawValue {
      prices.forget()
    }
    var response = HTTPResponse(status: received.status, body: .bytes(received.body))
    for name in ["Content-Type", "Cache-Control", "Retry-After", WireHeader.receipt] {
      if let value = received.headers[name] { response.headers[name] = value }
    }
    return response
  }
}

extension HTTPResponse {
  /// Whether a server refused the order because its number, or a higher one, was used.
  fileprivate var saysOrderUsed: Bool {
    guard status == InferenceFailure.Code.orderUsed.status, case .bytes(let body) = body else {
      return false
    }
    return ReceivedRefusal(body: body)?.code == InferenceFailure.Code.orderUsed.rawValue
  }
}
