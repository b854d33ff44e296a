import ClientAPI
import Foundation
import JSONCoding
import Networking
import Synchronization
import TestKit
import Testing

@testable import NodeHTTP

/// Knows two dimensions: a text's words, and 1/3.
final class CountingEncoder: TextEncoder {
  let name = "counting"
  let dimension = 2
  let tokenMaximum = 4
  let begun = Signal()
  let release = Signal()
  /// Answers only once `release` is raised.
  let waits: Bool

  init(waits: Bool = false) { self.waits = waits }

  func tokenCount(of text: String) -> Int { min(text.split(separator: " ").count, 5) }

  func vectors(of texts: [String]) async throws(InferenceFailure) -> [[Float]] {
    begun.raise()
    if waits { await release.wait() }
    return texts.map { [Float($0.split(separator: " ").count), 1 / 3] }
  }
}

@Suite(.timeLimit(.minutes(10))) struct EmbeddingsOverHTTPTests {
  func withEncoder(
    _ encoder: CountingEncoder = CountingEncoder(), test: (String) async throws -> Void
  ) async throws {
    let routes = NodeRoutes(
      ledger: try MemoryLedger(.test), inference: ScriptedInference(), encoder: encoder)
    try await serving(routes.handler, test: test)
  }

  func post(_ base: String, _ body: String) async throws -> HTTPClient.Response {
    try await HTTPClient().send(
      .init(method: "POST", url: "\(base)/v1/embeddings", body: Array(body.utf8)))
  }

  @Test func `vectors come in OpenAI's shape, in the order of the texts`() async throws {
    try await withEncoder { base async throws in
      let response = try await post(base, #"{"model":"counting","input":["a b c","d"]}"#)
      #expect(
        response.text
          == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[3.0,0.33333334]},"#
          + #"{"object":"embedding","index":1,"embedding":[1.0,0.33333334]}],"model":"counting","#
          + #""usage":{"prompt_tokens":4,"total_tokens":4}}"#)
    }
  }

  @Test func `base 64 holds the same bits`() async throws {
    try await withEncoder { base async throws in
      let response = try await post(
        base, #"{"model":"counting","input":"a b c","encoding_format":"base64"}"#)
      let text = try #require(
        try JSON(parsing: response.body)["data"]?[0]?["embedding"]?.string)
      let bytes = try #require(Data(base64Encoded: text))
      var numbers: [Float] = []
      for start in stride(from: 0, to: bytes.count, by: 4) {
        var bits: UInt32 = 0
        for place in (0..<4).reversed() { bits = bits << 8 | UInt32(bytes[start + place]) }
        numbers.append(Float(bitPattern: bits))
      }
      #expect(numbers == [3, Float(1) / 3])
    }
  }

  @Test func `base 64 is as the standard has it`() {
    for count in 0..<20 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 251 &- $0 &* 37) }
      #expect(base64(bytes) == Data(bytes).base64EncodedString())
    }
  }

  @Test(arguments: [
    (#"{"model":"other","input":"a"}"#, 404, "model_not_found"),
    (#"{"model":"counting","input":["a b c d e f"]}"#, 400, "context_too_long"),
    (#"{"model":"counting","input":[7]}"#, 400, "unsupported_parameter"),
    ("{", 400, "invalid_json"),
  ])
  func `what can't be turned into vectors is refused`(
    body: String, status: Int, code: String
  ) async throws {
    try await withEncoder { base async throws in
      let response = try await post(base, body)
      #expect(response.status == status)
      #expect(try JSON(parsing: response.body)["error"]?["code"] == .string(code))
    }
  }

  @Test func `a text that is too long is cut if the client asks for that`() async throws {
    try await withEncoder { base async throws in
      let response = try await post(
        base, #"{"model":"counting","input":["a b c d e f"],"truncate_prompt_tokens":-1}"#)
      #expect(try JSON(parsing: response.body)["usage"]?["prompt_tokens"] == 4)
    }
  }

  @Test func `beyond the bound requests are refused, and taken again later`() async throws {
    let encoder = CountingEncoder(waits: true)
    try await withEncoder(encoder) { base async throws in
      let body = #"{"model":"counting","input":"a"}"#
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0...EmbeddingRoutes.openMaximum {
          group.addTask { try await post(base, body).status }
        }
        // The one too many is refused while all others wait.
        #expect(try await group.next() == 429)
        encoder.release.raise()
        for try await status in group { #expect(status == 200) }
      }
      #expect(try await post(base, body).status == 200)
    }
  }

  @Test func `the encoder is among the models, and no client takes it for one that answers`()
    async throws
  {
    try await withEncoder { base async throws in
      let list = try JSON(
        parsing: try await HTTPClient().send(.init(url: "\(base)/v1/models")).body)
      #expect(list["data"]?.array?.compactMap { $0["id"]?.string } == ["team/terms", "counting"])
      #expect(list["data"]?[1]?["whence"]?["paid"] == false)
      let one = try await HTTPClient().send(.init(url: "\(base)/v1/models/counting"))
      #expect(try JSON(parsing: one.body) == list["data"]?[1])
      #expect(try await HTTPInferenceClient(base: base).models() == [.test])
    }
  }

  @Test func `a node without an encoder says so`() async throws {
    try await serving(try NodeRoutes.test(ScriptedInference()).handler) { base in
      let response = try await post(base, #"{"model":"m","input":"a"}"#)
      #expect(response.status == 404 && response.text.contains("inference_not_served"))
    }
  }
}
