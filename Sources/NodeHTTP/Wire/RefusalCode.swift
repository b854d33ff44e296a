/// What the edge itself says no to; the services below it have codes of their own.
///
/// The raw values are stable and share one space with `InferenceFailure.Code` and
/// `ClientFailure.Code`.
public enum RefusalCode: String, CaseIterable, Sendable {
  case routeNotFound = "route_not_found"
  case methodNotAllowed = "method_not_allowed"
  /// This node keeps a ledger and answers no prompts.
  case inferenceNotServed = "inference_not_served"
  /// A part of the path, the query or a header is not what the route reads there.
  case invalidParameter = "invalid_parameter"
  case bodyTooLarge = "body_too_large"
  case transactionNotFound = "transaction_not_found"
  case blockNotFound = "block_not_found"
  case stateNotFound = "state_not_found"
  /// This node keeps no index of its chain's history.
  case historyNotKept = "history_not_kept"
  /// The order was never answered here, or its receipt is not settled yet.
  case receiptNotReady = "receipt_not_ready"
  case blobNotFound = "blob_not_found"
  /// Nobody left a card of the run here.
  case cardNotFound = "card_not_found"
  /// A web page asked the payer's proxy for an answer.
  case originNotAllowed = "origin_not_allowed"
  /// Only an operator may, and this node has none.
  case operatorOnly = "operator_only"
  /// The operator's key is missing or another.
  case operatorKeyWrong = "operator_key_wrong"
  /// The answer could cost more than the payer's proxy may spend on one.
  case feeAboveLimit = "fee_above_limit"
  /// OpenAI's routes for training, which a node does not have.
  case trainingNotServed = "training_not_served"
  /// The API key is none of those that the node knows.
  case keyUnknown = "key_unknown"
  /// What the API key may spend in a day is spent.
  case keyLimitReached = "key_limit_reached"
  /// The node is not up yet, or about to stop: send requests elsewhere.
  case notReady = "not_ready"

  public var status: Int {
    switch self {
    case .invalidParameter: 400
    case .keyUnknown, .operatorKeyWrong: 401
    case .feeAboveLimit, .keyLimitReached: 402
    case .originNotAllowed, .operatorOnly: 403
    case .routeNotFound, .inferenceNotServed, .transactionNotFound, .blockNotFound,
      .stateNotFound, .historyNotKept, .receiptNotReady, .blobNotFound,
      .cardNotFound, .trainingNotServed:
      404
    case .methodNotAllowed: 405
    case .bodyTooLarge: 413
    case .notReady: 503
    }
  }
}
