internal import ClientAPI
internal import JSONCoding
internal import Ledger
internal import Networking
internal import Primitives

/// What those ask who watch over a node: whether it lives, whether to send it work, how it is doing.
struct HealthRoutes: Sendable {
  let ledger: any LedgerClient
  let inference: (any InferenceClient)?
  let figures: (@Sendable () async -> ServiceFigures)?
  let isDraining: @Sendable () async -> Bool
  let meter: NodeMeter

  var table: [Route] {
    [
      Route(method: "GET", pattern: "/healthz", style: .problem, answer: health),
      Route(method: "GET", pattern: "/health", style: .problem, answer: health),
      Route(method: "GET", pattern: "/readyz", style: .problem, answer: readiness),
      Route(method: "GET", pattern: "/metrics", style: .problem, answer: metrics),
    ]
  }

  /// Whether the ledger can be read.
  private func health(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    .json(["status": "ok", "height": .integer(try await height())])
  }

  /// Whether to send it requests: the ledger can be read, there is a model to ask unless it keeps a
  /// ledger only, and the node is not about to stop.
  private func readiness(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    guard await !isDraining() else {
      throw Refusal(.notReady, "the node finishes what it has begun and takes nothing new")
    }
    let height = try await height()
    var models = 0
    if let inference {
      do { models = try await inference.models().count } catch {
        throw Refusal(.notReady, "no model can be asked for: \(error.message)")
      }
      guard models > 0 else {
        throw Refusal(
          .notReady, "no adapter is served yet; load one, or name one in the configuration")
      }
    }
    return .json([
      "status": "ready", "height": .integer(height), "models": .integer(models),
    ])
  }

  /// Prometheus' text format 0.0.4.
  private func metrics(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let text = meter.text(await figures?(), height: try await height())
    return HTTPResponse(
      headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
      body: .bytes(Array(text.utf8)))
  }

  private func height() async throws(Refusal) -> UInt64 {
    do {
      return try await ledger.status().header.height.number
    } catch {
      throw Refusal(error)
    }
  }
}
