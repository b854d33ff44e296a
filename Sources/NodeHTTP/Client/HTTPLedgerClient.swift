internal import CanonicalCoding
public import ClientAPI
internal import JSONCoding
public import Ledger
public import Networking
public import Primitives

/// A ledger behind HTTP.
///
/// Values come as canonical bytes and failures typed, as from the ledger itself; what makes no
/// sense is `invalid_answer`.
public struct HTTPLedgerClient: LedgerClient {
  private let node: NodeConnection

  /// - Parameter base: such as `http://127.0.0.1:8800`.
  public init(base: String, client: HTTPClient = HTTPClient()) {
    node = NodeConnection(base: base, client: client)
  }

  public func status() async throws(ClientFailure) -> LedgerStatus {
    try decoded(try await bytes("/v1/status"))
  }

  public func submit(_ transaction: Transaction) async throws(ClientFailure) -> TransactionOutcome {
    let request = node.request(
      "POST", "/v1/transactions", accepting: MediaType.bytes,
      headers: ["Content-Type": MediaType.bytes], body: transaction.canonicalBytes)
    let outcome: TransactionOutcome = try decoded(try await bytes(request))
    guard outcome.id == transaction.id else {
      throw Self.nonsense("the outcome is of another transaction")
    }
    return outcome
  }

  public func outcome(
    of id: Identifier<Transaction>
  ) async throws(ClientFailure) -> TransactionOutcome? {
    try decoded(try await bytes("/v1/transactions/\(id)", missing: .transactionNotFound))
  }

  public func block(at height: Height) async throws(ClientFailure) -> Block? {
    try decoded(try await bytes("/v1/blocks/\(height.number)", missing: .blockNotFound))
  }

  public func value(at key: [UInt8]) async throws(ClientFailure) -> [UInt8]? {
    guard !key.isEmpty else { return nil }  // every key begins with its table
    return try await bytes("/v1/state/\(key.hex)", missing: .stateNotFound)
  }

  /// Reads page by page, each from the state that is latest then.
  public func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) async throws(ClientFailure) -> [StateEntry] {
    var entries: [StateEntry] = []
    var after = key
    while entries.count < limit {
      let count = min(limit - entries.count, StatePage.entryMaximum)
      let page = try await page(prefix: prefix, after: after, limit: count)
      try check(page.entries, prefix: prefix, after: after, limit: count)
      entries += page.entries
      guard page.next != nil, let last = page.entries.last else { break }
      after = last.key
    }
    return entries
  }

  private func page(
    prefix: [UInt8], after: [UInt8]?, limit: Int
  ) async throws(ClientFailure) -> StatePage {
    var path = "/v1/state?prefix=\(prefix.hex)&limit=\(limit)"
    if let after { path += "&after=\(after.hex)" }
    let request = node.request("GET", path, accepting: MediaType.json)
    let body = try await bytes(request)
    guard let json = try? JSON(parsing: body), let page = StatePage(json: json) else {
      throw Self.nonsense("the page of state can't be read")
    }
    return page
  }

  /// A server that repeated itself would be read for ever.
  private func check(
    _ entries: [StateEntry], prefix: [UInt8], after: [UInt8]?, limit: Int
  ) throws(ClientFailure) {
    var previous = after
    for entry in entries {
      let isLater = previous?.lexicographicallyPrecedes(entry.key) ?? true
      guard isLater, entry.key.starts(with: prefix) else {
        throw Self.nonsense("the entries of state are not those asked for, in order")
      }
      previous = entry.key
    }
    guard entries.count <= limit else { throw Self.nonsense("more entries than asked for") }
  }

  // MARK: The wire

  private func bytes(_ path: String) async throws(ClientFailure) -> [UInt8] {
    try await bytes(node.request("GET", path, accepting: MediaType.bytes))
  }

  /// nil if the node says that there is no such thing.
  private func bytes(
    _ path: String, missing: RefusalCode
  ) async throws(ClientFailure) -> [UInt8]? {
    let response = try await send(node.request("GET", path, accepting: MediaType.bytes))
    if response.isSuccess { return response.body }
    if ReceivedRefusal(body: response.body)?.code == missing.rawValue { return nil }
    throw Self.failure(response)
  }

  private func bytes(_ request: HTTPClient.Request) async throws(ClientFailure) -> [UInt8] {
    let response = try await send(request)
    guard response.isSuccess else { throw Self.failure(response) }
    return response.body
  }

  private func send(
    _ request: HTTPClient.Request
  ) async throws(ClientFailure) -> HTTPClient.Response {
    do {
      return try await node.client.send(request)
    } catch {
      throw ClientFailure(
        code: .unreachable, message: "\(error.message); start the node, or give its address")
    }
  }

  private func decoded<Value: CanonicalCodable>(
    _ bytes: [UInt8]
  ) throws(ClientFailure) -> Value {
    do {
      return try Value(canonicalBytes: bytes)
    } catch {
      throw Self.nonsense("the answer is not canonical: \(error)")
    }
  }

  private func decoded<Value: CanonicalCodable>(
    _ bytes: [UInt8]?
  ) throws(ClientFailure) -> Value? {
    guard let bytes else { return nil }
    return try decoded(bytes) as Value
  }

  private static func failure(_ response: HTTPClient.Response) -> ClientFailure {
    guard let refusal = ReceivedRefusal(body: response.body) else {
      // The server in front of the routes refuses what is too much for it in plain text.
      let code: ClientFailure.Code = response.status == 503 ? .busy : .invalidAnswer
      return ClientFailure(code: code, message: "the node answered with status \(response.status)")
    }
    guard let code = ClientFailure.Code(rawValue: refusal.code) else {
      return nonsense("the node refused with \(refusal.code): \(refusal.message)")
    }
    return ClientFailure(code: code, message: refusal.message, rejection: refusal.rejection)
  }

  private static func nonsense(_ message: String) -> ClientFailure {
    ClientFailure(code: .invalidAnswer, message: message)
  }
}
