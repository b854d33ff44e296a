import Foundation
import Networking
import Node
import NodeHTTP
import OpenLoRA

/// A node at work: blocks are made, answers are settled, and both are served over HTTP.
///
/// Only this machine is served: the address is 127.0.0.1.
struct NodeService: Sendable {
  let ledger: LedgerNode
  /// nil for a node that keeps a ledger and answers no prompts.
  var inference: InferenceServer?
  /// nil for a node without an index of its history.
  var history: ChainIndex?
  /// 0 for any free one.
  var port: UInt16 = 0

  /// Runs everything while `body` does, and passes it where the node answers, such as
  /// `http://127.0.0.1:8800`.
  ///
  /// Once `body` ends, requests that run may finish before what they wait for is stopped.
  /// - Throws: `port_in_use`, what `body` throws, or what ends the node: a full disk, say.
  func run<Result: Sendable>(
    _ body: @escaping @Sendable (String) async throws -> Result
  ) async throws -> Result {
    try await alongside(ledger.run) {
      guard let history else { return try await serve(body) }
      return try await alongside({ await fill(history) }) { try await serve(body) }
    }
  }

  /// Does the same over a ledger that somebody else runs.
  func serve<Result: Sendable>(
    _ body: @escaping @Sendable (String) async throws -> Result
  ) async throws -> Result {
    guard let inference else { return try await serveHTTP(body) }
    return try await alongside(inference.run) { try await serveHTTP(body) }
  }

  /// An index that fails leaves the chain as it is: answers from it just end where it ended.
  private func fill(_ history: ChainIndex) async {
    do {
      try await ledger.fill(history)
    } catch is CancellationError {
    } catch {
      FileHandle.standardError.write(
        Data("whence: the index of history stopped: \(error)\n".utf8))
    }
  }

  private func serveHTTP<Result: Sendable>(
    _ body: (String) async throws -> Result
  ) async throws -> Result {
    let server = try HTTPServer(
      port: port,
      handler: NodeRoutes(ledger: ledger, history: history, inference: inference).handler)
    do {
      let result = try await body("http://127.0.0.1:\(server.port)")
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }
}
