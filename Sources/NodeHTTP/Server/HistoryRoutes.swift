internal import CanonicalCoding
internal import ClientAPI
internal import JSONCoding
internal import Ledger
internal import Networking
internal import Primitives

/// The routes of a chain's history.
struct HistoryRoutes: Sendable {
  /// nil: every route says so.
  let history: (any HistoryClient)?

  private static let paging = ["before", "limit"]

  var table: [Route] {
    [
      Route(
        method: "GET", pattern: "/v1/statements/{holder}", query: Self.paging, style: .problem,
        answer: statement),
      Route(
        method: "GET", pattern: "/v1/accounts/{id}/transactions", query: Self.paging,
        style: .problem,
        answer: transactions),
      Route(
        method: "GET", pattern: "/v1/subjects/{digest}/events", query: Self.paging, style: .problem,
        answer: events),
    ]
  }

  private func statement(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let holder = try call.holder("holder")
    return try await page(call) { history, place, limit throws(ClientFailure) in
      try await history.statement(of: holder, before: place, limit: limit)
    }
  }

  private func transactions(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let account = Identifier<Account>(try call.digest("id"))
    return try await page(call) { history, place, limit throws(ClientFailure) in
      try await history.transactions(of: account, before: place, limit: limit)
    }
  }

  private func events(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let subject = try call.digest("digest")
    return try await page(call) { history, place, limit throws(ClientFailure) in
      try await history.events(of: subject, before: place, limit: limit)
    }
  }

  private func page<Element: HistoryElement>(
    _ call: RouteCall,
    _ ask: (any HistoryClient, HistoryPlace?, Int) async throws(ClientFailure) -> HistoryPage<
      Element
    >
  ) async throws(Refusal) -> HTTPResponse {
    guard let history else {
      throw Refusal(
        .historyNotKept,
        "this node keeps no history, as one can't whose chain began with an imported state; ask one "
          + "that has every block")
    }
    let place = try call.queryPlace("before")
    let limit = try call.queryCount("limit", in: 1...HistoryBounds.pageMaximum, absent: 100)
    let page: HistoryPage<Element>
    do {
      page = try await ask(history, place, limit)
    } catch {
      throw Refusal(error)
    }
    if call.request.wantsBytes { return .canonical(page.canonicalBytes) }
    return .json([
      "indexed_height": .integer(page.indexedHeight.number),
      Element.listName: .array(page.elements.map(\.json)),
      "next": page.next.map { .string("\($0)") } ?? .null,
    ])
  }
}

/// What a page of history lists.
private protocol HistoryElement: Hashable, CanonicalCodable {
  static var listName: String { get }
  var json: JSON { get }
}

extension StatementLine: HistoryElement {
  static var listName: String { "lines" }

  var json: JSON {
    [
      "place": .string("\(place)"), "time": .integer(time.milliseconds),
      "cause": .string(cause?.codedText ?? "genesis"),
      "direction": .string(isIncoming ? "in" : "out"), "amount": .string(amount.description),
      "balance": .string(balance.description), "other": other?.json ?? .null,
      "transaction": transaction?.json ?? .null,
    ]
  }
}

extension TransactionSummary: HistoryElement {
  static var listName: String { "transactions" }

  var json: JSON {
    [
      "id": .string(id.description), "height": .integer(height.number), "index": .integer(index),
      "signer": .string(signer.description), "message": .string(kind.codedText),
      "fee": .string(fee.description), "code": .integer(code),
      "name": .string(Rejection(code: code)?.name ?? "success"),
    ]
  }
}

extension PlacedEvent: HistoryElement {
  static var listName: String { "events" }

  var json: JSON {
    [
      "place": .string("\(place)"), "kind": .string(event.kind.codedText),
      "amount": .string(event.amount.description),
    ]
  }
}

extension RouteCall {
  /// An account's identifier, or the canonical encoding of any holder.
  fileprivate func holder(_ name: String) throws(Refusal) -> Holder {
    if let account = Digest(hex: text(name)) { return .account(Identifier(account)) }
    guard let holder = try? Holder(canonicalBytes: try bytes(name)) else {
      throw Refusal(
        .invalidParameter, "\(name) must be an account's identifier or a holder's encoding",
        parameter: name)
    }
    return holder
  }

  fileprivate func queryPlace(_ name: String) throws(Refusal) -> HistoryPlace? {
    guard let text = request.queryValue(name) else { return nil }
    guard let place = HistoryPlace(text: text) else {
      throw Refusal(
        .invalidParameter, "\(name) must be a place in history, as in 12.0.3", parameter: name)
    }
    return place
  }
}
