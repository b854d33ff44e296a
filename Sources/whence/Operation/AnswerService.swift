import ClientAPI
import Foundation
import Networking
import NodeHTTP
import OpenLoRA
import Primitives
import Storage
import Synchronization

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
  /// Whether clients may pay by the call.
  var takesOpenings = true
  /// Nil for a server that turns no texts into vectors.
  var encoder: SentenceService?
  /// Nil for a server that signs for no clients with API keys.
  var keys: KeySigning?
  /// SHA-256 of what whoever may load and unload adapters shows; nil for nobody.
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
    let isDraining = Flag()
    guard let inference else { return try await serve(isDraining, body) }
    return try await alongside(inference.run) {
      try await serve(isDraining) { base in
        let result = try await body(base)
        isDraining.raise()
        try await drain(inference)
        return result
      }
    }
  }

  static func sayEnding(within limit: Duration) {
    print("ending: answers under way have \(limit.components.seconds) s")
    fflush(nil)
  }

  /// How long each step of an end may take that waits for nobody's answer.
  private static let grace = Duration.seconds(5)

  private func drain(_ inference: InferenceServer) async throws {
    let limit = drainLimit()
    guard limit > .zero else { return }
    await inference.drain()
    var left = try await inference.drained(by: .now + limit)
    if left.answering > 0 {
      print("\(left.answering) answer(s) are cut off; a stream pays for what it was sent")
      left = try await inference.cutOff(by: .now + Self.grace)
    }
    if left.unsettled > 0 {
      print("\(left.unsettled) answer(s) are settled by the next process")
      endSoon()
    }
  }

  /// Attributing an answer can't be broken off between its beginning and its end, which may be minutes
  /// away, and nothing here waits for it: all that counts is on disk, as it is for a process that is
  /// killed.
  private func endSoon() {
    fflush(nil)
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: Self.grace / .seconds(1))
      _exit(0)
    }
  }

  private func serve<Result: Sendable>(
    _ isDraining: Flag, _ body: (String) async throws -> Result
  ) async throws -> Result {
    var figures: (@Sendable () async -> ServiceFigures)?
    var promptLength: PromptLength?
    if let inference {
      figures = { await inference.figures() }
      promptLength = { request throws(InferenceFailure) in
        try await inference.promptLength(of: request)
      }
    }
    var handler = NodeRoutes(
      ledger: ledger, history: history, inference: inference, blobs: blobs, encoder: encoder,
      figures: figures, promptLength: promptLength, keys: keys, isDraining: { isDraining.isOn },
      adapters: inference.map(LoggedAdapters.init), operatorKey: operatorKey
    ).handler
    if let inference, takesOpenings {
      handler = PayPerCall(ledger: ledger, inference: inference).handler(before: handler)
    }
    let server = try HTTPServer(host: host, port: port, limits: limits, handler: handler)
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

/// Something that is so from some moment on.
private final class Flag: Sendable {
  private let state = Atomic(false)

  var isOn: Bool { state.load(ordering: .relaxed) }
  func raise() { state.store(true, ordering: .relaxed) }
}
