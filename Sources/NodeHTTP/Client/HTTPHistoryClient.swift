internal import CanonicalCoding
public import ClientAPI
public import Ledger
public import Networking
public import Primitives

/// The history of a ledger behind HTTP.
public struct HTTPHistoryClient: HistoryClient {
  private let node: NodeConnection

  /// - Parameter base: such as `http://127.0.0.1:8800`.
  public init(base: String, client: HTTPClient = HTTPClient()) {
    node = NodeConnection(base: base, client: client)
  }

  public func statement(
    of holder: Holder, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<StatementLine> {
    try await page("/v1/statements/\(holder.canonicalBytes.hex)", before: place, limit: limit)
  }

  public func transactions(
    of account: Identifier<Account>, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<TransactionSummary> {
    try await page("/v1/accounts/\(account)/transactions", before: place, limit: limit)
  }

  public func events(
    of subject: Digest, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<PlacedEvent> {
    try await page("/v1/subjects/\(subject)/events", before: place, limit: limit)
  }

  private func page<Element>(
    _ path: String, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<Element> {
    let limit = min(max(limit, 1), HistoryBounds.pageMaximum)
    let before = place.map { "&before=\($0)" } ?? ""
    return try await node.decoded("\(path)?limit=\(limit)\(before)")
  }
}
