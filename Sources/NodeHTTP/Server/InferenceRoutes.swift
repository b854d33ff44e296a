internal import CanonicalCoding
internal import ClientAPI
internal import JSONCoding
internal import Ledger
internal import Networking
internal import Primitives

/// OpenAI's routes, and those that show what an answer was worth.
struct InferenceRoutes: Sendable {
  let inference: (any InferenceClient)?
  /// nil for what ``inference`` has.
  let blobs: (any BlobSource)?
  let encoder: (any TextEncoder)?
  let figures: (@Sendable () async -> ServiceFigures)?
  let promptLength: PromptLength?
  let meter: NodeMeter
  /// Nil for a node that signs for nobody.
  let keys: KeyDesk?
  let clock: @Sendable () -> BlockTime

  var table: [Route] {
    ChatDialect.allCases.map { dialect in
      Route(
        method: "POST", pattern: dialect.path, query: dialect.query, style: dialect.refusalStyle
      ) { call throws(Refusal) in try await answer(call, in: dialect) }
    } + [
      Route(
        method: "POST", pattern: ChatDialect.messageCountPath, query: ChatDialect.message.query,
        style: .anthropic, answer: count),
      Route(method: "GET", pattern: "/v1/models", style: .openAI, answer: models),
      Route(method: "GET", pattern: "/v1/models/{model...}", style: .openAI, answer: model),
      Route(method: "GET", pattern: "/v1/receipts/{order}", style: .problem, answer: receipt),
      Route(method: "GET", pattern: "/v1/blobs/{digest}", style: .problem, answer: blob),
      Route(method: "GET", pattern: "/v1/cards/{run}", style: .problem, answer: card),
    ]
  }

  private func count(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    try Refusal.checkSize(of: call.request.body)
    let length = try await asking(promptLength) { length throws(InferenceFailure) in
      try await length(try ChatDialect.countedMessage(in: call.request.body))
    }
    return .json(["input_tokens": .integer(length)])
  }

  private func models(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    // A node may have an encoder and no model.
    let listings =
      inference == nil && encoder != nil
      ? []
      : try await asking { client throws(InferenceFailure) in try await client.models() }
    let encoders = encoder.map { [$0.listing] } ?? []
    return .json(["object": "list", "data": .array(listings.map(\.json) + encoders)])
  }

  private func model(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let name = call.text("model")
    if let encoder, encoder.isNamed(name) { return .json(encoder.listing) }
    let listings = try await asking { client throws(InferenceFailure) in try await client.models() }
    guard let listing = listings.first(where: { $0.isNamed(name) }) else {
      throw Refusal(.missing(model: name))
    }
    return .json(listing.json)
  }

  private func receipt(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let order = try call.digest("order")
    let envelope = try await asking { client throws(InferenceFailure) in
      try await client.receipt(ofOrder: order)
    }
    return try .receipt(envelope, to: call.request)
  }

  private func blob(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let digest = try call.digest("digest")
    // A node has records to show before it has a model to answer with.
    let bytes = try await asking(blobs ?? inference) { source throws(InferenceFailure) in
      try await source.blob(digest)
    }
    guard let bytes else {
      throw Refusal(.blobNotFound, "no bytes with this SHA-256 digest are published here")
    }
    var response = HTTPResponse.canonical(bytes)
    // The name is the content's digest: it never changes.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
  }

  private func card(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let run = Identifier<Run>(try call.digest("run"))
    let card = try await asking { client throws(InferenceFailure) in
      try await client.card(of: run)
    }
    guard let card else {
      throw Refusal(.cardNotFound, "no card of this run is offered here; anyone may make one")
    }
    return call.request.wantsBytes ? .canonical(card.canonicalBytes) : .json(card.json)
  }

  /// Asks the service, if this node has one.
  func asking<Value: Sendable>(
    _ question: (any InferenceClient) async throws(InferenceFailure) -> Value
  ) async throws(Refusal) -> Value {
    try await asking(inference, question)
  }

  private func asking<Service: Sendable, Value: Sendable>(
    _ service: Service?, _ question: (Service) async throws(InferenceFailure) -> Value
  ) async throws(Refusal) -> Value {
    guard let service else {
      throw Refusal(
        .inferenceNotServed,
        "this node keeps a ledger and answers no prompts; ask one that serves a model")
    }
    do {
      return try await question(service)
    } catch {
      throw await refusal(error)
    }
  }

  /// A failure as a client gets it: one that waiting heals says how long.
  func refusal(_ failure: InferenceFailure) async -> Refusal {
    var refusal = Refusal(failure)
    if failure.code == .overloaded, let figures {
      refusal.retrySeconds = await figures().waitSeconds
    }
    return refusal
  }
}

extension HTTPResponse {
  /// A receipt's envelope in the form that the client asked for.
  static func receipt(
    _ envelope: ReceiptEnvelope?, to request: HTTPRequest
  ) throws(Refusal) -> HTTPResponse {
    guard let envelope else {
      throw Refusal(
        .receiptNotReady,
        "there is no receipt of this order yet; ask again in some seconds if it was answered")
    }
    return request.wantsBytes ? .canonical(envelope.canonicalBytes) : .json(envelope.json)
  }
}
