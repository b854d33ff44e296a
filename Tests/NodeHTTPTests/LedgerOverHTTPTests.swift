import CanonicalCoding
import ClientAPI
import Cryptography
import JSONCoding
import Ledger
import Networking
import Primitives
import TestKit
import Testing

@testable import NodeHTTP

@Suite(.timeLimit(.minutes(10))) struct LedgerOverHTTPTests {
  @Test(arguments: Way.allCases)
  func `a transfer is submitted, found again and moved money`(way: Way) async throws {
    try await withLedger(way) { client, ledger async throws in
      let outcome = try await client.send(transfer(300), by: payer)
      #expect(outcome.rejection == nil && outcome.height == Height(1))
      #expect(!outcome.result.events.isEmpty)
      #expect(try await client.outcome(of: outcome.id) == outcome)
      #expect(try await client.balance(of: .account(friend.account)).baseUnits == 1_000_300)
      #expect(try await client.nextSequence(of: payer.account) == 1)
      #expect(try await client.status() == ledger.status())
      let block = try #require(try await client.block(at: Height(1)))
      #expect(block.transactions.map(\.id) == [outcome.id])
      #expect(try await client.block(at: Height(1)) == ledger.block(at: Height(1)))
    }
  }

  @Test(arguments: Way.allCases)
  func `a message that the rules reject is an outcome with its code`(way: Way) async throws {
    try await withLedger(way) { client, _ async throws in
      let outcome = try await client.send(transfer(2_000_000), by: payer)
      #expect(outcome.rejection == .account(.insufficientBalance))
    }
  }

  @Test(arguments: Way.allCases)
  func `a transaction that may enter no block is a failure with its rule`(way: Way) async throws {
    try await withLedger(way) { client, _ async throws in
      let status = try await client.status()
      let transaction = TransactionContent(
        chain: status.chain.id, publicKey: payer.publicKey, sequence: 5,
        fee: Amount(baseUnits: 1), expiry: Height(10), message: transfer(1)
      ).signed(by: payer)
      let failure = await #expect(throws: ClientFailure.self) {
        try await client.submit(transaction)
      }
      #expect(failure?.code == .rejected)
      #expect(failure?.rejection == .transaction(.wrongSequence))
      #expect(try await client.outcome(of: transaction.id) == nil)
    }
  }

  @Test(arguments: Way.allCases)
  func `what is not there is nil`(way: Way) async throws {
    try await withLedger(way) { client, _ async throws in
      #expect(try await client.outcome(of: Identifier(digest("none"))) == nil)
      #expect(try await client.block(at: Height(7)) == nil)
      #expect(try await client.value(at: [200, 1]) == nil)
      #expect(try await client.value(at: []) == nil)
      #expect(try await client.entries(withPrefix: [200], after: nil, limit: 10) == [])
      #expect(try await client.entries(withPrefix: [], after: nil, limit: 0) == [])
    }
  }

  @Test(arguments: Way.allCases)
  func `entries come in order, from where and as many as asked for`(way: Way) async throws {
    // More than two pages, so that a client must turn them.
    var genesis = Genesis.test
    genesis.allocations = (0..<2300).compactMap { number in
      PublicKey(bytes: digest("\(number)").bytes).map {
        Allocation(publicKey: $0, amount: Amount(baseUnits: UInt128(number + 1)))
      }
    }.sorted { $0.publicKey < $1.publicKey }
    try await withLedger(way, genesis: genesis) { client, ledger async throws in
      let prefix = [StateTable.accounts.rawValue]
      let all = try await ledger.entries(withPrefix: prefix, after: nil, limit: .max)
      #expect(all.count == 2300)
      #expect(try await client.entries(withPrefix: prefix, after: nil, limit: .max) == all)
      #expect(
        try await client.entries(withPrefix: prefix, after: all[4].key, limit: 1500)
          == Array(all[5..<1505]))
      #expect(try await client.allBalances().count == 2300)
    }
  }

  @Test func `whoever sends a transaction and hears nothing is told how to ask for it`()
    async throws
  {
    let transaction = TransactionContent(
      chain: Genesis.test.chain, publicKey: payer.publicKey, sequence: 0, fee: .zero,
      expiry: Height(1000), message: transfer(1)
    ).signed(by: payer)
    var limits = HTTPServerLimits()
    limits.grace = .milliseconds(10)
    let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
    let server = try HTTPServer(port: 0, limits: limits) { request in
      arrival.yield()
      guard request.path == "/v1/transactions" else { return .text("") }
      try? await Task.sleep(for: .seconds(60))
      return .text("")
    }
    let base = "http://127.0.0.1:\(server.port)"
    let http = HTTPClient()
    // A connection that was used before is no reason to send it twice.
    _ = try await http.send(.init(url: base + "/"))
    let sending = Task {
      try await HTTPLedgerClient(base: base, client: http).submit(transaction)
    }
    var iterator = arrivals.makeAsyncIterator()
    for _ in 0..<2 { await iterator.next() }
    await server.stop()
    let failure = try #require(
      await #expect(throws: ClientFailure.self) { try await sending.value })
    #expect(failure.code == .outcomeUnknown, "\(failure)")
    #expect(failure.message.contains("/v1/transactions/\(transaction.id)"))
    // Nobody there: it was never sent.
    do throws(ClientFailure) {
      _ = try await HTTPLedgerClient(base: base).submit(transaction)
    } catch { #expect(error.code == .unreachable) }
  }

  @Test(arguments: Way.allCases, ClientFailure.Code.allCases)
  func `every failure comes back as it was thrown`(
    way: Way, code: ClientFailure.Code
  ) async throws {
    try await withLedger(way) { client, ledger async throws in
      let rejection: Rejection? = code == .rejected ? .transaction(.feeTooSmall) : nil
      let thrown = ClientFailure(code: code, message: "what to do", rejection: rejection)
      await ledger.fail(with: thrown)
      await #expect(throws: thrown) { try await client.status() }
      await #expect(throws: thrown) { try await client.outcome(of: Identifier(.zero)) }
      await #expect(throws: thrown) { try await client.block(at: .genesis) }
      await #expect(throws: thrown) { try await client.value(at: [1]) }
      await #expect(throws: thrown) {
        try await client.entries(withPrefix: [], after: nil, limit: 1)
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `what the state holds, and what it does not, is proved to whoever trusts a header`(
    way: Way
  ) async throws {
    try await withLedger(way) { client, ledger async throws in
      _ = try await client.send(transfer(300), by: payer)
      let trusted = try await ledger.status().header.digest
      let key = StateKey<AccountRecord>.account(friend.account).bytes
      let proof = try await client.proof(of: key, at: nil)
      let account = AccountRecord(balance: Amount(baseUnits: 1_000_300))
      #expect(proof.value == account.canonicalBytes)
      try proof.verify(trusting: trusted)
      #expect(throws: StateProofFault.otherHeader) { try proof.verify(trusting: digest("other")) }
      let absent = try await client.proof(of: [200, 1], at: proof.header.height)
      #expect(absent.value == nil)
      try absent.verify(trusting: trusted)
      await #expect {
        try await client.proof(of: key, at: Height(99))
      } throws: {
        ($0 as? ClientFailure)?.code == .heightNotKept
      }
    }
  }

  private func read(_ url: String) async throws -> (status: Int, json: JSON) {
    let response = try await HTTPClient().send(.init(url: url))
    return (response.status, try JSON(parsing: response.body))
  }

  @Test func `people read a whole message, in its transaction and in its block`() async throws {
    let ledger = try MemoryLedger(.test)
    let message = Message.transfer(
      Transfer(to: friend.account, amount: Amount(baseUnits: 7), memo: "for the tea"))
    let outcome = try await ledger.send(message, by: payer)
    try await serving(NodeRoutes(ledger: ledger, inference: nil).handler) { base in
      let found = try await read("\(base)/v1/transactions/\(outcome.id)").json
      let block = try await read("\(base)/v1/blocks/1").json
      let transaction = try #require(found["transaction"])
      #expect(found["name"]?.string == "success" && block["transactions"]?[0] == transaction)
      #expect(try Message(json: try #require(transaction["message"])) == message)
      #expect(transaction["message"]?["transfer"]?["memo"]?.string == "for the tea")
      #expect(transaction["ordering"]?["sequence"] != nil && transaction["sequence"] == nil)
      #expect(block["report"]?["votes"]?.array?.isEmpty == true)
      let absent = try await read("\(base)/v1/blocks/9")
      #expect(absent.status == 404 && absent.json["detail"]?.string?.contains("last is 1") == true)
    }
  }

  @Test(arguments: [
    ("/v1/status?x=1", "x"), ("/v1/state?limit=1&limit=2", "limit"),
    ("/v1/records/purses?before=1", "before"), ("/v1/models?limit=1", "limit"),
    ("/v1/statements/0002?after=00", "after"),
  ])
  func `a query that is not understood whole is refused`(path: String, name: String) async throws {
    try await serving(try NodeRoutes.test(nil).handler) { base in
      let response = try await HTTPClient().send(.init(url: base + path))
      #expect(response.status == 400 && response.text.contains("invalid_parameter"))
      #expect(response.text.contains(name))
    }
  }

  @Test func `the last page of a table is known as such, however full it is`() async throws {
    try await serving(NodeRoutes(ledger: try MemoryLedger(.test), inference: nil).handler) { base in
      for route in ["/v1/records/accounts", "/v1/state", "/v1/balances"] {
        let all = try await read("\(base)\(route)?limit=1000").json
        let key = ["records", "entries", "balances"].first { all[$0] != nil } ?? ""
        let count = try #require(all[key]?.array?.count)
        let full = try await read("\(base)\(route)?limit=\(count)").json
        #expect(full[key]?.array?.count == count && full["next"]?.isNull == true, "\(route)")
        let less = try await read("\(base)\(route)?limit=\(count - 1)").json
        #expect(less["next"]?.string != nil, "\(route)")
      }
    }
  }

  @Test func `a node that can't be reached is unreachable`() async throws {
    // Port 1 is privileged and nobody listens there.
    let client = HTTPLedgerClient(base: "http://127.0.0.1:1")
    let failure = await #expect(throws: ClientFailure.self) { try await client.status() }
    #expect(failure?.code == .unreachable)
  }

  @Test(arguments: [
    #"{"entries":[{"key":"03","value":"00"}],"next":"03"}"#,  // the same page for ever
    #"{"entries":[{"key":"0301","value":"00"},{"key":"0300","value":"00"}],"next":null}"#,
    #"{"entries":[{"key":"04","value":"00"}],"next":null}"#,
    #"{"entries":[{"key":"0x","value":"00"}],"next":null}"#,
    #"{"items":[]}"#, "",
  ])
  func `a node that makes no sense is found out`(page: String) async throws {
    try await serving { _ in
      .text(page)
    } test: { base in
      let client = HTTPLedgerClient(base: base)
      let failure = await #expect(throws: ClientFailure.self) {
        try await client.entries(withPrefix: [3], after: nil, limit: 10)
      }
      #expect(failure?.code == .invalidAnswer)
      let other = await #expect(throws: ClientFailure.self) { try await client.status() }
      #expect(other?.code == .invalidAnswer)
    }
  }
}
