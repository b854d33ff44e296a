public import Ledger

/// Why a service did not do what a client asked.
public struct ClientFailure: Error, Equatable, Sendable {
  /// What a client can act on; the raw values are stable and appear in every API.
  public enum Code: String, CaseIterable, Sendable {
    /// The ledger's rules keep the transaction out of every block; see ``ClientFailure/rejection``.
    case rejected
    /// The service has as much waiting as it takes; try again later.
    case busy
    /// The service has stopped, or stopped before it could answer.
    case stopped
    /// The disk said no. Ask for the transaction's outcome before sending it anew.
    case storageFailed = "storage_failed"
    /// The service can't be reached.
    case unreachable
    /// A transaction may have been sent and was not answered. Ask for its outcome before sending
    /// another one in its place.
    case outcomeUnknown = "outcome_unknown"
    /// The service no longer keeps the state at that height, or has not reached it.
    case heightNotKept = "height_not_kept"
    /// The service keeps no index of its chain's history.
    case historyNotKept = "history_not_kept"
    /// The service's answer makes no sense.
    case invalidAnswer = "invalid_answer"
  }

  public let code: Code
  /// A sentence for people.
  public let message: String
  /// Which rule said no, if one did.
  public let rejection: Rejection?

  public init(code: Code, message: String, rejection: Rejection? = nil) {
    self.code = code
    self.message = message
    self.rejection = rejection
  }

  /// The failure of a transaction that may not enter a block.
  public init(_ rejection: Rejection) {
    self.init(
      code: .rejected, message: "the ledger refuses the transaction: \(rejection)",
      rejection: rejection)
  }
}

extension ClientFailure: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(message)" }
}
