import ClientAPI
import Foundation
import JSONCoding
import Ledger
import Networking
import Node
import NodeHTTP
import Primitives
import Storage
import Testing

@Suite(.timeLimit(.minutes(10))) struct HistoryOverHTTPTests {
  /// Runs the test with a chain of three transfers, its index, and where both are served.
  private func withHistory(_ test: (ChainIndex, String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "whence-history-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path(percentEncoded: false)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let store = try KeyValueStore(at: path + "/chain")
    defer { store.close() }
    let node = try LedgerNode(store: store, genesis: .test, blockInterval: .milliseconds(2))
    let running = Task { try await node.run() }
    defer { running.cancel() }
    for amount in [UInt128(1), 2, 3] { _ = try await node.send(transfer(amount), by: payer) }
    let index = try ChainIndex(path: path + "/history.sqlite")
    try node.fillOnce(index)
    let routes = NodeRoutes(ledger: node, history: index, inference: nil)
    try await serving(routes.handler) { base in try await test(index, base) }
    running.cancel()
    _ = await running.result
  }

  @Test func `a client behind HTTP reads the same history`() async throws {
    try await withHistory { index, base in
      let client = HTTPHistoryClient(base: base)
      let holder = Holder.account(payer.account)
      let statement = try await index.statement(of: holder, before: nil, limit: 4)
      #expect(try await client.statement(of: holder, before: nil, limit: 4) == statement)
      let place = statement.elements[2].place
      #expect(
        try await client.statement(of: holder, before: place, limit: 9)
          == index.statement(of: holder, before: place, limit: 9))
      let signed = try await index.transactions(of: payer.account, before: nil, limit: 9)
      #expect(try await client.transactions(of: payer.account, before: nil, limit: 9) == signed)
      #expect(signed.elements.count == 3)
      let received = try await index.events(of: friend.account.digest, before: nil, limit: 9)
      #expect(try await client.events(of: friend.account.digest, before: nil, limit: 9) == received)
      #expect(received.elements.map(\.event.amount.baseUnits) == [3, 2, 1])
    }
  }

  @Test func `people read why in JSON, page by page`() async throws {
    try await withHistory { _, base in
      let url = "\(base)/v1/statements/\(payer.account)?limit=2"
      let first = try JSON(parsing: try await HTTPClient().send(.init(url: url)).body)
      #expect(first["lines"]?[0]?["cause"]?.string == "transfer")
      #expect(first["lines"]?[1]?["cause"]?.string == "transaction_fee")
      #expect(first["lines"]?[0]?["transaction"]?["message"]?.string == "transfer")
      let next = try #require(first["next"]?.string)
      let rest = try await HTTPClient().send(.init(url: "\(url)0&before=\(next)"))
      let json = try JSON(parsing: rest.body)
      #expect(json["lines"]?.array?.count == 5 && json["next"]?.isNull == true)
      #expect(json["lines"]?[4]?["cause"]?.string == "genesis")
    }
  }

  @Test(arguments: [
    "/v1/statements/xyz", "/v1/statements/00?limit=0", "/v1/statements/0002?before=1",
  ])
  func `what is no holder, count or place is refused`(path: String) async throws {
    try await withHistory { _, base in
      let response = try await HTTPClient().send(.init(url: base + path))
      #expect(response.status == 400 && response.text.contains("invalid_parameter"))
    }
  }

  @Test func `a node without an index says so`() async throws {
    try await serving(NodeRoutes.test(nil).handler) { base in
      let response = try await HTTPClient().send(.init(url: "\(base)/v1/statements/0002"))
      #expect(response.status == 404 && response.text.contains("history_not_kept"))
    }
  }
}
