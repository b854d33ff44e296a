internal import ClientAPI
internal import JSONCoding
internal import Networking
internal import Synchronization

/// OpenAI's route for vectors of texts.
///
/// They cost nothing, so what a request may take is bounded, and so is how many wait.
struct EmbeddingRoutes: Sendable {
  /// Tokens of one request: some seconds of one core.
  static let tokenMaximum = 32_768
  /// Requests under way, one of which is computed.
  static let openMaximum = 8

  let encoder: (any TextEncoder)?
  let meter: NodeMeter
  private let open = OpenCount()

  init(encoder: (any TextEncoder)?, meter: NodeMeter) {
    self.encoder = encoder
    self.meter = meter
  }

  var table: [Route] {
    [Route(method: "POST", pattern: "/v1/embeddings", style: .openAI, answer: embed)]
  }

  private func embed(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    guard let encoder else {
      throw Refusal(.inferenceNotServed, "this node has no encoder of texts")
    }
    try Refusal.checkSize(of: call.request.body)
    let request: EmbeddingRequest
    let counts: [Int]
    do throws(InferenceFailure) {
      request = try EmbeddingRequest(parsing: call.request.body, dimension: encoder.dimension)
      guard encoder.isNamed(request.model) else {
        throw InferenceFailure(
          .modelNotFound, "no encoder \(request.model) is here; the one that is is \(encoder.name)",
          parameter: "model")
      }
      counts = try Self.tokenCounts(of: request, by: encoder)
    } catch {
      throw Refusal(error)
    }
    guard open.enter(bound: Self.openMaximum) else {
      throw Refusal(
        InferenceFailure(
          .overloaded, "\(Self.openMaximum) requests for vectors are open; try again"))
    }
    defer { open.leave() }
    do {
      let vectors = try await encoder.vectors(of: request.texts)
      meter.embedded(texts: counts.count, tokens: counts.reduce(0, +))
      return .json(Self.document(vectors, of: request, by: encoder, tokens: counts.reduce(0, +)))
    } catch {
      throw Refusal(error)
    }
  }

  private static func tokenCounts(
    of request: EmbeddingRequest, by encoder: some TextEncoder
  ) throws(InferenceFailure) -> [Int] {
    var counts: [Int] = []
    for (place, text) in request.texts.enumerated() {
      let count = encoder.tokenCount(of: text)
      guard count <= encoder.tokenMaximum || request.cutsTexts else {
        throw InferenceFailure(
          .contextTooLong,
          "input[\(place)] has more than the \(encoder.tokenMaximum) tokens that \(encoder.name) "
            + "reads; split it, or send \"truncate_prompt_tokens\": -1 to have it cut",
          parameter: "input")
      }
      counts.append(min(count, encoder.tokenMaximum))
    }
    guard counts.reduce(0, +) <= tokenMaximum else {
      throw InferenceFailure(
        .contextTooLong, "the texts have more than \(tokenMaximum) tokens together; send fewer",
        parameter: "input")
    }
    return counts
  }

  private static func document(
    _ vectors: [[Float]], of request: EmbeddingRequest, by encoder: some TextEncoder, tokens: Int
  ) -> JSON {
    let data = vectors.enumerated().map { place, vector -> JSON in
      [
        "object": "embedding", "index": .integer(place),
        "embedding": request.encoding == .float
          ? .array(vector.map(number)) : .string(text(vector)),
      ]
    }
    return [
      "object": "list", "data": .array(data), "model": .string(encoder.name),
      "usage": ["prompt_tokens": .integer(tokens), "total_tokens": .integer(tokens)],
    ]
  }

  /// In the shortest text that reads back as the same 32 bits.
  private static func number(_ value: Float) -> JSON {
    JSONNumber(text: "\(value)").map(JSON.number) ?? .null
  }

  private static func text(_ vector: [Float]) -> String {
    Base64.text(
      of: vector.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
      })
  }
}

extension TextEncoder {
  /// Whether a client means this one: by its name, or with its makers' before it.
  func isNamed(_ name: String) -> Bool {
    name == self.name || name == "sentence-transformers/\(self.name)"
  }

  /// Its entry in the list of models.
  var listing: JSON {
    [
      "id": .string(name), "object": "model", "created": 0, "owned_by": "whence",
      "root": .string(name),
      "parent": nil, "max_model_len": .integer(tokenMaximum),
      "whence": ["kind": "encoder", "dimensions": .integer(dimension), "paid": false],
    ]
  }
}

/// How many are under way, up to a bound.
private final class OpenCount: Sendable {
  private let count = Mutex(0)

  func enter(bound: Int) -> Bool {
    count.withLock { count in
      guard count < bound else { return false }
      count += 1
      return true
    }
  }

  func leave() { count.withLock { $0 -= 1 } }
}
