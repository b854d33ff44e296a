import ClientAPI
import JSONCoding
import LanguageModels
import Ledger
import Networking
import Primitives
import RunKit
import Synchronization
import TestKit
import Testing

@testable import OpenLoRA

/// Answers by workers elsewhere, of which a small server speaks vLLM's part.
@Suite struct DelegationTests {
  /// What a worker is asked and how it answers; it says what the script has.
  final class ScriptedWorker: Sendable {
    struct Script: Sendable {
      var isWell = true
      /// The answer's tokens; the end of the turn follows.
      var tokens: [Int32] = []
      /// Breaks off behind so many.
      var breakOff: Int?
      /// Refuses the next answer as one that does not know the adapter.
      var forgets = false
      var waiting = 0
      var asked: [JSON] = []
      var loaded: [JSON] = []
    }

    private let shared: Shared
    private let server: HTTPServer
    let url: String

    init(_ tokens: [Int32], endOfTurn: Int32, edit: (inout Script) -> Void = { _ in }) throws {
      var script = Script(tokens: tokens)
      edit(&script)
      let shared = Shared(script)
      self.shared = shared
      server = try HTTPServer(port: 0) { shared.answer($0, endOfTurn: endOfTurn) }
      url = "http://127.0.0.1:\(server.port)"
    }

    var state: Script { shared.script.withLock { $0 } }
    func rewrite(_ change: (inout Script) -> Void) { shared.script.withLock { change(&$0) } }

    func worker(_ world: World, atOnce: Int = 8) -> VLLMWorker {
      VLLMWorker(
        url: url, model: "base", folder: "\(world.folder.path)/adapters",
        folderThere: "/there", answersAtOnce: atOnce, engine: world.run.engine)
    }

    private final class Shared: Sendable {
      let script: Mutex<Script>
      init(_ script: Script) { self.script = Mutex(script) }

      func answer(_ request: HTTPRequest, endOfTurn: Int32) -> HTTPResponse {
        let json = (try? JSON(parsing: request.body)) ?? .null
        return script.withLock { script in
          switch request.path {
          case "/health": return .text("", status: script.isWell ? 200 : 500)
          case "/metrics":
            return .text(
              "# HELP x\nvllm:num_requests_running{model=\"a\"} 1.0\n"
                + "vllm:num_requests_waiting{model=\"a\"} \(script.waiting).0\n")
          case "/v1/load_lora_adapter":
            script.loaded.append(json)
            return .text("Success: LoRA adapter added successfully.")
          case "/v1/completions":
            guard script.isWell else { return .text("", status: 500) }
            guard !script.forgets else {
              script.forgets = false
              return .json(["error": ["message": "no such model", "code": 404]], status: 404)
            }
            script.asked.append(json)
            return Self.stream(script, endOfTurn: endOfTurn)
          default: return .text("", status: 404)
          }
        }
      }

      private static func stream(_ script: Script, endOfTurn: Int32) -> HTTPResponse {
        .events { writer in
          for (place, token) in (script.tokens + [endOfTurn]).enumerated() {
            guard place != script.breakOff else {
              throw NetworkFailure(code: .peerGone, message: "")
            }
            let chunk: JSON = [
              "choices": [
                ["index": 0, "text": "x", "token_ids": [.integer(token)], "finish_reason": nil]
              ]
            ]
            try await writer.send(ServerSentEvent(data: chunk.text()))
          }
          try await writer.send(ServerSentEvent(data: "[DONE]"))
        }
      }
    }
  }

  /// What the embedded engine says to a request.
  private func own(_ world: World, _ request: PaidRequest) async throws -> [Int32] {
    let chat = try ChatRequest(parsing: request.body)
    let order = try #require(request.order).order
    return try await world.run.engine.serving.answer(
      GenerationRequest(
        chat, prompt: world.adapter.prompt(of: chat, template: world.run.engine.template),
        adapter: world.adapter.handle, engine: world.run.engine, order: order,
        payer: payer.account)
    ).tokens
  }

  private func pool(_ workers: [any AnswerEngine], waitingFor count: Int) async throws -> (
    pool: EnginePool, work: Task<Void, any Error>
  ) {
    let pool = EnginePool(workers, interval: .milliseconds(20), report: { _ in })
    let work = Task { try await pool.run() }
    _ = try await eventually { await pool.available.count == count ? true : nil }
    return (pool, work)
  }

