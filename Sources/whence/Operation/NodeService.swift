import ClientAPI
import Foundation
import Networking
import Node
import NodeHTTP
import OpenLoRA
import Primitives
import Storage

/// A node at work: blocks are made, answers are settled, and both are served over HTTP.
///
/// Only this machine is served unless another address is given.
struct NodeService: Sendable {
  let ledger: LedgerNode
  /// nil for a node that keeps a ledger and answers no prompts.
  var inference: InferenceServer?
  /// What the node publishes.
  let blobs: BlobStore
  /// nil for a node without an index of its history.
  var history: ChainIndex?
  /// nil for a node that takes none.
  var snapshots: SnapshotKeeper?
  var host = "127.0.0.1"
  /// Nil for a node that turns no texts into vectors.
  var encoder: SentenceService?
  /// Nil for a node that signs for no clients with API keys.
  var keys: KeySigning?
  /// 0 for any free one.
  var port: UInt16 = 0
  var limits = HTTPServerLimits()
  /// Whether clients may pay by the call.
  var takesOpenings = true
  /// SHA-256 of what whoever may load and unload adapters shows; nil for nobody.
  var operatorKey: Digest?
  /// How long answers under way may take once the body ends; see ``AnswerService``.
  var drainLimit: @Sendable () -> Duration = { .zero }

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
      OperationLog.add("\(what) stopped: \(error)")
    }
  }

  /// Does the same over a ledger that somebody else runs.
  func serve<Result: Sendable>(
    _ body: @escaping @Sendable (String) async throws -> Result
  ) async throws -> Result {
    try await AnswerService(
      ledger: ledger, history: history, inference: inference, blobs: blobs, host: host, port: port,
      limits: limits, takesOpenings: takesOpenings, encoder: encoder, keys: keys,
      operatorKey: operatorKey, drainLimit: drainLimit
    ).run(body)
  }
}
