import ClientAPI
import Cryptography
import JSONCoding
import Networking
import Synchronization
import TestKit
import Testing

@testable import NodeHTTP

/// Who writes down what an operator asks.
private final class ScriptedOperator: AdapterOperator {
  let failure: InferenceFailure?
  let loaded = Mutex<[AdapterLoadRequest]>([])
  let unloaded = Mutex<[String]>([])

  init(_ failure: InferenceFailure? = nil) { self.failure = failure }

  func loadAdapter(_ request: AdapterLoadRequest) async throws(InferenceFailure) {
    if let failure { throw failure }
    loaded.withLock { $0.append(request) }
  }

  func unloadAdapter(named name: String) async throws(InferenceFailure) {
    if let failure { throw failure }
    unloaded.withLock { $0.append(name) }
  }

  func adapterFigures() async -> AdapterStoreFigures? { nil }
}

@Suite struct AdapterRoutesTests {
  private struct Answer {
    let status: Int
    let text: String

    func error(_ member: String) -> String? {
      guard let json = try? JSON(parsing: text) else { return nil }
      return json["error"]?[member]?.string
    }
  }

  private func post(
    _ path: String, _ body: String, key: String? = "Bearer secret",
    to adapters: (any AdapterOperator)?, operatorKey: String? = "secret"
  ) async throws -> Answer {
    let routes = NodeRoutes(
      ledger: try MemoryLedger(.test), inference: nil, adapters: adapters,
      operatorKey: operatorKey.map { SHA256.digest(of: Array($0.utf8)) })
    var headers = HTTPHeaders()
    headers["Authorization"] = key
    let response = await routes.handler(
      HTTPRequest(method: "POST", path: path, headers: headers, body: Array(body.utf8)))
    guard case .bytes(let bytes) = response.body else {
      return Answer(status: response.status, text: "")
    }
    return Answer(status: response.status, text: String(decoding: bytes, as: UTF8.self))
  }

  @Test func `an operator loads and unloads as he does with vLLM`() async throws {
    let adapters = ScriptedOperator()
    let loaded = try await post(
      "/v1/load_lora_adapter",
      #"{"lora_name": "a", "lora_path": "/x", "load_inplace": true, "pinned": true, "other": 1}"#,
      to: adapters)
    #expect(loaded.status == 200)
    #expect(loaded.text.contains("Success: LoRA adapter 'a' added successfully."))
    let plain = try await post("/v1/load_lora_adapter", #"{"lora_name": "b"}"#, to: adapters)
    #expect(plain.status == 200)
    #expect(
      adapters.loaded.withLock { $0 } == [
        AdapterLoadRequest(name: "a", path: "/x", replaces: true, isPinned: true),
        AdapterLoadRequest(name: "b"),
      ])
    let unloaded = try await post("/v1/unload_lora_adapter", #"{"lora_name": "a"}"#, to: adapters)
    #expect(unloaded.text.contains("Success: LoRA adapter 'a' removed successfully."))
    #expect(adapters.unloaded.withLock { $0 } == ["a"])
  }

  @Test func `nobody does without the operator's key, and nobody at all without one`() async throws
  {
    for path in ["/v1/load_lora_adapter", "/v1/unload_lora_adapter"] {
      let adapters = ScriptedOperator()
      for key in [nil, "", "Bearer", "Bearer secret ", "Bearer secreT", "secret", "Basic secret"] {
        let answer = try await post(path, #"{"lora_name": "a"}"#, key: key, to: adapters)
        #expect(answer.status == 401 && answer.error("code") == "operator_key_wrong")
      }
      let closed = try await post(path, #"{"lora_name": "a"}"#, to: adapters, operatorKey: nil)
      #expect(closed.status == 403 && closed.error("code") == "operator_only")
      let bare = try await post(path, #"{"lora_name": "a"}"#, to: nil)
      #expect(bare.status == 404 && bare.error("code") == "inference_not_served")
      #expect(adapters.loaded.withLock { $0.isEmpty } && adapters.unloaded.withLock { $0.isEmpty })
    }
  }

  @Test func `a request that says too little, or something else, is refused by its member`()
    async throws
  {
    let adapters = ScriptedOperator()
    for (body, parameter): (String, String?) in [
      ("{}", "lora_name"), (#"{"lora_name": ""}"#, "lora_name"),
      (#"{"lora_name": 7}"#, "lora_name"),
      (#"{"lora_name": "a", "lora_path": ["x"]}"#, "lora_path"),
      (#"{"lora_name": "a", "load_inplace": "yes"}"#, "load_inplace"),
      (#"{"lora_name": "a", "pinned": 1}"#, "pinned"), ("[]", nil), ("", nil), ("{", nil),
    ] {
      let answer = try await post("/v1/load_lora_adapter", body, to: adapters)
      #expect(answer.status == 400 && answer.error("param") == parameter, "\(body)")
    }
    #expect(adapters.loaded.withLock { $0.isEmpty })
  }

  @Test(arguments: [
    (InferenceFailure.Code.adapterUnknown, 404), (.adapterLoaded, 400), (.adapterMissing, 404),
    (.adapterRefused, 400), (.overloaded, 429), (.unavailable, 503),
  ])
  func `what the server says no to has its own status`(
    code: InferenceFailure.Code, status: Int
  ) async throws {
    let adapters = ScriptedOperator(InferenceFailure(code, "use_dora", parameter: "lora_path"))
    for path in ["/v1/load_lora_adapter", "/v1/unload_lora_adapter"] {
      let answer = try await post(path, #"{"lora_name": "a"}"#, to: adapters)
      #expect(answer.status == status && answer.error("code") == code.rawValue)
      #expect(answer.error("message") == "use_dora" && answer.error("param") == "lora_path")
    }
  }
}
