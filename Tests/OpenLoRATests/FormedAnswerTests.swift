import ClientAPI
import JSONCoding
import LanguageModels
import Ledger
import Primitives
import RunKit
import Synchronization
import Testing

@testable import OpenLoRA

@Suite struct FormedAnswerTests {
  /// Asks, checks that pieces join to the answer, and that a stranger can repeat it.
  private func answer(_ request: ChatRequest, in world: World) async throws -> ChatCompletion {
    let server = try world.server()
    let order = world.order(1, for: request.body, salt: World.salt)
    let pieces = Mutex<[AnswerPiece]>([])
    let completion = try await server.complete(
      PaidRequest(body: request.body, order: order, salt: World.salt)
    ) { piece in pieces.withLock { $0.append(piece) } }
    var text = ""
    var likelihoods: [AnswerToken] = []
    for case .text(let more, let told) in pieces.withLock({ $0 }) {
      text += more
      likelihoods += told
    }
    #expect(text == completion.text && likelihoods == completion.likelihoods ?? [])
    let published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    _ = try await world.verifier.checkArithmetic(of: published)
    let cosine = try await world.verifier.checkByRecomputation(
      published, engine: world.run.engine, weights: TinyRun.weights)
    #expect(cosine >= ReceiptVerifier.leastCosine)
    return completion
  }

  private func request(_ format: AnswerFormat = .text) -> ChatRequest {
    var request = ChatRequest(
      model: "tiny", messages: [.init(role: .user, content: "q1?")], maximumTokens: 40,
      sampling: ChatSampling(temperature: 1500, seed: 3))
    request.format = format
    return request
  }

  @Test func `an answer held to a form keeps to it, and can be repeated`() async throws {
    let world = try await World()
    let completion = try await answer(
      request(.schema(#"{"type":"object","properties":{"a":{"enum":[1,22]}},"required":["a"]}"#)),
      in: world)
    #expect(completion.end == .stop)
    #expect([1, 22].contains(try JSON(parsing: completion.text)["a"]?.integer() ?? 0))
  }

  @Test func `likelihoods are told, and change nothing`() async throws {
    var plain = request(.expression("[a-z]{8}"))
    plain.likelihoods = 2
    let completion = try await answer(plain, in: World())
    let told = try #require(completion.likelihoods)
    #expect(told.count == Int(completion.tokensOut) && completion.text.utf8.count == 8)
    #expect(told.flatMap(\.chosen.bytes) == Array(completion.text.utf8))
    for token in told {
      #expect(token.top.count == 2 && token.chosen.microNats <= token.top[0].microNats)
    }
    plain.likelihoods = nil
    #expect(try await answer(plain, in: World()).text == completion.text)
  }

  @Test func `raw text is gone on from without a template`() async throws {
    let world = try await World()
    var raw = ChatRequest(model: "tiny", prompt: "q1?")
    raw.maximumTokens = 6
    let completion = try await answer(raw, in: world)
    #expect(completion.tokensIn == 3)
  }

  @Test(arguments: [
    AnswerFormat.schema(#"{"type":"string","pattern":"("}"#), .schema(#"{"not":{}}"#),
    .expression("(?<=a)b"), .expression("(a{1000}){1000}"),
  ])
  func `what can't be kept to is refused, and no money is kept aside`(
    format: AnswerFormat
  ) async throws {
    let world = try await World()
    let server = try world.server()
    let before = try await world.everything()
    let body = request(format).body
    let failure = await #expect(throws: InferenceFailure.self) {
      try await server.complete(
        PaidRequest(body: body, order: world.order(1, for: body), salt: World.salt)
      ) { _ in }
    }
    #expect(failure?.code == .invalidRequest && failure?.parameter == "response_format")
    #expect(try await world.everything() == before)
  }
}
