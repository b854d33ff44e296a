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

  /// The prompt's tokens, if this says no more.
  var tokensIn: UInt32? {
    guard case .piece(.prompt(let tokens)) = self else { return nil }
    return tokens
  }
}

extension InferenceRoutes {
  /// Answers a prompt in its dialect, whole or piece by piece as its body asks.
  ///
  /// A refusal before the first piece has its own status; a later one is the stream's last event.
  func answer(_ call: RouteCall, in dialect: ChatDialect) async throws(Refusal) -> HTTPResponse {
    let request = try Self.request(call.request, in: dialect)
    // An order speaks for itself; a key has one signed.
    if call.request.headers[WireHeader.order] == nil, let keys,
      let key = KeyDesk.key(in: call.request.headers)
    {
      return try await answer(call, request, in: dialect, byKey: key, at: keys)
    }
    let orders: [SignedOrder]
    let salt: Digest?
    let opening: Transaction?
    do throws(InferenceFailure) {
      orders = try Self.orders(in: call.request.headers)
      salt = try Self.salt(in: call.request.headers)
      opening = try Self.opening(in: call.request.headers)
    } catch { throw Refusal(error) }
    return try await answer(
      request, PaidRequest(body: request.body, orders: orders, salt: salt, opening: opening),
      shape: shape(of: request, call, dialect, order: orders[0].order.signedDigest))
  }

  /// Answers a client that comes with a key; an order that another overtook is signed again.
  private func answer(
    _ call: RouteCall, _ request: DialectRequest, in dialect: ChatDialect, byKey key: String,
    at keys: KeyDesk
  ) async throws(Refusal) -> HTTPResponse {
    let entry = try await keys.entry(of: key)
    let listings = try await asking { client throws(InferenceFailure) in try await client.models() }
    let choice: ModelChoice
    do throws(InferenceFailure) {
      choice = try ModelChoice(of: request.chat.model, among: listings)
    } catch { throw Refusal(error) }
    var outcome = await answerOnce(call, request, dialect, by: entry, choice: choice, at: keys)
    for _ in 1..<KeyDesk.attemptMaximum where outcome.saysOrderUsed {
      outcome = await answerOnce(call, request, dialect, by: entry, choice: choice, at: keys)
    }
    return try outcome.get()
  }

  private func answerOnce(
    _ call: RouteCall, _ request: DialectRequest, _ dialect: ChatDialect, by entry: APIKey,
    choice: ModelChoice, at keys: KeyDesk
  ) async -> Result<HTTPResponse, Refusal> {
    // A result: Swift 6.3.1 loses the way out of a typed error that is thrown on from a catch here.
    var ticket: KeyDesk.Ticket?
    do {
      let signed = try await keys.order(for: request, choice: choice, by: entry)
      ticket = signed
      return .success(
        try await answer(
          request, signed.paid,
          shape: shape(of: request, call, dialect, order: signed.order, isServerSigned: true)
        ) { fee in keys.close(signed, fee: fee) })
    } catch {
      if let ticket { keys.close(ticket, fee: .zero) }
      return .failure(error)
    }
  }

  private func shape(
    of request: DialectRequest, _ call: RouteCall, _ dialect: ChatDialect, order: Digest,
    isServerSigned: Bool = false
  ) -> any AnswerShape {
    dialect.shape(
      AnswerHead(
        order: order, model: request.chat.model, created: clock().milliseconds / 1000,
        isServerSigned: isServerSigned), of: request.chat, body: call.request.body)
  }

  /// - Parameter close: told what the answer cost once it is over, unless this throws.
  private func answer(
    _ request: DialectRequest, _ paid: PaidRequest, shape: any AnswerShape,
    close: @escaping @Sendable (Amount) -> Void = { _ in }
  ) async throws(Refusal) -> HTTPResponse {
    var response: HTTPResponse
    if request.chat.isStreaming {
      response = try await streamed(paid, shape, close)
    } else {
      let completion = try await asking { client throws(InferenceFailure) in
        try await meter.complete(paid, by: client) { _ in }
      }
      close(completion.fee)
      response = .json(shape.whole(completion))
    }
    response.headers[WireHeader.receipt] = WireHeader.receipts(paid.orders)
    return response
  }

