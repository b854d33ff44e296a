import CanonicalCoding
import ClientAPI
import Cryptography
import JSONCoding
import Ledger
import Networking
import NodeHTTP
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct RecordsOverHTTPTests {
  private func withChain(_ test: (String) async throws -> Void) async throws {
    let ledger = try MemoryLedger(.test)
    _ = try await ledger.send(transfer(300), by: payer)
    try await serving(NodeRoutes(ledger: ledger, inference: nil).handler, test: test)
  }

  private func read(_ url: String) async throws -> JSON {
    try JSON(parsing: try await HTTPClient().send(.init(url: url)).body)
  }

  @Test func `every table of the state can be read as people read it`() async throws {
    try await withChain { base in
      for table in StateTable.allCases {
        let page = try await read("\(base)/v1/records/\(table.name)")
        #expect(page["records"]?.array != nil && page["next"]?.isNull == true, "\(table.name)")
      }
      let accounts = try await read("\(base)/v1/records/accounts")
      #expect(accounts["records"]?.array?.count == 2)
      let account = try #require(
        accounts["records"]?.array?.first { $0["name"]?.string == payer.account.description })
      #expect(account["record"]?["sequence"]?.text() == "1")
      #expect(account["record"]?["public_key"]?.string == payer.publicKey.description)
    }
  }

  @Test func `pages of a table follow each other, and one record is found by its name`()
    async throws
  {
    try await withChain { base in
      var keys: [String] = []
      var after = ""
      while true {
        let page = try await read("\(base)/v1/records/accounts?limit=1\(after)")
        let records = try #require(page["records"]?.array)
        keys += records.compactMap { $0["key"]?.string }
        guard let next = page["next"]?.string else { break }
        after = "&after=\(next)"
      }
      #expect(keys.count == 2 && keys == keys.sorted())
      for key in keys {
        let one = try await read("\(base)/v1/records/accounts/\(key.dropFirst(2))")
        #expect(one["key"]?.string == key && one["record"]?["balance"]?.string != nil)
      }
    }
  }

  @Test(arguments: [
    ("/v1/records/persons", 400, "invalid_parameter"),
    ("/v1/records/accounts/00", 404, "state_not_found"),
    ("/v1/records/accounts/xy", 400, "invalid_parameter"),
    ("/v1/proofs/03?height=x", 400, "invalid_parameter"),
    ("/v1/proofs/03?height=99", 404, "height_not_kept"),
  ])
  func `what is no table, name or height is refused with its code`(
    path: String, status: Int, code: String
  ) async throws {
    try await withChain { base in
      let response = try await HTTPClient().send(.init(url: base + path))
      #expect(
        response.status == status && response.text.contains("\"\(code)\""), "\(response.text)")
    }
  }
}
