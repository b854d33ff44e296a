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
    try await node.decoded("/v1/status")
  }

  public func submit(_ transaction: Transaction) async throws(ClientFailure) -> TransactionOutcome {
    var request = node.request(
      "POST", "/v1/transactions", accepting: MediaType.bytes,
      headers: ["Content-Type": MediaType.bytes], body: transaction.canonicalBytes)
    // On a connection that was used before, libcurl would send it again without a word.
    request.isOnFreshConnection = true
    let bytes = try await node.bytes(submitting: transaction.id, by: request)
    let outcome: TransactionOutcome = try node.decoded(bytes)
    guard outcome.id == transaction.id else {
      throw ClientFailure.nonsense("the outcome is of another transaction")
    }
    return outcome
  }

  public func outcome(
    of id: Identifier<Transaction>
  ) async throws(ClientFailure) -> TransactionOutcome? {
    try await node.decoded("/v1/transactions/\(id)", missing: .transactionNotFound)
  }

  public func block(at height: Height) async throws(ClientFailure) -> Block? {
    try await node.decoded("/v1/blocks/\(height.number)", missing: .blockNotFound)
  }

  public func value(at key: [UInt8]) async throws(ClientFailure) -> [UInt8]? {
    guard !key.isEmpty else { return nil }  // every key begins with its table
    return try await node.bytes("/v1/state/\(key.hex)", missing: .stateNotFound)
  }

  public func proof(
    of key: [UInt8], at height: Height?
  ) async throws(ClientFailure) -> StateProof {
    let query = height.map { "?height=\($0.number)" } ?? ""
    let proof: StateProof = try await node.decoded("/v1/proofs/\(key.hex)\(query)")
    guard proof.key == key, height.map({ $0 == proof.header.height }) ?? true else {
      throw ClientFailure.nonsense("the proof is of another key or height")
    }
    return proof
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
    let body = try await node.bytes(request)
    guard let json = try? JSON(parsing: body), let page = StatePage(json: json) else {
      throw ClientFailure.nonsense("the page of state can't be read")
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
        throw ClientFailure.nonsense("the entries of state are not those asked for, in order")
      }
      previous = entry.key
    }
    guard entries.count <= limit else {
      throw ClientFailure.nonsense("more entries than asked for")
    }
  }
}
