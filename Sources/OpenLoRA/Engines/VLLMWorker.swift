internal import JSONCoding
public import LanguageModels
public import Networking
internal import Primitives
internal import Storage
internal import Synchronization

/// A vLLM server as an engine: prompts go as tokens over its OpenAI API, and tokens come back.
///
/// Adapters lie in a folder that both see, each in one of its own named by its content, and are loaded
/// when they are first asked for.
public final class VLLMWorker: AnswerEngine {
  public let name: String
  public let answersAtOnce: Int
  private let url: String
  private let model: String
  private let folder: String
  private let folderThere: String
  /// Ends an answer, and is no part of it.
  private let endOfTurn: Int32
  private let vocabularySize: Int
  private let client: HTTPClient
  private let loaded = Mutex<Set<Digest>>([])

  /// - Parameters:
  ///   - url: such as `http://127.0.0.1:8000`.
  ///   - model: what it calls the base model.
  ///   - folder: where adapters are put for it; `folderThere` is the same as it sees it.
  ///   - engine: the embedded one, of the same model.
  public init(
    url: String, model: String, folder: String, folderThere: String, answersAtOnce: Int,
    engine: LanguageEngine, client: HTTPClient = HTTPClient()
  ) {
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.model = model
    self.folder = folder
    self.folderThere = folderThere
    self.answersAtOnce = answersAtOnce
    endOfTurn = engine.tokenizer.endOfTurn
    vocabularySize = engine.configuration.vocabularySize
    self.client = client
    name = "vllm at \(self.url)"
  }

  public func takes(_ request: GenerationRequest) -> Bool {
    request.isPlain && request.maximumTokens > 0
  }

  public func holds(_ adapter: EngineAdapter) -> Bool {
    loaded.withLock { $0.contains(adapter.digest) }
  }

  public func health() async -> EngineHealth? {
    guard let answer = try? await client.send(.init(url: "\(url)/health")), answer.isSuccess,
      let metrics = try? await client.send(.init(url: "\(url)/metrics"))
    else { return nil }
    return EngineHealth(
      running: Self.gauge("vllm:num_requests_running", in: metrics.text),
      waiting: Self.gauge("vllm:num_requests_waiting", in: metrics.text))
  }

  /// The sum of a gauge's lines in Prometheus' text form; 0 if it has none.
  static func gauge(_ name: String, in text: String) -> Int {
    text.split(separator: "\n").reduce(0) { sum, line in
      guard line.hasPrefix(name),
        let value = line.split(separator: " ").last.flatMap({ Double($0) }),
        value.isFinite, (0...1e6).contains(value),
        [" ", "{"].contains(line.dropFirst(name.count).prefix(1))
      else { return sum }
      return sum + Int(value)
    }
  }

  public func answer(
    _ request: GenerationRequest, with adapter: EngineAdapter,
    onToken: @escaping @Sendable (AnsweredToken) -> Void
  ) async throws -> Generation {
    if request.adapter != nil, !holds(adapter) { try await load(adapter) }
    do {
      return try await complete(request, with: adapter, onToken: onToken)
    } catch let failure as ServingFailure where failure.code == .workerForgot {
      // It has been started anew since.
      try await load(adapter)
      return try await complete(request, with: adapter, onToken: onToken)
    }
  }

  // MARK: - Adapters

  private func load(_ adapter: EngineAdapter) async throws {
    let name = adapter.digest.description
    let files = try adapter.files()
    let place = try DocumentFolder(at: "\(folder)/\(name)")
    // The settings last: whoever sees them sees all.
    try place.put(files.weights, as: LoRAAdapter.Files.weightsName)
    try place.put(files.settings, as: LoRAAdapter.Files.settingsName)
    let response = try await post(
      "/v1/load_lora_adapter",
      ["lora_name": .string(name), "lora_path": .string("\(folderThere)/\(name)")])
    let isThere = response.status == 400 && response.text.contains("already been loaded")
    guard response.isSuccess || isThere else {
      throw ServingFailure(
        .workerRefused, "\(self.name) does not load adapter \(name): \(response.status)")
    }
    loaded.withLock { _ = $0.insert(adapter.digest) }
  }

  // MARK: - Answers

