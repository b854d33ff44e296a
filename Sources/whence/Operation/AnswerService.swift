import ClientAPI
import Networking
import NodeHTTP
import OpenLoRA
import Primitives
import Storage

/// Answers and a ledger over HTTP, while somebody else keeps the ledger.
struct AnswerService: Sendable {
  let ledger: any LedgerClient
  var history: (any HistoryClient)?
  /// nil for a node that keeps a ledger and answers no prompts.
  var inference: InferenceServer?
  /// What is published here.
  let blobs: BlobStore
  var host = "127.0.0.1"
  /// 0 for any free one.
  var port: UInt16 = 0
  var limits = HTTPServerLimits()
  /// Nil for a server that turns no texts into vectors.
  var encoder: SentenceService?
  /// SHA-256 of the key of whoever may change which adapters answer; nil: nobody may.
  var operatorKey: Digest?
  /// How long answers under way may take once the body ends; asked then.
  var drainLimit: @Sendable () -> Duration = { .zero }

  /// Settles, and serves over HTTP, while `body` runs, and passes it where this answers.
  ///
  /// Once it ends, no more answers are begun; those under way and their settlement have the drain's
  /// time, then requests that run may finish.
  /// - Throws: `port_in_use`, what `body` throws, or what ends the settling.
  func run<Result: Sendable>(
    _ body: @escaping @Sendable (String) async throws -> Result
  ) async throws -> Result {
    guard let inference else { return try await serve(body) }
    return try await alongside(inference.run) {
      try await serve { base in
        let result = try await body(base)
        try await drain(inference)
        return result
      }
    }
  }

  private func drain(_ inference: InferenceServer) async throws {
    let limit = drainLimit()
    guard limit > .zero else { return }
    await inference.drain()
    let left = try await inference.drained(by: .now + limit)
    if left.answering > 0 { print("\(left.answering) answer(s) are cut off, and cost nothing") }
    if left.unsettled > 0 { print("\(left.unsettled) answer(s) are settled by the next process") }
  }

  private func serve<Result: Sendable>(
    _ body: (String) async throws -> Result
  ) async throws -> Result {
    let isDraining: @Sendable () async -> Bool = { [inference] in
      await inference?.isDraining == true
    }
    var figures: (@Sendable () async -> ServiceFigures)?
    if let inference { figures = { await inference.figures() } }
    let server = try HTTPServer(
      host: host, port: port, limits: limits,
      handler: NodeRoutes(
        ledger: ledger, history: history, inference: inference, blobs: blobs,
        adapters: inference, operatorKey: operatorKey, encoder: encoder, figures: figures,
        isDraining: isDraining
      ).handler)
    do {
      let result = try await body("http://\(shownHost):\(server.port)")
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }

  /// An address that a client on this machine can use.
  private var shownHost: String {
    switch host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "[::1]"
    default: host.contains(":") ? "[\(host)]" : host
    }
  }
}
