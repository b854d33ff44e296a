internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import JSONCoding
internal import Ledger
internal import Networking
internal import Primitives

/// The ledger's routes: canonical bytes for programs, JSON for people.
struct LedgerRoutes: Sendable {
  let ledger: any LedgerClient

  var table: [Route] {
    [
      Route(method: "GET", pattern: "/v1/status", style: .problem, answer: status),
      Route(method: "POST", pattern: "/v1/transactions", style: .problem, answer: submit),
      Route(method: "GET", pattern: "/v1/transactions/{id}", style: .problem, answer: outcome),
      Route(method: "GET", pattern: "/v1/blocks/{height}", style: .problem, answer: block),
      Route(
        method: "GET", pattern: "/v1/state", query: ["prefix", "after", "limit"], style: .problem,
        answer: entries),
      Route(method: "GET", pattern: "/v1/state/{key}", style: .problem, answer: value),
      Route(
        method: "GET", pattern: "/v1/proofs/{key}", query: ["height"], style: .problem,
        answer: proof),
      Route(
        method: "GET", pattern: "/v1/records/{table}", query: ["prefix", "after", "limit"],
        style: .problem, answer: records),
      Route(method: "GET", pattern: "/v1/records/{table}/{name}", style: .problem, answer: record),
      Route(method: "GET", pattern: "/v1/accounts/{id}", style: .problem, answer: account),
      Route(
        method: "GET", pattern: "/v1/balances", query: ["after", "limit"], style: .problem,
        answer: balances),
    ]
  }

  private func status(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let status = try await asking { client throws(ClientFailure) in try await client.status() }
    return call.request.wantsBytes ? .canonical(status.canonicalBytes) : .json(status.json)
  }

  /// Answers once the transaction's block is durable.
  private func submit(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let bytes = call.request.body
    guard bytes.count <= Transaction.byteMaximum else {
      var refusal = Refusal(ClientFailure(.transaction(.tooLarge)))
      refusal.message += ": it has \(bytes.count) bytes, and may have \(Transaction.byteMaximum)"
      throw refusal
    }
    let transaction: Transaction
    do throws(CanonicalDecodingError) {
      transaction = try Transaction(canonicalBytes: bytes)
    } catch {
      var refusal = Refusal(ClientFailure(.transaction(.malformed)))
      refusal.message += ": \(error)"
      throw refusal
    }
    let outcome = try await asking { client throws(ClientFailure) in
      try await client.submit(transaction)
    }
    return call.answer(outcome)
  }

  private func outcome(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let id = Identifier<Transaction>(try call.digest("id"))
    let outcome = try await asking { client throws(ClientFailure) in
      try await client.outcome(of: id)
    }
    guard let outcome else {
      throw Refusal(.transactionNotFound, "no block that this node has holds this transaction")
    }
    if call.request.wantsBytes { return .canonical(outcome.canonicalBytes) }
    let block = try await asking { client throws(ClientFailure) in
      try await client.block(at: outcome.height)
    }
    return .json(outcome.json(of: outcome.transaction(in: block)))
  }

  private func block(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let height = Height(try call.number("height"))
    let block = try await asking { client throws(ClientFailure) in
      try await client.block(at: height)
    }
    guard let block else { throw try await noBlock(at: height) }
    return call.request.wantsBytes ? .canonical(block.canonicalBytes) : .json(block.json)
  }

  /// A block may be gone, or before the state that a chain was imported with.
  private func noBlock(at height: Height) async throws(Refusal) -> Refusal {
    let last = try await asking { client throws(ClientFailure) in try await client.status() }
      .header.height
    return Refusal(
      .blockNotFound,
      height > last
        ? "there is no block \(height.number) yet; the last is \(last.number)"
        : height == .genesis
          ? "genesis has no block; the first is 1"
          : "this node does not keep block \(height.number): its chain began with an imported state; "
            + "ask one that has the whole chain")
  }

  private func value(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let key = try call.bytes("key")
    let value = try await asking { client throws(ClientFailure) in try await client.value(at: key) }
    guard let value else {
      throw Refusal(.stateNotFound, "the latest state has no entry at this key")
    }
    return call.request.wantsBytes
      ? .canonical(value) : .json(["key": .string(key.hex), "value": .string(value.hex)])
  }

  private func entries(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let page = try await page(call, prefix: try call.queryBytes("prefix") ?? [])
    return .json(page.json)
  }