  private func complete(
    _ request: GenerationRequest, with adapter: EngineAdapter,
    onToken: @escaping @Sendable (AnsweredToken) -> Void
  ) async throws -> Generation {
    let reading = Mutex(
      TokenReading(request: request, endOfTurn: endOfTurn, vocabularySize: vocabularySize))
    let response: HTTPClient.Response
    do {
      response = try await client.events(of: message(request, with: adapter)) { event in
        let (tokens, step) = reading.withLock { $0.take(event.data) }
        for token in tokens { onToken(AnsweredToken(token: token, likelihoods: [])) }
        return step
      }
    } catch {
      try Task.checkCancellation()
      // Whoever has the last token ends the transfer himself.
      if let generation = reading.withLock({ $0.generation }) { return generation }
      throw ServingFailure(.workerFailed, "\(name) can't be asked: \(error)")
    }
    guard response.isSuccess else {
      if response.status == 404, request.adapter != nil {
        loaded.withLock { _ = $0.remove(adapter.digest) }
        throw ServingFailure(.workerForgot, "\(name) has the adapter no more")
      }
      let isOurs = (400..<500).contains(response.status)
      throw ServingFailure(
        isOurs ? .workerRefused : .workerFailed, "\(name) answers with status \(response.status)")
    }
    try Task.checkCancellation()
    guard let generation = reading.withLock({ $0.generation }) else {
      throw ServingFailure(
        .workerFailed,
        "\(name) \(reading.withLock { $0.fault } ?? "broke off before the answer's end")")
    }
    return generation
  }

  private func message(
    _ request: GenerationRequest, with adapter: EngineAdapter
  ) -> HTTPClient.Request {
    let body: JSON = [
      "model": .string(request.adapter == nil ? model : adapter.digest.description),
      "prompt": .array(request.prompt.map { .integer($0) }),
      "max_tokens": .integer(request.maximumTokens), "temperature": 0, "stream": true,
      "return_token_ids": true, "ignore_eos": true, "stop_token_ids": [.integer(endOfTurn)],
    ]
    return HTTPClient.Request(
      method: "POST", url: "\(url)/v1/completions",
      headers: ["Content-Type": "application/json", "Accept": "text/event-stream"],
      body: body.bytes())
  }

  private func post(_ path: String, _ body: JSON) async throws -> HTTPClient.Response {
    do {
      return try await client.send(
        .init(
          method: "POST", url: url + path, headers: ["Content-Type": "application/json"],
          body: body.bytes()))
    } catch {
      throw ServingFailure(.workerFailed, "\(name) can't be asked: \(error)")
    }
  }
}

/// Reads an answer's tokens from a worker's events, and believes nothing that no sound one says.
struct TokenReading: Sendable {
  let request: GenerationRequest
  let endOfTurn: Int32
  let vocabularySize: Int
  private var tokens: [Int32] = []
  /// The whole answer, once it is.
  private(set) var generation: Generation?
  /// Why the events make no sense.
  private(set) var fault: String?

  init(request: GenerationRequest, endOfTurn: Int32, vocabularySize: Int) {
    self.request = request
    self.endOfTurn = endOfTurn
    self.vocabularySize = vocabularySize
  }

  /// Takes an event's data, and returns its tokens and whether more is wanted.
  mutating func take(_ data: String) -> (tokens: [Int32], step: ChunkStep) {
    guard generation == nil, fault == nil else { return ([], .stop) }
    guard data != "[DONE]" else { return ([], .next) }
    guard let json = try? JSON(parsing: data) else { return fail("sends what is no JSON") }
    guard json["error"] == nil else {
      return fail("fails: \(json["error"]?["message"]?.string ?? "without a word")")
    }
    guard let choice = json["choices"]?[0] else { return ([], .next) }
    var told: [Int32] = []
    for value in choice["token_ids"]?.array ?? [] {
      guard let token = value.integer(as: Int32.self), (0..<Int32(vocabularySize)).contains(token)
      else { return fail("sends a token that the model does not have") }
      guard token != endOfTurn else { return (told, end(.endOfTurn)) }
      tokens.append(token)
      told.append(token)
      if request.isEnded?(tokens) == true { return (told, end(.stopped)) }
      if tokens.count == request.maximumTokens { return (told, end(.length)) }
    }
    switch choice["finish_reason"]?.string {
    case nil: return (told, .next)
    case "stop": return (told, end(.endOfTurn))
    case "length": return (told, end(.length))
    case let reason?: return fail("ends for a reason that it was not given: \(reason)")
    }
  }

  private mutating func end(_ end: Generation.End) -> ChunkStep {
    generation = Generation(tokens: tokens, end: end)
    return .stop
  }

  private mutating func fail(_ words: String) -> (tokens: [Int32], step: ChunkStep) {
    fault = words
    return ([], .stop)
  }
}
