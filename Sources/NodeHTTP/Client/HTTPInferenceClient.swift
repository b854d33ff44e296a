internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
internal import JSONCoding
public import Ledger
public import Networking
public import Primitives

/// A server of models behind HTTP.
///
/// Failures come typed as from the service itself. What can be checked is: a blob against its
/// digest, an answer and a receipt against their order.
public struct HTTPInferenceClient: InferenceClient {
  private let node: NodeConnection

  /// - Parameter base: such as `http://127.0.0.1:8800`.
  public init(base: String, client: HTTPClient = HTTPClient()) {
    node = NodeConnection(base: base, client: client)
  }

  init(server: NodeConnection) { node = server }

  public func models() async throws(InferenceFailure) -> [ModelListing] {
    let response = try await send(node.request("GET", "/v1/models", accepting: MediaType.json))
    guard response.isSuccess else { throw Self.failure(response) }
    guard let entries = (try? JSON(parsing: response.body))?["data"]?.array else {
      throw Self.nonsense("the list of models can't be read")
    }
    // Encoders of texts answer no prompts.
    let list = entries.filter { $0["whence"]?["kind"]?.string != "encoder" }
    let listings = list.compactMap { ModelListing(json: $0) }
    guard listings.count == list.count else { throw Self.nonsense("a model can't be read") }
    return listings
  }

  public func complete(
    _ request: PaidRequest, onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> ChatCompletion {
    var headers: HTTPHeaders = [:]
    if !request.orders.isEmpty { headers[WireHeader.order] = WireHeader.text(request.orders) }
    if let salt = request.salt { headers[WireHeader.salt] = salt.description }
    if let opening = request.opening { headers[WireHeader.opening] = opening.canonicalBytes.hex }
    return try await answer(
      to: request.body, paidBy: headers, orders: request.orders.map(\.order.signedDigest), onPiece
    ).completion
  }

  /// Sends a body with the headers that pay for it.
  func answer(
    to body: [UInt8], paidBy payment: HTTPHeaders, orders: [Digest],
    _ onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> (completion: ChatCompletion, headers: HTTPHeaders) {
    let isStreaming = try ChatRequest(parsing: body).isStreaming
    var headers = payment
    headers["Content-Type"] = MediaType.json
    var message = node.request(
      "POST", "/v1/chat/completions",
      accepting: isStreaming ? MediaType.events : MediaType.json, headers: headers, body: body)
    // What pays once must not be sent twice without a word.
    message.isOnFreshConnection = payment[PaymentHeader.signature] != nil
    let (completion, answered) =
      isStreaming ? try await streamed(message, onPiece) : try await whole(message, onPiece)
    guard completion.orders == orders else { throw Self.nonsense("the answer is to another order") }
    return (completion, answered)
  }

  /// What an unpaid request is asked for; nil if the server asks for nothing that this understands.
  func paymentRequired(for body: [UInt8]) async throws(InferenceFailure) -> [JSON]? {
    let response = try await send(
      node.request(
        "POST", "/v1/chat/completions", accepting: MediaType.json,
        headers: ["Content-Type": MediaType.json], body: body))
    guard response.status == InferenceFailure.Code.paymentRequired.status else {
      throw Self.failure(response)
    }
    guard let header = response.headers[PaymentHeader.required],
      let document = Base64.bytes(of: header).flatMap({ try? JSON(parsing: $0) }),
      document["x402Version"]?.integer(as: Int.self) == 2
    else { return nil }
    return document["accepts"]?.array
  }

  public func receipt(
    ofOrder order: Digest
  ) async throws(InferenceFailure) -> ReceiptEnvelope? {
    guard let bytes = try await bytes("/v1/receipts/\(order)", missing: .receiptNotReady) else {
      return nil
    }
    guard let envelope = try? ReceiptEnvelope(canonicalBytes: bytes) else {
      throw Self.nonsense("the receipt can't be read")
    }
    if case .open(let published) = envelope,
      published.receipt.order.order.signedDigest != order
    {
      throw Self.nonsense("the receipt is of another order")
    }
    return envelope
  }

  public func blob(_ digest: Digest) async throws(InferenceFailure) -> [UInt8]? {
    guard let bytes = try await bytes("/v1/blobs/\(digest)", missing: .blobNotFound) else {
      return nil
    }
    guard SHA256.digest(of: bytes) == digest else {
      throw Self.nonsense("the bytes do not have the digest asked for")
    }
    return bytes
  }

  public func card(
    of run: Identifier<Run>
  ) async throws(InferenceFailure) -> SignedRunCard? {
    guard let bytes = try await bytes("/v1/cards/\(run)", missing: .cardNotFound) else {
      return nil
    }
    guard let card = try? SignedRunCard(canonicalBytes: bytes), card.card.run == run else {
      throw Self.nonsense("the card can't be read, or is of another run")
    }
    return card
  }

  // MARK: Answers

  private func whole(
    _ request: HTTPClient.Request, _ onPiece: @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> (ChatCompletion, HTTPHeaders) {
    let response = try await send(request)
    guard response.isSuccess else { throw Self.failure(response) }
    guard let json = try? JSON(parsing: response.body), let completion = ChatCompletion(json: json)
    else { throw Self.nonsense("the answer can't be read") }
    if !completion.text.isEmpty || completion.likelihoods?.isEmpty == false {
      await onPiece(.text(completion.text, likelihoods: completion.likelihoods ?? []))
    }
    for call in completion.toolCalls { await onPiece(.toolCall(call)) }
    return (completion, response.headers)
  }

  private func streamed(
    _ request: HTTPClient.Request, _ onPiece: @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> (ChatCompletion, HTTPHeaders) {
    let body = StreamedBody(of: request, by: node.client)
    defer { body.cancel() }
    var reader = ChatStreamReader()
    for await chunk in body.chunks {
      for piece in reader.take(chunk) { await onPiece(piece) }
      if let failure = reader.failure { throw failure }
    }
    let response: HTTPClient.Response
    do {
      response = try await body.response()
    } catch {
      throw InferenceFailure(
        .unreachable, "\(error.message); start the node, or give its address")
    }
    guard response.isSuccess else { throw Self.failure(response) }
    guard let completion = reader.completion else {
      throw Self.nonsense("the answer broke off before its end")
    }
    return (completion, response.headers)
  }

  // MARK: The wire

  /// nil if the server says that there is no such thing.
  private func bytes(
    _ path: String, missing: RefusalCode
  ) async throws(InferenceFailure) -> [UInt8]? {
    let response = try await send(node.request("GET", path, accepting: MediaType.bytes))
    if response.isSuccess { return response.body }
    if ReceivedRefusal(body: response.body)?.code == missing.rawValue { return nil }
    throw Self.failure(response)
  }

  private func send(
    _ request: HTTPClient.Request
  ) async throws(InferenceFailure) -> HTTPClient.Response {
    do {
      return try await node.client.send(request)
    } catch {
      throw InferenceFailure(
        .unreachable, "\(error.message); start the node, or give its address")
    }
  }

  private static func failure(_ response: HTTPClient.Response) -> InferenceFailure {
    let refusal = ReceivedRefusal(body: response.body)
    if refusal == nil, response.status == 503 {
      // The server in front of the routes refuses what is too much for it in plain text.
      return InferenceFailure(.overloaded, "the server is busy; try again in a second")
    }
    return InferenceFailure(received: refusal)
  }

  private static func nonsense(_ message: String) -> InferenceFailure {
    InferenceFailure(.unreachable, message)
  }
}