  private func balances(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    // The ledger's own purses, then the accounts, as if they were one list.
    let purses = [StateTable.purses.rawValue]
    let accounts = [StateTable.accounts.rawValue]
    let after = try call.queryBytes("after")
    let limit = try call.pageLimit()
    let page = try await asking { client throws(ClientFailure) in
      let isBehindPurses = after.map { !$0.starts(with: purses) } ?? false
      var found =
        isBehindPurses
        ? [] : try await client.entriesAndOne(withPrefix: purses, after: after, limit: limit)
      if found.count <= limit {
        found += try await client.entriesAndOne(
          withPrefix: accounts, after: isBehindPurses ? after : nil, limit: limit - found.count)
      }
      return StatePage(found, limit: limit)
    }
    guard let json = page.balances else {
      throw Refusal(ClientFailure(code: .invalidAnswer, message: "a balance of state is damaged"))
    }
    return .json(json)
  }

  /// A page of one table's records.
  private func records(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let prefix = [try call.table().rawValue] + (try call.queryBytes("prefix") ?? [])
    let page = try await page(call, prefix: prefix)
    guard let json = page.records else {
      throw Refusal(ClientFailure(code: .invalidAnswer, message: "a record of state is damaged"))
    }
    return .json(json)
  }

  private func record(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let table = try call.table()
    let key = [table.rawValue] + (try call.bytes("name"))
    let value = try await asking { client throws(ClientFailure) in try await client.value(at: key) }
    guard let value else {
      throw Refusal(.stateNotFound, "the latest state has no such record in \(table.name)")
    }
    if call.request.wantsBytes { return .canonical(value) }
    guard let json = StateEntry(key: key, value: value).recordJSON else {
      throw Refusal(ClientFailure(code: .invalidAnswer, message: "a record of state is damaged"))
    }
    return .json(json)
  }

  private func proof(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let key = try call.bytes("key")
    let height = try call.queryNumber("height").map { Height($0) }
    let proof = try await asking { client throws(ClientFailure) in
      try await client.proof(of: key, at: height)
    }
    return call.request.wantsBytes ? .canonical(proof.canonicalBytes) : .json(proof.json)
  }

  private func account(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let id = Identifier<Account>(try call.digest("id"))
    let (record, income) = try await asking { client throws(ClientFailure) in
      (
        try await client.record(.account(id)) ?? AccountRecord(),
        try await client.record(.income(id)) ?? .none
      )
    }
    return .json([
      "id": .string(id.description), "balance": .string(record.balance.description),
      "sequence": .integer(record.sequence),
      "public_key": record.publicKey.map { .string($0.description) } ?? .null,
      "income": [
        "earned": .string(income.earned.description), "own": .string(income.own.description),
        "subsidy": .string(income.subsidy.description),
      ],
    ])
  }

  private func page(_ call: RouteCall, prefix: [UInt8]) async throws(Refusal) -> StatePage {
    let after = try call.queryBytes("after")
    let limit = try call.pageLimit()
    let entries = try await asking { client throws(ClientFailure) in
      try await client.entriesAndOne(withPrefix: prefix, after: after, limit: limit)
    }
    return StatePage(entries, limit: limit)
  }

  private func asking<Value: Sendable>(
    _ question: (any LedgerClient) async throws(ClientFailure) -> Value
  ) async throws(Refusal) -> Value {
    do {
      return try await question(ledger)
    } catch {
      throw Refusal(error)
    }
  }
}

extension LedgerClient {
  /// As many entries as `limit` says, and one more if there are more.
  fileprivate func entriesAndOne(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) async throws(ClientFailure) -> [StateEntry] {
    let found =
      limit > 0 ? try await entries(withPrefix: prefix, after: key, limit: limit) : []
    guard found.count == limit else { return found }
    return try await found + entries(withPrefix: prefix, after: found.last?.key ?? key, limit: 1)
  }
}

extension RouteCall {
  fileprivate func pageLimit() throws(Refusal) -> Int {
    try queryCount("limit", in: 1...StatePage.entryMaximum, absent: 100)
  }

  fileprivate func table() throws(Refusal) -> StateTable {
    guard let table = StateTable(name: text("table")) else {
      throw Refusal(
        .invalidParameter,
        "there is no table \"\(text("table"))\"; there are "
          + StateTable.allCases.map(\.name).joined(separator: ", "), parameter: "table")
    }
    return table
  }

  fileprivate func answer(_ outcome: TransactionOutcome) -> HTTPResponse {
    request.wantsBytes ? .canonical(outcome.canonicalBytes) : .json(outcome.json)
  }
}
