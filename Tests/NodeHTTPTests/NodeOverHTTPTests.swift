import ClientAPI
import Foundation
import Ledger
import Node
import NodeHTTP
import Primitives
import Storage
import Testing

/// The node that users run, on disk and behind its routes.
@Suite(.timeLimit(.minutes(10))) struct NodeOverHTTPTests {
  /// Runs the test with a running node over the store at `path`, and closes both behind it.
  func withNode(at path: String, test: (LedgerNode, HTTPLedgerClient) async throws -> Void)
    async throws
  {
    let store = try KeyValueStore(at: path)
    defer { store.close() }
    let node = try LedgerNode(store: store, genesis: .test, blockInterval: .milliseconds(2))
    let running = Task { try await node.run() }
    defer { running.cancel() }
    try await serving(NodeRoutes(ledger: node, inference: nil).handler) { base in
      try await test(node, HTTPLedgerClient(base: base))
    }
    running.cancel()
    _ = await running.result
  }

  @Test func `what a client was told is still so after the node starts again`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "whence-edge-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path(percentEncoded: false)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)

    var told: TransactionOutcome?
    try await withNode(at: path) { _, client in
      told = try await client.send(transfer(300), by: payer)
    }
    let outcome = try #require(told)
    #expect(outcome.rejection == nil)
    try await withNode(at: path) { node, client in
      #expect(try await client.outcome(of: outcome.id) == outcome)
      #expect(try await client.status() == node.status())
      #expect(try await client.block(at: outcome.height) == node.block(at: outcome.height))
      let balances = try await client.allBalances().map(\.amount.baseUnits)
      #expect(balances.reduce(0, +) == 2_000_000 && balances.contains(1_000_300))
      let next = try await client.send(transfer(1), by: payer)
      #expect(next.rejection == nil && next.height > outcome.height)
    }
  }
}