  @Test func `a worker's answer is the engine's own, settled and verified like any`() async throws {
    let world = try await World()
    let server = try world.server()
    let paid = world.paid(1)
    let tokens = try await own(world, paid)
    let scripted = try ScriptedWorker(tokens, endOfTurn: world.run.engine.tokenizer.endOfTurn)
    let (pool, work) = try await pool([scripted.worker(world)], waitingFor: 1)
    defer { work.cancel() }
    await server.delegate(to: pool)
    let completion = try await server.complete(paid) { _ in }
    #expect(completion.tokensOut == UInt32(tokens.count))
    #expect(completion.text == world.run.engine.tokenizer.decode(tokens))

    // It was asked by tokens, of the adapter by its content, which lies where it was told.
    let asked = try #require(scripted.state.asked.first)
    let name = try #require(asked["model"]?.string)
    #expect(asked["prompt"]?.array?.isEmpty == false && asked["temperature"]?.integer() == 0)
    #expect(scripted.state.loaded.count == 1)
    let load = try #require(scripted.state.loaded.first)
    #expect(load["lora_name"]?.string == name && load["lora_path"]?.string == "/there/\(name)")
    #expect(Digest(hex: name) == world.adapter.delegated(from: world.run.blobs).digest)
    let receipt = try await world.settling(server) {
      try await world.receipt(try #require(paid.order), from: server)
    }
    try await world.verifier.checkArithmetic(of: receipt)
    _ = try await world.verifier.checkByRecomputation(
      receipt, engine: world.run.engine, weights: TinyRun.weights)
  }

  @Test func `what the model does not say is charged to nobody`() async throws {
    let world = try await World()
    let server = try world.server()
    let tokens = try await own(world, world.paid(1))
    let lie = tokens.dropLast() + [tokens[tokens.count - 1] == 5 ? 6 : 5]
    let scripted = try ScriptedWorker(
      Array(lie), endOfTurn: world.run.engine.tokenizer.endOfTurn)
    let (pool, work) = try await pool([scripted.worker(world)], waitingFor: 1)
    defer { work.cancel() }
    await server.delegate(to: pool)
    let before = try await world.everything()
    do throws(InferenceFailure) {
      _ = try await server.complete(world.paid(1)) { _ in }
      Issue.record("a lie was kept")
    } catch {
      #expect(error.message.contains("answer_foreign"), "\(error)")
    }
    #expect(try await world.everything() == before)
  }

  @Test func `who fails before the first token has others answer, who fails later answers nobody`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    let tokens = try await own(world, world.paid(1))
    let end = world.run.engine.tokenizer.endOfTurn
    let failing = try ScriptedWorker(tokens, endOfTurn: end) { $0.breakOff = 0 }
    let sound = try ScriptedWorker(tokens, endOfTurn: end) { $0.waiting = 5 }
    let (pool, work) = try await pool(
      [failing.worker(world), sound.worker(world)], waitingFor: 2)
    defer { work.cancel() }
    await server.delegate(to: pool)
    _ = try await server.complete(world.paid(1)) { _ in }
    #expect(failing.state.asked.count == 1 && sound.state.asked.count == 1)

    // The second breaks off behind a token: the reader has heard a part.
    failing.rewrite { $0.isWell = false }
    sound.rewrite { $0.breakOff = 1 }
    _ = try await eventually { await pool.available.count == 1 ? true : nil }
    let before = try await world.everything()
    await #expect(throws: InferenceFailure.self) {
      _ = try await server.complete(world.paid(2)) { _ in }
    }
    #expect(try await world.everything() == before)

    // Where no worker is well, the engine here answers.
    sound.rewrite { $0.isWell = false }
    _ = try await eventually { await pool.available.isEmpty ? true : nil }
    _ = try await server.complete(world.paid(3)) { _ in }
  }

  @Test func `a worker started anew is given the adapter again`() async throws {
    let world = try await World()
    let server = try world.server()
    let tokens = try await own(world, world.paid(1))
    let scripted = try ScriptedWorker(tokens, endOfTurn: world.run.engine.tokenizer.endOfTurn)
    let (pool, work) = try await pool([scripted.worker(world)], waitingFor: 1)
    defer { work.cancel() }
    await server.delegate(to: pool)
    _ = try await server.complete(world.paid(1)) { _ in }
    scripted.rewrite { $0.forgets = true }
    _ = try await server.complete(world.paid(2)) { _ in }
    #expect(scripted.state.loaded.count == 2 && scripted.state.asked.count == 2)
  }

  @Test func `what follows no engine's arithmetic alone stays here`() async throws {
    let world = try await World()
    let scripted = try ScriptedWorker([], endOfTurn: 2)
    let worker = scripted.worker(world)
    var request = GenerationRequest(prompt: [1], maximumTokens: 4)
    #expect(worker.takes(request))
    request.sampling.temperature = 0.5
    #expect(!worker.takes(request))
    request.sampling.temperature = 0
    request.sampling.bias = [3: 1]
    #expect(!worker.takes(request))
    request.sampling.bias = [:]
    request.likelihoods = 0
    #expect(!worker.takes(request))
  }

  @Test func `events that no sound worker sends end an answer with the reason`() {
    func fault(_ events: [String], maximum: Int = 4) -> String? {
      var reading = TokenReading(
        request: GenerationRequest(prompt: [1], maximumTokens: maximum), endOfTurn: 2,
        vocabularySize: 10)
      for event in events { _ = reading.take(event) }
      return reading.fault
    }
    #expect(fault(["{"]) == "sends what is no JSON")
    #expect(
      fault([#"{"choices": [{"token_ids": [10]}]}"#])
        == "sends a token that the model does not have")
    #expect(fault([#"{"error": {"message": "out of memory"}}"#]) == "fails: out of memory")
    #expect(
      fault([#"{"choices": [{"token_ids": [], "finish_reason": "abort"}]}"#])
        == "ends for a reason that it was not given: abort")
    var reading = TokenReading(
      request: GenerationRequest(prompt: [1], maximumTokens: 2), endOfTurn: 2, vocabularySize: 10)
    // More than was asked for is not taken.
    #expect(reading.take(#"{"choices": [{"token_ids": [3, 4, 5]}]}"#).tokens == [3, 4])
    #expect(reading.generation == Generation(tokens: [3, 4], end: .length))
  }

  @Test func `a gauge is the sum of its lines, and of no others`() {
    let text = "a{x=\"1\"} 2.0\na 3\nab 100\n# a 7\na{y} nan\n"
    #expect(VLLMWorker.gauge("a", in: text) == 5)
  }
}
