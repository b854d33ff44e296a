public import Ledger
public import Primitives

/// What has happened on a chain, as its clients ask for it: the newest first, page by page.
///
/// Answers may be a moment behind the latest block, and say how far they reach. Every call returns at
/// most `limit` things, and never more than ``HistoryBounds/pageMaximum``; to go on, ask for what
/// came before the page's `next`.
public protocol HistoryClient: Sendable {
  /// Every movement of a holder's money.
  func statement(
    of holder: Holder, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<StatementLine>

  /// The transactions that an account signed; `entry` of a place means nothing here.
  func transactions(
    of account: Identifier<Account>, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<TransactionSummary>

  /// What happened to one subject, such as a datanet or a channel, by its identifier's digest.
  func events(
    of subject: Digest, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<PlacedEvent>
}
