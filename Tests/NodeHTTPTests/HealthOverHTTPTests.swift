import AttributionRules
import CanonicalCoding
import ClientAPI
import JSONCoding
import Ledger
import Networking
import Primitives
import Synchronization
import TestKit
import Testing

@testable import NodeHTTP

@Suite(.timeLimit(.minutes(10))) struct HealthOverHTTPTests {
  static let figures: ServiceFigures = {
    var figures = ServiceFigures()
    (figures.running, figures.waiting, figures.unsettled, figures.unattributed) = (3, 5, 7, 2)
    (figures.pages, figures.heldPages, figures.keptPages) = (100, 25, 50)
    (figures.openTokens, figures.tokensPerSecond) = (1001, 100)
    figures.attributionMilliseconds = 1500
    figures.residency.loaded = 4
    return figures
  }()

  func withNode(
    _ service: ScriptedInference = ScriptedInference(), isDraining: Bool = false,
    test: (String) async throws -> Void
  ) async throws {
    let routes = NodeRoutes(
      ledger: try MemoryLedger(.test), inference: service, figures: { Self.figures },
      isDraining: { isDraining })
    try await serving(routes.handler, test: test)
  }

  func get(_ url: String) async throws -> HTTPClient.Response {
    try await HTTPClient().send(.init(url: url))
  }

  @Test func `a node that can answer is ready`() async throws {
    try await withNode { base async throws in
      let ready = try await get("\(base)/readyz")
      #expect(ready.status == 200)
      #expect(try JSON(parsing: ready.body) == ["status": "ready", "height": 0, "models": 1])
      for path in ["healthz", "health"] {
        let health = try await get("\(base)/\(path)")
        #expect(try JSON(parsing: health.body) == ["status": "ok", "height": 0])
      }
    }
  }

  @Test func `a node that is about to stop lives, and is not ready`() async throws {
    try await withNode(isDraining: true) { base async throws in
      let ready = try await get("\(base)/readyz")
      #expect(ready.status == 503 && ready.headers["Retry-After"] == "1")
      #expect(try JSON(parsing: ready.body)["code"] == "not_ready")
      #expect(try await get("\(base)/health").status == 200)
    }
  }

  @Test func `a node whose engine fails is not ready`() async throws {
    let service = ScriptedInference(.init(failure: InferenceFailure(.unavailable, "no engine")))
    try await withNode(service) { base async throws in
      let ready = try await get("\(base)/readyz")
      #expect(ready.status == 503 && ready.text.contains("no engine"))
    }
  }

  @Test func `a node without a model to ask lives, and is not ready`() async throws {
    try await withNode(ScriptedInference(.init(listings: []))) { base async throws in
      let ready = try await get("\(base)/readyz")
      #expect(ready.status == 503 && ready.text.contains("no adapter is served yet"))
      #expect(try await get("\(base)/health").status == 200)
    }
  }

  @Test func `whoever is refused for want of room hears how long to wait`() async throws {
    let service = ScriptedInference(.init(failure: InferenceFailure(.overloaded, "full")))
    try await withNode(service) { base async throws in
      for isStreaming in [false, true] {
        let request = try PaidRequest.test(isStreaming: isStreaming).message
        let response = try await HTTPClient().send(
          .init(
            method: "POST", url: base + request.path, headers: request.headers, body: request.body))
        #expect(response.status == 429 && response.headers["Retry-After"] == "11")
      }
    }
  }

  @Test func `a wait is a second at least and a minute at most`() {
    var figures = ServiceFigures()
    #expect(figures.waitSeconds == 1)
    figures.tokensPerSecond = 10
    #expect(figures.waitSeconds == 1)
    figures.openTokens = 1_000_000
    #expect(figures.waitSeconds == 60)
  }

  @Test func `measures tell what passed and how the service is doing`() async throws {
    try await withNode { base async throws in
      let client = HTTPInferenceClient(base: base)
      _ = try await client.complete(try PaidRequest.test(isStreaming: true)) { _ in }
      _ = try await get("\(base)/v1/nothing")
      let page = try await get("\(base)/metrics")
      #expect(page.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
      let lines = Set(page.text.split(separator: "\n").map(String.init))
      for line in [
        #"whence_http_requests_total{route="/v1/chat/completions",method="POST",status="200"} 1"#,
        #"whence_http_requests_total{route="none",method="GET",status="404"} 1"#,
        #"whence_refusals_total{code="route_not_found"} 1"#,
        "whence_time_to_first_token_seconds_count 1", "whence_inter_token_latency_seconds_count 3",
        "whence_e2e_request_latency_seconds_count 1", "whence_prompt_tokens_total 7",
        "whence_generation_tokens_total 4",
        #"whence_request_success_total{finished_reason="stop"} 1"#,
        "whence_num_requests_running 3", "whence_num_requests_waiting 5",
        "whence_kv_cache_usage_perc 0.25", #"whence_kv_pages{state="free"} 25"#,
        "whence_unsettled_answers 7", "whence_attribution_queue 2",
        "whence_attribution_seconds_total 1.5", #"whence_adapters{state="loaded"} 4"#,
        "# TYPE whence_time_to_first_token_seconds histogram",
      ] { #expect(lines.contains(line), "\(line)") }
    }
  }

  @Test func `an answer to whoever has left is no failure in the measures`() async throws {
    let service = ScriptedInference(.init(hangs: true))
    let handler = try NodeRoutes.test(service).handler
    let paid = try PaidRequest.test()
    let order = try #require(paid.order)
    let task = Task {
      await handler(
        HTTPRequest(
          method: "POST", path: "/v1/chat/completions",
          headers: [
            "Whence-Order": order.canonicalBytes.hex, "Whence-Salt": "\(try #require(paid.salt))",
          ], body: paid.body))
    }
    await service.asked.wait()
    task.cancel()
    #expect(try await task.value.status == 503)
    guard case .bytes(let page) = await handler(HTTPRequest(method: "GET", path: "/metrics")).body
    else {
      Issue.record("measures are bytes")
      return
    }
    let text = String(decoding: page, as: UTF8.self)
    #expect(
      text.contains(
        #"requests_total{route="/v1/chat/completions",method="POST",status="499"} 1"#))
    #expect(!text.contains(#"status="503""#) && !text.contains(#"code="unavailable""#))
  }

  @Test(arguments: ["/v1/files", "/v1/files/f/content", "/v1/fine_tuning/jobs/x/events"])
  func `what clients train with elsewhere is refused in their shape`(path: String) async throws {
    try await withNode { base async throws in
      for method in ["GET", "POST", "DELETE"] {
        let response = try await HTTPClient().send(.init(method: method, url: base + path))
        #expect(response.status == 404)
        let error = try #require(try JSON(parsing: response.body)["error"])
        #expect(error["code"] == "training_not_served" && error["type"] == "invalid_request_error")
      }
    }
  }

  @Test func `a model's entry says what it costs, what it may read and how it is traced`()
    async throws
  {
    var listing = ModelListing.test
    listing.run = Identifier(digest("run"))
    listing.contextLength = 2048
    listing.card = .init(
      score: MeasuredFigure(value: 660_000, low: 610_000, high: 700_000), retrainings: 12)
    let service = ScriptedInference(.init(listings: [listing]))
    try await withNode(service) { base async throws in
      let model = try JSON(parsing: try await get("\(base)/v1/models/team%2Fterms").body)
      #expect(model["root"] == .string(listing.adapter.description) && model["parent"] == "SmolLM2")
      #expect(model["max_model_len"] == 2048)
      #expect(
        model["whence"]?["card"] == [
          "url": .string("/v1/cards/\(digest("run"))"), "retrainings": 12,
          "lds_in_millionths": ["value": 660_000, "low": 610_000, "high": 700_000],
        ])
      #expect(try await HTTPInferenceClient(base: base).models() == [listing])
    }
  }
}