  private func streamed(
    _ paid: PaidRequest, _ shape: any AnswerShape,
    _ close: @escaping @Sendable (Amount) -> Void
  ) async throws(Refusal) -> HTTPResponse {
    let steps = try await asking {
      client throws(InferenceFailure) -> AsyncStream<AnswerStep> in
      self.steps(of: paid, by: client, close)
    }
    // Who counted a prompt may still refuse to answer it.
    var tokensIn: UInt32?
    let first =
      await steps.first { step in
        tokensIn = step.tokensIn ?? tokensIn
        return step.tokensIn == nil
      } ?? .failed(Self.interrupted)
    if case .failed(let failure) = first { throw await refusal(failure) }
    return HTTPResponse.events { [tokensIn] writer in
      var shape = shape
      for event in shape.opening(tokensIn: tokensIn) { try await writer.send(event) }
      for event in Self.events(of: first, &shape) { try await writer.send(event) }
      for await step in steps {
        for event in Self.events(of: step, &shape) { try await writer.send(event) }
      }
    }
  }

  private static let interrupted = InferenceFailure(
    .unavailable, "the answer was given up before its first word")

  private static func events(
    of step: AnswerStep, _ shape: inout any AnswerShape
  ) -> [ServerSentEvent] {
    switch step {
    case .piece(let piece): shape.piece(piece)
    case .failed(let failure): shape.failing(Refusal(failure))
    case .end(let completion): shape.closing(completion)
    }
  }

  /// Starts the answer; it is given up when nobody reads its steps any more.
  ///
  /// What waits for a slow client is bounded by the answer's own length, so that no client holds
  /// up the engine.
  private func steps(
    of paid: PaidRequest, by client: any InferenceClient,
    _ close: @escaping @Sendable (Amount) -> Void
  ) -> AsyncStream<AnswerStep> {
    AsyncStream { continuation in
      let work = Task {
        do throws(InferenceFailure) {
          let completion = try await meter.complete(paid, by: client) {
            continuation.yield(.piece($0))
          }
          close(completion.fee)
          continuation.yield(.end(completion))
        } catch {
          close(.zero)
          continuation.yield(.failed(error))
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in work.cancel() }
    }
  }

  // MARK: - What a client sent

  private static func request(
    _ request: HTTPRequest, in dialect: ChatDialect
  ) throws(Refusal) -> DialectRequest {
    try Refusal.checkSize(of: request.body)
    let read: DialectRequest
    do throws(InferenceFailure) { read = try dialect.request(in: request.body) } catch {
      throw Refusal(error)
    }
    try Refusal.checkSize(of: read.body)
    return read
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

  /// One for each adapter that is to answer.
  private static func orders(
    in headers: HTTPHeaders
  ) throws(InferenceFailure) -> [SignedOrder] {
    guard let text = headers[WireHeader.order] else {
      throw InferenceFailure(
        .paymentRequired,
        "an answer is paid by a signed order in the header \(WireHeader.order), which `whence proxy` signs "
          + "for every request, or by an API key of this node")
    }
    let texts = text.split(separator: ",", omittingEmptySubsequences: false)
    let orders = texts.prefix(EnsemblePart.mostParts + 1).compactMap { text in
      [UInt8](hex: text.filter { $0 != " " && $0 != "\t" })
        .flatMap { try? SignedOrder(canonicalBytes: $0) }
    }
    guard orders.count == texts.count, orders.count <= EnsemblePart.mostParts else {
      throw InferenceFailure(
        .orderInvalid,
        "\(WireHeader.order) must be the canonical signed order in lower-case hexadecimal, or one for "
          + "each adapter of an ensemble behind commas")
    }
    return orders
  }
}

extension Refusal {
  /// - Throws: `body_too_large` for more than a receipt may be about.
  static func checkSize(of body: [UInt8]) throws(Refusal) {
    guard body.count <= ReceiptDisclosure.requestMaximum else {
      throw Refusal(
        .bodyTooLarge, "a request may have at most \(ReceiptDisclosure.requestMaximum) bytes")
    }
  }
}

extension Result<HTTPResponse, Refusal> {
  /// Whether an order was refused because its number, or a higher one, was used.
  fileprivate var saysOrderUsed: Bool {
    guard case .failure(let refusal) = self else { return false }
    return refusal.code == InferenceFailure.Code.orderUsed.rawValue
  }
}
