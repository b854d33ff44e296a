internal import CanonicalCoding
internal import ClientAPI
internal import JSONCoding
internal import Ledger
internal import Networking
internal import Primitives

/// What a service says while it answers.
private enum AnswerStep: Sendable {
  case piece(AnswerPiece)
  case end(ChatCompletion)
  case failed(InferenceFailure)
}

extension InferenceRoutes {
  /// Answers a prompt, whole or piece by piece as its body asks.
  ///
  /// A refusal before the first piece has its own status; a later one is the stream's last event.
  func chat(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let (request, paid, order) = try Self.read(call.request)
    let shape = ChatShape(
      order: order, model: request.model, created: clock().milliseconds / 1000,
      includesUsage: request.includesUsage)
    guard request.isStreaming else {
      let completion = try await asking { client throws(InferenceFailure) in
        try await meter.complete(paid, by: client) { _ in }
      }
      var response = HTTPResponse.json(shape.whole(completion))
      response.headers[WireHeader.receipt] = completion.order.description
      return response
    }
    let steps = try await asking {
      client throws(InferenceFailure) -> AsyncStream<AnswerStep> in
      self.steps(of: paid, by: client)
    }
    let first = await steps.first { _ in true } ?? .failed(Self.interrupted)
    if case .failed(let failure) = first { throw await refusal(failure) }
    var response = HTTPResponse.events { writer in
      try await writer.send(ServerSentEvent(data: shape.opening.text()))
      var calls = 0
      func send(_ step: AnswerStep) async throws {
        for event in Self.events(of: step, after: calls, shape: shape) {
          try await writer.send(event)
        }
        if case .piece(.toolCall) = step { calls += 1 }
      }
      try await send(first)
      for await step in steps { try await send(step) }
    }
    response.headers[WireHeader.receipt] = order.description
    return response
  }

  private static let interrupted = InferenceFailure(
    .unavailable, "the answer was given up before its first word")

  private static func events(
    of step: AnswerStep, after calls: Int, shape: ChatShape
  ) -> [ServerSentEvent] {
    switch step {
    case .piece(let piece):
      return [ServerSentEvent(data: shape.piece(piece, after: calls).text())]
    case .failed(let failure):
      return [ServerSentEvent(data: Refusal(failure).openAIError.text())]
    case .end(let completion):
      var events = [ServerSentEvent(data: shape.closing(completion).text())]
      if let usage = shape.usageChunk(completion) {
        events.append(ServerSentEvent(data: usage.text()))
      }
      return events + [ServerSentEvent(data: "[DONE]")]
    }
  }

  /// Starts the answer; it is given up when nobody reads its steps any more.
  ///
  /// What waits for a slow client is bounded by the answer's own length, so that no client holds
  /// up the engine.
  private func steps(
    of paid: PaidRequest, by client: any InferenceClient
  ) -> AsyncStream<AnswerStep> {
    AsyncStream { continuation in
      let work = Task {
        do throws(InferenceFailure) {
          let completion = try await meter.complete(paid, by: client) {
            continuation.yield(.piece($0))
          }
          continuation.yield(.end(completion))
        } catch {
          continuation.yield(.failed(error))
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in work.cancel() }
    }
  }

  /// Reads the request and the order that pays for it.
  private static func read(
    _ request: HTTPRequest
  ) throws(Refusal) -> (request: ChatRequest, paid: PaidRequest, order: Digest) {
    guard request.body.count <= ReceiptDisclosure.requestMaximum else {
      throw Refusal(
        .bodyTooLarge, "a request may have at most \(ReceiptDisclosure.requestMaximum) bytes")
    }
    let parsed: ChatRequest
    let signed: SignedOrder
    let salt: Digest?
    let opening: Transaction?
    do throws(InferenceFailure) {
      parsed = try ChatRequest(parsing: request.body)
      signed = try order(in: request.headers)
      salt = try Self.salt(in: request.headers)
      opening = try Self.opening(in: request.headers)
    } catch {
      throw Refusal(error)
    }
    return (
      parsed,
      PaidRequest(body: request.body, order: signed, salt: salt, opening: opening),
      signed.order.signedDigest
    )
  }

  /// Nil without one; then the order is for no body.
  private static func salt(in headers: HTTPHeaders) throws(InferenceFailure) -> Digest? {
    guard let text = headers[WireHeader.salt] else { return nil }
    guard let salt = Digest(hex: text) else {
      throw InferenceFailure(
        .orderInvalid, "\(WireHeader.salt) must be 64 digits of lower-case hexadecimal")
    }
    return salt
  }

  /// Nil without one; then the order's channel has to be open.
  private static func opening(
    in headers: HTTPHeaders
  ) throws(InferenceFailure) -> Transaction? {
    guard let text = headers[WireHeader.opening] else { return nil }
    guard let bytes = [UInt8](hex: text), let opening = try? Transaction(canonicalBytes: bytes)
    else {
      throw InferenceFailure(
        .openingInvalid,
        "\(WireHeader.opening) must be a canonical transaction in lower-case hexadecimal")
    }
    return opening
  }

  private static func order(
    in headers: HTTPHeaders
  ) throws(InferenceFailure) -> SignedOrder {
    guard let text = headers[WireHeader.order] else {
      throw InferenceFailure(
        .paymentRequired,
        "an answer is paid by a signed order in the header \(WireHeader.order); "
          + "`whence proxy` signs one for every request")
    }
    guard let bytes = [UInt8](hex: text), let order = try? SignedOrder(canonicalBytes: bytes) else {
      throw InferenceFailure(
        .orderInvalid,
        "\(WireHeader.order) must be the canonical signed order in lower-case hexadecimal")
    }
    return order
  }
}
