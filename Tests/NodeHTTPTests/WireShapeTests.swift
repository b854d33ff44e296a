import TestKit
import CanonicalCoding
import ClientAPI
import Cryptography
import JSONCoding
import Ledger
import Networking
import Primitives
import Testing

@testable import NodeHTTP

/// What goes over the wire, byte for byte where clients of others read it.
@Suite(.timeLimit(.minutes(10))) struct WireShapeTests {
  /// The server's answer to one message, over a socket.
  func answer(
    _ service: ScriptedInference?, to request: HTTPRequest
  ) async throws -> HTTPClient.Response {
    var answer: HTTPClient.Response?
    try await serving(try NodeRoutes.test(service).handler) { base in
      answer = try await HTTPClient().send(
        .init(
          method: request.method, url: base + request.path, headers: request.headers,
          body: request.body))
    }
    return try #require(answer)
  }

  static let order = (try? PaidRequest.test().order?.order.signedDigest) ?? .zero

  @Test func `a whole answer has OpenAI's shape, and what it cost`() async throws {
    let response = try await answer(ScriptedInference(), to: try PaidRequest.test().message)
    #expect(response.status == 200)
    #expect(response.headers["Content-Type"] == "application/json")
    #expect(response.headers["Whence-Receipt"] == Self.order.description)
    #expect(
      response.text
        == #"{"id":"chatcmpl-\#(Self.order.description.prefix(32))","object":"chat.completion","#
        + #""created":1700000000,"model":"terms","choices":[{"index":0,"message":"#
        + #"{"role":"assistant","content":"Whence –\nok","refusal":null},"logprobs":null,"#
        + #""finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":4,"#
        + #""total_tokens":11},"whence":{"receipt":"\#(Self.order)","#
        + #""fee":"1267650600228229401496703205376","tokens_in":7,"tokens_out":4}}"#)
  }

  @Test(arguments: [false, true])
  func `a stream has OpenAI's chunks, one event each`(includesUsage: Bool) async throws {
    let service = ScriptedInference(.init(pieces: ["a\n", "b"]))
    let request = try PaidRequest.test(isStreaming: true, includesUsage: includesUsage)
    let order = try #require(request.order?.order.signedDigest)
    let response = try await answer(service, to: request.message)
    #expect(response.headers["Content-Type"] == "text/event-stream")
    #expect(response.headers["Whence-Receipt"] == order.description)
    let head =
      #"data: {"id":"chatcmpl-\#(order.description.prefix(32))","#
      + #""object":"chat.completion.chunk","created":1700000000,"model":"team/terms","#
    func chunk(_ delta: String, _ reason: String = "null", _ extra: String = "") -> String {
      head
        + #""choices":[{"index":0,"delta":\#(delta),"logprobs":null,"finish_reason":\#(reason)}]"#
        + (includesUsage ? #","usage":null"# : "") + extra + "}\n\n"
    }
    var expected =
      chunk(#"{"role":"assistant","content":"","refusal":null}"#)
      + chunk(#"{"content":"a\n"}"#) + chunk(#"{"content":"b"}"#)
      + chunk(
        "{}", #""stop""#,
        #","whence":{"receipt":"\#(order)","fee":"1267650600228229401496703205376","#
          + #""tokens_in":7,"tokens_out":2}"#)
    if includesUsage {
      expected +=
        head + #""choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"#
        + #""total_tokens":9}}"# + "\n\n"
    }
    #expect(response.text == expected + "data: [DONE]\n\n")
  }

  static let passages = [
    Passage(record: Digest(domain: "a", hashing: []), text: "Granite?\nIgneous."),
    Passage(record: Digest(domain: "b", hashing: []), text: "Chalk?"),
  ]

  @Test func `what was retrieved comes with the answer, and what it cites in OpenAI's shape`()
    async throws
  {
    let service = ScriptedInference(
      .init(pieces: ["Igneous", " [2], [1", "] and [3]."], passages: Self.passages))
    let response = try await answer(service, to: try PaidRequest.test().message)
    let granite = Self.passages[0].record.description
    let chalk = Self.passages[1].record.description
    let annotations =
      #""annotations":[{"type":"file_citation","index":1,"file_id":"\#(chalk)"},"#
      + #"{"type":"file_citation","index":0,"file_id":"\#(granite)"}]"#
    #expect(
      response.text.contains(
        #""content":"Igneous [2], [1] and [3].","refusal":null,\#(annotations)},"#))
    #expect(
      response.text.hasSuffix(
        #""passages":[{"record":"\#(granite)","text":"Granite?\nIgneous."},"#
          + #"{"record":"\#(chalk)","text":"Chalk?"}]}}"#))
    let stream = try await answer(
      service, to: try PaidRequest.test(isStreaming: true).message)
    #expect(stream.text.contains(#""delta":{\#(annotations)}"#))
  }

  @Test(arguments: [false, true])
  func `a client gets what was retrieved, whole or streamed`(isStreaming: Bool) async throws {
    let service = ScriptedInference(.init(pieces: ["so [1]"], passages: Self.passages))
    let request = try PaidRequest.test(isStreaming: isStreaming)
    try await serving(try NodeRoutes.test(service).handler) { base in
      let completion = try await HTTPInferenceClient(base: base).complete(request) { _ in }
      #expect(completion.passages == Self.passages)
      #expect(completion.citations.map(\.index) == [0])
    }
  }

  @Test func `a stream that fails on its way ends with the error and without DONE`() async throws {
    let failure = InferenceFailure(.unavailable, "ask again")
    let service = ScriptedInference(.init(failure: failure, failsAfter: 1))
    let response = try await answer(service, to: try PaidRequest.test(isStreaming: true).message)
    #expect(response.status == 200)
    #expect(
      response.text.hasSuffix(
        #"data: {"error":{"message":"ask again","type":"server_error","param":null,"#
          + #""code":"unavailable"}}"# + "\n\n"))
    #expect(!response.text.contains("[DONE]"))
  }

  @Test(arguments: InferenceFailure.Code.allCases, [false, true])
  func `every failure of a service has its status and OpenAI's shape`(
    code: InferenceFailure.Code, isStreaming: Bool
  ) async throws {
    let service = ScriptedInference(
      .init(failure: InferenceFailure(code, "what to do", parameter: "model")))
    let message = try PaidRequest.test(isStreaming: isStreaming).message
    let response = try await answer(service, to: message)
    #expect(response.status == code.status)
    let error = try #require(try JSON(parsing: response.body)["error"])
    #expect(error["code"] == .string(code.rawValue) && error["message"] == "what to do")
    #expect(error["param"] == "model" && error["type"]?.string != nil)
    #expect((response.headers["Retry-After"] != nil) == [429, 503].contains(response.status))
  }

  @Test(arguments: ClientFailure.Code.allCases)
  func `every failure of a ledger is a problem document`(code: ClientFailure.Code) async throws {
    let ledger = try MemoryLedger(.test)
    let rejection: Rejection? = code == .rejected ? .transaction(.feeTooSmall) : nil
    await ledger.fail(
      with: ClientFailure(code: code, message: "what to do", rejection: rejection))
    try await serving(NodeRoutes(ledger: ledger, inference: nil).handler) { base in
      let response = try await HTTPClient().send(.init(url: base + "/v1/status"))
      #expect(response.status == code.status)
      #expect(response.headers["Content-Type"] == "application/problem+json")
      let problem = try JSON(parsing: response.body)
      #expect(problem["code"] == .string(code.rawValue) && problem["detail"] == "what to do")
      #expect(problem["status"]?.integer() == response.status && problem["title"] != nil)
      #expect(problem["rejection"]?["name"]?.string == rejection?.name)
      #expect(problem["rejection"]?["number"]?.integer(as: UInt32.self) == rejection?.code)
    }
  }

  @Test func `payment is asked for before anything is done`() async throws {
    let service = ScriptedInference()
    var message = try PaidRequest.test().message
    message.headers["Whence-Order"] = nil
    let unpaid = try await answer(service, to: message)
    #expect(unpaid.status == 402 && unpaid.text.contains(#""code":"payment_required""#))
    message.headers["Whence-Order"] = "00ff"
    let damaged = try await answer(service, to: message)
    #expect(damaged.status == 400 && damaged.text.contains(#""code":"order_invalid""#))
    #expect(service.requests.isEmpty)
  }

  @Test func `clients of other APIs read what is missing in their own shape`() async throws {
    let service = ScriptedInference()
    for path in ["/v1/images/generations", "/v1/chat", "/v1/responses/resp_1"] {
      let answer = try await answer(service, to: HTTPRequest(path: path))
      #expect(answer.text.hasPrefix(#"{"error":{"#), "\(answer.text)")
    }
    let anthropic = try await answer(service, to: HTTPRequest(path: "/v1/messages/batches"))
    #expect(anthropic.status == 404)
    #expect(anthropic.text.hasPrefix(#"{"type":"error","error":{"#), "\(anthropic.text)")
    let ledger = try await answer(service, to: HTTPRequest(path: "/v1/stauts"))
    #expect(ledger.text.contains(#""code":"route_not_found""#) && ledger.text.contains(#""title""#))
  }

  /// A request, and what the edge refuses it with.
  static let refused: [(HTTPRequest, RefusalCode)] = [
    (HTTPRequest(path: "/v2/status"), .routeNotFound),
    (HTTPRequest(path: "/v1/status/"), .routeNotFound),
    (HTTPRequest(path: "/v1/models/"), .routeNotFound),
    (HTTPRequest(method: "DELETE", path: "/v1/status"), .methodNotAllowed),
    (HTTPRequest(path: "/v1/chat/completions"), .methodNotAllowed),
    (HTTPRequest(path: "/v1/transactions/zz"), .invalidParameter),
    (HTTPRequest(path: "/v1/blocks/-1"), .invalidParameter),
    (HTTPRequest(path: "/v1/blocks/+1"), .invalidParameter),
    (HTTPRequest(path: "/v1/state/0"), .invalidParameter),
    (
      HTTPRequest(path: "/v1/state", query: [.init(name: "limit", value: "+5")]),
      .invalidParameter
    ),
    (
      HTTPRequest(path: "/v1/state", query: [.init(name: "limit", value: "1001")]),
      .invalidParameter
    ),
    (
      HTTPRequest(path: "/v1/state", query: [.init(name: "prefix", value: "XY")]),
      .invalidParameter
    ),
    (HTTPRequest(path: "/v1/accounts/\(digest("a"))0"), .invalidParameter),
    (HTTPRequest(path: "/v1/transactions/\(digest("a"))"), .transactionNotFound),
    (HTTPRequest(path: "/v1/blocks/9"), .blockNotFound),
    (HTTPRequest(path: "/v1/state/ff"), .stateNotFound),
    (HTTPRequest(path: "/v1/receipts/\(digest("a"))"), .receiptNotReady),
    (HTTPRequest(path: "/v1/blobs/\(digest("a"))"), .blobNotFound),
  ]

  /// Bodies above what a receipt may be about.
  static let tooLarge: [(HTTPRequest, RefusalCode)] =
    ["chat/completions", "messages", "messages/count_tokens"].map { path in
      (
        HTTPRequest(
          method: "POST", path: "/v1/\(path)",
          body: [UInt8](repeating: 0x20, count: ReceiptDisclosure.requestMaximum + 1)),
        .bodyTooLarge
      )
    }

  @Test(arguments: refused + tooLarge)
  func `the edge refuses with a code and its status`(
    request: HTTPRequest, code: RefusalCode
  ) async throws {
    let response = await (try NodeRoutes.test(ScriptedInference())).handler(request)
    #expect(response.status == code.status)
    guard case .bytes(let body) = response.body else {
      Issue.record("a refusal is no stream")
      return
    }
    let refusal = try #require(ReceivedRefusal(body: body))
    #expect(refusal.code == code.rawValue && !refusal.message.isEmpty)
    #expect((response.headers["Allow"] != nil) == (code == .methodNotAllowed))
  }

  @Test func `HEAD answers as GET, without the body`() async throws {
    let there = try await answer(nil, to: HTTPRequest(method: "HEAD", path: "/v1/status"))
    #expect(there.status == 200 && there.body.isEmpty)
    let missing = try await answer(nil, to: HTTPRequest(method: "HEAD", path: "/v1/blocks/9"))
    #expect(missing.status == 404 && missing.body.isEmpty)
  }

  @Test(arguments: ["/v1/models", "/v1/models/x", "/v1/receipts/\(digest("a"))"])
  func `a node without a service says so`(path: String) async throws {
    let response = try await answer(nil, to: HTTPRequest(path: path))
    #expect(response.status == 404 && response.text.contains(#""code":"inference_not_served""#))
  }

  @Test(arguments: [
    ([UInt8](), TransactionRejection.malformed), ([1, 2, 3], .malformed),
    ([UInt8](repeating: 0, count: Transaction.byteMaximum + 1), .tooLarge),
  ])
  func `bytes that are no transaction are rejected by their rule`(
    body: [UInt8], rule: TransactionRejection
  ) async throws {
    let response = try await answer(
      nil, to: HTTPRequest(method: "POST", path: "/v1/transactions", body: body))
    #expect(response.status == 422)
    #expect(ReceivedRefusal(body: response.body)?.rejection == .transaction(rule))
  }

  @Test func `a text that is too long is refused with its length and its bound`() async throws {
    let message = Message.transfer(
      Transfer(to: host.account, amount: .zero, memo: String(repeating: "a", count: 300)))
    let transaction = TransactionContent(
      chain: Identifier(.zero), publicKey: payer.publicKey, sequence: 0, fee: .zero,
      expiry: Height(1), message: message
    ).signed(by: payer)
    let response = try await answer(
      nil,
      to: HTTPRequest(
        method: "POST", path: "/v1/transactions", body: transaction.canonicalBytes))
    let refusal = try #require(ReceivedRefusal(body: response.body))
    #expect(refusal.rejection == .transaction(.malformed))
    #expect(refusal.message.contains("300") && refusal.message.contains("256"))
  }

  @Test func `models have OpenAI's shape, and a name may hold slashes`() async throws {
    let service = ScriptedInference()
    let list = try await answer(service, to: HTTPRequest(path: "/v1/models"))
    let one =
      #"{"id":"team/terms","object":"model","created":0,"owned_by":"\#(host.account)","#
      + #""root":"\#(digest("adapter"))","parent":"SmolLM2","max_model_len":null,"#
      + #""whence":{"kind":"adapter","adapter":"\#(digest("adapter"))","base_model":"SmolLM2","#
      + #""server":"\#(host.account)","rate_in":"1000","rate_out":"3000","card":null}}"#
    #expect(list.text == #"{"object":"list","data":["# + one + "]}")
    for name in ["team/terms", "team%2Fterms", "\(digest("adapter"))"] {
      let response = try await answer(service, to: HTTPRequest(path: "/v1/models/\(name)"))
      #expect(response.text == one)
    }
    let missing = try await answer(service, to: HTTPRequest(path: "/v1/models/other"))
    #expect(missing.status == 404 && missing.text.contains(#""code":"model_not_found""#))
  }

  @Test func `of a private receipt JSON shows for whom it is, and nothing else`() async throws {
    let order = try #require(try PaidRequest.test().order)
    let sealed = SealedReceipt(.test(of: order), for: [payer.publicKey]) { digest("entropy") }
    let service = ScriptedInference(.init(receipt: .sealed(sealed)))
    let response = try await answer(
      service, to: HTTPRequest(path: "/v1/receipts/\(order.order.signedDigest)"))
    let json = try JSON(parsing: response.body)
    #expect(json["sealed_for"] == [.string(payer.publicKey.description)])
    #expect(json.object?.members.map(\.name) == ["sealed_for", "message"])
  }

  @Test func `a receipt reads as JSON too`() async throws {
    let order = try #require(try PaidRequest.test().order)
    let service = ScriptedInference(.init(receipt: .open(.test(of: order))))
    let response = try await answer(
      service, to: HTTPRequest(path: "/v1/receipts/\(order.order.signedDigest)"))
    let json = try JSON(parsing: response.body)
    #expect(json["order"] == .string(order.order.signedDigest.description))
    #expect(json["fee"] == "19" && json["refund"] == "2")
    #expect(
      json["payouts"] == [["account": .string(friend.account.description), "amount": "11"]])
    let evidence = try #require(json["evidence"])
    #expect(evidence["records"]?[0]?["score"] == 9)
    #expect(evidence["records"]?[0]?["chunk"] == 2)
    #expect(evidence["spans"]?[0]?["start"] == 3)
    #expect(evidence["spans"]?[0]?["end"] == 40)
    #expect(evidence["spans"]?[0]?["surprisal"] == 1100)
    #expect(evidence["spans"]?[0]?["sources"]?[0]?["offset"] == 12)
    #expect(evidence["retrieval"]?["likelihoods"]?["context"] == -5)
    #expect(evidence["retrieval"]?["passages"]?[0]?["drop"] == -7)
  }

  @Test func `people read the ledger as JSON`() async throws {
    let ledger = try MemoryLedger(.test)
    let outcome = try await ledger.send(transfer(300), by: payer)
    try await serving(NodeRoutes(ledger: ledger, inference: nil).handler) { base in
      func get(_ path: String) async throws -> JSON {
        try JSON(parsing: try await HTTPClient().send(.init(url: base + path)).body)
      }
      #expect(try await get("/healthz") == ["status": "ok", "height": 1])
      let status = try await get("/v1/status")
      #expect(status["chain"]?["supply"] == "2000000" && status["header"]?["height"] == 1)
      let found = try await get("/v1/transactions/\(outcome.id)")
      #expect(found["name"] == "success" && found["code"] == 0)
      #expect(found["events"]?[0]?["kind"] == "transferred")
      let block = try await get("/v1/blocks/1")
      #expect(block["transactions"]?[0]?["message"]?["transfer"]?["memo"] == "")
      let account = try await get("/v1/accounts/\(payer.account)")
      #expect(account["balance"] == "995620" && account["sequence"] == 1)
      #expect(account["income"]?["own"] == "0" && account["income"]?["subsidy"] == "0")
      let balances = try await get("/v1/balances?limit=1")
      #expect(balances["balances"]?.array?.count == 1)
      let next = try #require(balances["next"]?.string)
      let rest = try await get("/v1/balances?after=\(next)")
      let holders = rest["balances"]?.array?.compactMap { $0["holder"]?["kind"]?.string }
      #expect(holders == ["account", "account"] && rest["next"]?.isNull == true)
    }
  }
}
