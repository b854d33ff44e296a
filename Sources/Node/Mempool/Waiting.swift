internal import ClientAPI
internal import Ledger
internal import Primitives

/// A transaction waiting for its block, and whoever waits for its outcome.
struct Waiting: Sendable {
  typealias Answer = Result<TransactionOutcome, ClientFailure>

  /// Who may wait for one transaction at once.
  static let listenerMaximum = 16

  let checked: CheckedTransaction
  var listeners: [@Sendable (Answer) -> Void]

  func resolve(_ answer: Answer) { for listener in listeners { listener(answer) } }
}
