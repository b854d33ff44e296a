import CanonicalCoding
import ClientAPI
import Cryptography
import JSONCoding
import Ledger
import Networking
import Primitives
import Synchronization
import TestKit
import Testing

@testable import NodeHTTP

/// A service's answer as clients of each dialect read it.
@Suite(.timeLimit(.minutes(10))) struct DialectsOverHTTPTests {
  static let bodies: [ChatDialect: String] = [
    .chat: #""messages":[{"role":"user","content":"hi"}]"#, .completion: #""prompt":"hi""#,
    .response: #""input":"hi""#,
    .message: #""max_tokens":9,"messages":[{"role":"user","content":"hi"}]"#,
  ]

  static func body(_ dialect: ChatDialect, isStreaming: Bool = false) -> [UInt8] {
    let stream = isStreaming ? #","stream":true"# : ""
    return Array(#"{"model":"team/terms",\#(bodies[dialect] ?? "")\#(stream)}"#.utf8)
  }

  static func order(_ dialect: ChatDialect, isStreaming: Bool = false) throws -> SignedOrder {
    try PayerSigner.test.order(
      for: try dialect.request(in: body(dialect, isStreaming: isStreaming)).body, model: .test,
      number: 1, salt: digest("salt"), expiry: BlockTime(milliseconds: 2_000_000))
  }

  /// The node's answer to a body of the dialect, paid by an order for the chat that it stands for.
  func answer(
    _ service: ScriptedInference, _ dialect: ChatDialect, isStreaming: Bool = false
  ) async throws -> HTTPClient.Response {
    let order = try Self.order(dialect, isStreaming: isStreaming)
    var answer: HTTPClient.Response?
    try await serving(try NodeRoutes.test(service).handler) { base in
      answer = try await HTTPClient().send(
        .init(
          method: "POST", url: base + dialect.path,
          headers: [
            "Whence-Order": order.canonicalBytes.hex, "Whence-Salt": digest("salt").description,
          ], body: Self.body(dialect, isStreaming: isStreaming)))
    }
    return try #require(answer)
  }

  func events(_ response: HTTPClient.Response) throws -> [(name: String?, data: JSON)] {
    var parser = ServerSentEventParser()
    return try parser.take(response.body).filter { $0.data != "[DONE]" }
      .map { ($0.name, try JSON(parsing: $0.data)) }
  }

  static let calls = [
    ToolCall(id: "call_0", name: "f", arguments: #"{"a":1}"#),
    ToolCall(id: "call_1", name: "g", arguments: "{}"),
  ]

  @Test(arguments: ChatDialect.allCases, [false, true])
  func `every answer names its receipt, and its order binds the chat that the body stands for`(
    dialect: ChatDialect, isStreaming: Bool
  ) async throws {
    let service = ScriptedInference()
    let response = try await answer(service, dialect, isStreaming: isStreaming)
    let order = try Self.order(dialect, isStreaming: isStreaming).order.signedDigest
    #expect(response.status == 200)
    #expect(response.headers["Whence-Receipt"] == order.description)
    #expect(response.text.contains(#""whence":{"receipt":"\#(order)","fee":"1267"#))
    let chat = try dialect.request(in: Self.body(dialect, isStreaming: isStreaming))
    #expect(service.requests.map(\.body) == [chat.body])
  }

  @Test func `a completion has OpenAI's older shape`() async throws {
    let response = try await answer(ScriptedInference(), .completion)
    let order = try Self.order(.completion).order.signedDigest
    #expect(
      response.text
        == #"{"id":"cmpl-\#(order.description.prefix(32))","object":"text_completion","#
        + #""created":1700000000,"model":"team/terms","choices":[{"index":0,"text":"Whence –\nok","#
        + #""logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"#
        + #""completion_tokens":4,"total_tokens":11},"whence":{"receipt":"\#(order)","#
        + #""fee":"1267650600228229401496703205376","tokens_in":7,"tokens_out":4}}"#)
    let stream = try events(try await answer(ScriptedInference(), .completion, isStreaming: true))
    let text = stream.compactMap { $0.data["choices"]?[0]?["text"]?.string }.joined()
    #expect(text == "Whence –\nok")
    #expect(stream.last?.data["choices"]?[0]?["finish_reason"] == "stop")
  }

  @Test func `a completion's likelihoods stand in four lists`() async throws {
    func token(_ text: String, _ microNats: Int64) -> AnswerToken {
      AnswerToken(
        chosen: .init(bytes: Array(text.utf8), microNats: microNats),
        top: [.init(bytes: Array("z".utf8), microNats: -1)])
    }
    let service = ScriptedInference(
      .init(pieces: ["é", "bc"], likelihoods: [token("é", -1_500_000), token("bc", -2)]))
    let response = try await answer(service, .completion)
    #expect(
      try JSON(parsing: response.body)["choices"]?[0]?["logprobs"]?.text()
        == #"{"tokens":["é","bc"],"token_logprobs":[-1.500000,-0.000002],"#
        + #""top_logprobs":[{"z":-0.000001},{"z":-0.000001}],"text_offset":[0,1]}"#)
  }

  @Test func `a message has Anthropic's shape`() async throws {
    let service = ScriptedInference(.init(pieces: ["a", "b"], toolCalls: Self.calls))
    let message = try JSON(parsing: try await answer(service, .message).body)
    #expect(message["type"] == "message" && message["role"] == "assistant")
    #expect(
      message["content"] == [
        ["type": "text", "text": "ab"],
        ["type": "tool_use", "id": "call_0", "name": "f", "input": ["a": 1]],
        ["type": "tool_use", "id": "call_1", "name": "g", "input": [:]],
      ])
    #expect(message["stop_reason"] == "tool_use")
    #expect(message["usage"] == ["input_tokens": 7, "output_tokens": 2])
  }

  /// A question how long a message's prompt is, without order or key.
  private func count(
    _ service: ScriptedInference?, _ body: String
  ) async throws -> HTTPClient.Response {
    var answer: HTTPClient.Response?
    try await serving(try NodeRoutes.test(service).handler) { base in
      answer = try await HTTPClient().send(
        .init(
          method: "POST", url: base + "/v1/messages/count_tokens?beta=true", body: Array(body.utf8))
      )
    }
    return try #require(answer)
  }

  @Test func `a message's prompt is counted for nothing, with a limit or without`() async throws {
    let service = ScriptedInference()
    for limit in ["", #","max_tokens":5"#] {
      let answer = try await count(
        service,
        #"{"model":"m","system":"ab","messages":[{"role":"user","content":"cde"}]\#(limit)}"#)
      #expect(answer.status == 200 && answer.text == #"{"input_tokens":5}"#, "\(answer.text)")
    }
    #expect(service.requests.isEmpty)
  }

  @Test func `what can't be counted is refused in Anthropic's shape`() async throws {
    let question = #"{"model":"m","messages":[{"role":"user","content":"a"}]}"#
    let missing = ScriptedInference(
      .init(failure: InferenceFailure(.modelNotFound, "no model m is served here")))
    let cases: [(ScriptedInference?, String, Int, String)] = [
      (missing, question, 404, "model_not_found"),
      (ScriptedInference(), #"{"model":"m","messages":[]}"#, 400, "invalid_request"),
      (ScriptedInference(), "{", 400, "invalid_json"),
      (nil, question, 404, "inference_not_served"),
    ]
    for (service, body, status, code) in cases {
      let answer = try await count(service, body)
      #expect(answer.status == status, "\(answer.text)")
      #expect(answer.text.contains(#""code":"\#(code)""#), "\(answer.text)")
      #expect(answer.text.hasPrefix(#"{"type":"error","error":{"#), "\(answer.text)")
    }
  }

  @Test(arguments: [false, true])
  func `a message that a stop sequence ended names it`(isStreaming: Bool) async throws {
    let service = ScriptedInference(.init(pieces: ["a"], stop: "###"))
    let response = try await answer(service, .message, isStreaming: isStreaming)
    #expect(
      response.text.contains(####""stop_reason":"stop_sequence","stop_sequence":"###""####),
      "\(response.text)")
  }

  @Test func `a message streams as Anthropic's events`() async throws {
    let service = ScriptedInference(.init(pieces: ["a", "b"], toolCalls: [Self.calls[0]]))
    let response = try await answer(service, .message, isStreaming: true)
    let order = try Self.order(.message, isStreaming: true).order.signedDigest
    #expect(
      response.text == """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_\(order.description.prefix(32))",\
        "type":"message","role":"assistant","model":"team/terms","content":[],"stop_reason":null,\
        "stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":0}}}

        event: ping
        data: {"type":"ping"}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use",\
        "id":"call_0","name":"f","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta",\
        "partial_json":"{\\"a\\":1}"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":1}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},\
        "usage":{"input_tokens":7,"output_tokens":2},"whence":{"receipt":"\(order)",\
        "fee":"1267650600228229401496703205376","tokens_in":7,"tokens_out":2}}

        event: message_stop
        data: {"type":"message_stop"}


        """)
  }

  @Test func `a response has OpenAI's items`() async throws {
    let service = ScriptedInference(.init(pieces: ["a", "b"], toolCalls: Self.calls))
    let response = try JSON(parsing: try await answer(service, .response).body)
    #expect(response["object"] == "response" && response["status"] == "completed")
    #expect(response["output"]?.array?.count == 3)
    #expect(response["output"]?[0]?["content"]?[0]?["text"] == "ab")
    #expect(response["output"]?[2]?["type"] == "function_call")
    #expect(response["output"]?[2]?["call_id"] == "call_1")
    #expect(response["usage"]?["total_tokens"] == 9 && response["store"] == false)
  }

  @Test(arguments: [([], false), (calls, false), ([], true)])
  func `a response streams every step of its items, and ends as the whole one`(
    calls: [ToolCall], isCut: Bool
  ) async throws {
    let service = ScriptedInference(
      .init(pieces: ["a", "b"], toolCalls: calls, isCut: isCut))
    let status = isCut ? "incomplete" : "completed"
    let stream = try events(try await answer(service, .response, isStreaming: true))
    let call = [
      "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
      "output_item.done",
    ]
    let names =
      [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta",
        "output_text.delta", "output_text.done", "content_part.done", "output_item.done",
      ] + calls.flatMap { _ in call } + [status]
    #expect(stream.map(\.name) == names.map { "response.\($0)" })
    #expect(stream.map { $0.data["type"]?.string } == stream.map(\.name))
    #expect(
      stream.compactMap { $0.data["sequence_number"]?.integer(as: Int.self) }
        == Array(stream.indices))
    #expect(stream[0].data["response"]?["status"] == "in_progress")

    // The items of the stream's end are those of the answer in one piece, but for the order's name.
    let whole = try JSON(parsing: try await answer(service, .response).body)
    func items(_ response: JSON?) -> [JSON] {
      response?["output"]?.array?.map { item in
        var item = item.object ?? JSONObject([])
        item["id"] = nil
        return .object(item)
      } ?? []
    }
    let end = stream.last?.data["response"]
    #expect(items(end) == items(whole) && !items(end).isEmpty)
    #expect(whole["status"]?.string == status && whole["output"]?[0]?["status"]?.string == status)
    #expect(end?["usage"] == whole["usage"])
    for event in stream {
      guard let id = event.data["item_id"],
        let place = event.data["output_index"]?.integer(as: Int.self)
      else { continue }
      #expect(end?["output"]?[place]?["id"] == id)
    }
  }

  @Test(arguments: ChatDialect.allCases)
  func `a refusal has the dialect's shape`(dialect: ChatDialect) async throws {
    let service = ScriptedInference(.init(failure: InferenceFailure(.modelNotFound, "none")))
    for isStreaming in [false, true] {
      let response = try await answer(service, dialect, isStreaming: isStreaming)
      let json = try JSON(parsing: response.body)
      #expect(response.status == 404 && json["error"]?["code"] == "model_not_found")
      #expect(
        json["error"]?["type"]
          == (dialect == .message ? "not_found_error" : "invalid_request_error"))
      #expect(json["type"] == (dialect == .message ? "error" : nil))
    }
  }

  @Test(arguments: ChatDialect.allCases)
  func `a stream that fails on its way says so in the dialect's words`(
    dialect: ChatDialect
  ) async throws {
    let service = ScriptedInference(
      .init(failure: InferenceFailure(.unavailable, "ask again"), failsAfter: 1))
    let response = try await answer(service, dialect, isStreaming: true)
    #expect(response.status == 200 && !response.text.contains("[DONE]"))
    let last = try #require(try events(response).last)
    switch dialect {
    case .chat, .completion: #expect(last.data["error"]?["code"] == "unavailable")
    case .response:
      #expect(last.name == "response.failed" && last.data["response"]?["status"] == "failed")
    case .message: #expect(last.name == "error" && last.data["error"]?["code"] == "unavailable")
    }
  }

  @Test(arguments: ChatDialect.allCases)
  func `the payer's proxy signs for every dialect, and touches neither body nor answer`(
    dialect: ChatDialect
  ) async throws {
    let service = ScriptedInference()
    let sent = Mutex<[HTTPRequest]>([])
    let node = try NodeRoutes.test(service).handler
    try await serving { request in
      sent.withLock { $0.append(request) }
      return await node(request)
    } test: { upstream in
      let proxy = PayerProxy(
        server: upstream, signer: .test, feeLimit: Amount(baseUnits: 1_000_000),
        sources: .init(nextNumber: { 1 }, clock: { BlockTime(milliseconds: 5_000_000) }))
      try await serving(proxy.handler) { base in
        let body = Self.body(dialect)
        let response = try await HTTPClient().send(
          .init(method: "POST", url: base + dialect.path, body: body))
        #expect(response.status == 200)
        let request = try #require(sent.withLock { $0.last })
        #expect(request.path == dialect.path && request.body == body)
        let paid = try #require(service.requests.last)
        let chat = try dialect.request(in: body)
        #expect(paid.body == chat.body)
        #expect(paid.order?.order.isFor(chat.body, salt: try #require(paid.salt)) == true)
      }
    }
  }
}
