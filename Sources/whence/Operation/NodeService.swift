import Foundation
import Networking
import Node
import NodeHTTP
import OpenLoRA
import Storage

/// A node at work: blocks are made, answers are settled, and both are served over HTTP.
///
/// Only this machine is served: the address is 127.0.0.1.
struct NodeService: Sendable {
  let ledger: LedgerNode
  /// nil for a node that keeps a ledger and answers no prompts.
  var inference: InferenceServer?
  /// Whoever shows it changes which adapters answer; nil forbids it to all.
  var operatorKey: String?
  /// What the node publishes.
  let blobs: BlobStore
  /// nil for a node without an index of its history.
  var history: ChainIndex?
  /// nil for a node that takes none.
  var snapshots: SnapshotKeeper?
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
      try await alongside(keepBooks) { try await serve(body) }
    }
  }

  /// Fills the index, takes snapshots and removes what is erased, until the task is cancelled.
  ///
  /// What fails of it leaves the chain as it is: answers from the index just end where it ended.
  private func keepBooks() async {
    await withTaskGroup(of: Void.self) { group in
      let erasing = ErasedTexts(ledger: ledger, blobs: blobs, inference: inference)
      group.addTask {
        await grumbling("removing erased texts") { try await erasing.run() }
      }
      if let history {
        group.addTask { await grumbling("the index of history") { try await ledger.fill(history) } }
      }
      if let snapshots {
        group.addTask { await grumbling("taking snapshots") { try await snapshots.run() } }
      }
    }
  }

  private func grumbling(_ what: String, _ work: () async throws -> Void) async {
    do {
      try await work()
    } catch is CancellationError {
    } catch {
      FileHandle.standardError.write(Data("whence: \(what) stopped: \(error)\n".utf8))
    }
  }

  /// Does the same over a ledger that somebody else runs.
  func serve<Result: Sendable>(
    _ body: @escaping @Sendable (String) async throws -> Result
  ) async throws -> Result {
    guard let inference else { return try await serveHTTP(body) }
    return try await alongside(inference.run) { try await serveHTTP(body) }
  }

  private func serveHTTP<Result: Sendable>(
    _ body: (String) async throws -> Result
  ) async throws -> Result {
    let server = try HTTPServer(
      port: port,
      handler: NodeRoutes(
        ledger: ledger, history: history, inference: inference, blobs: blobs, adapters: inference,
        operatorKey: operatorKey
      ).handler)
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
