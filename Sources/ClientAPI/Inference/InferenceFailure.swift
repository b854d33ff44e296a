/// Why an answer was not given.
public struct InferenceFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What a client can act on; the raw values are stable and appear in every API.
  public enum Code: String, CaseIterable, Sendable {
    case invalidJSON = "invalid_json"
    case invalidRequest = "invalid_request"
    case unsupportedParameter = "unsupported_parameter"
    case modelNotFound = "model_not_found"
    /// The prompt and the answer's limit exceed the model's context.
    case contextTooLong = "context_too_long"
    /// No order came with the request.
    case paymentRequired = "payment_required"
    /// The order is not for this request, price, chain or server, or has expired.
    case orderInvalid = "order_invalid"
    /// The channel's key did not sign the order.
    case orderSignatureInvalid = "order_signature_invalid"
    /// The order's number was used before.
    case orderUsed = "order_used"
    /// The order's maximum does not cover the longest answer asked for.
    case maximumFeeTooLow = "maximum_fee_too_low"
    /// The channel is closed or unknown.
    case channelNotOpen = "channel_not_open"
    /// The channel's money does not cover the order's maximum.
    case channelEmpty = "channel_empty"
    /// What came to open the order's channel opens another, or may not open it.
    case openingInvalid = "opening_invalid"
    /// The payer's account does not cover what opening the channel takes.
    case openingUnfunded = "opening_unfunded"
    /// The ledger refused to open the channel.
    case openingRejected = "opening_rejected"
    /// The answer's receipt was proved wrong, or the ledger never settles it: nothing is paid.
    case receiptVoided = "receipt_voided"
    /// As many requests are waiting as the server takes.
    case overloaded
    /// The node keeps a ledger and answers no prompts.
    case notServed = "inference_not_served"
    /// An operator names an adapter that the ledger has not, or that is not served.
    case adapterUnknown = "adapter_unknown"
    /// The adapter to be loaded is served already.
    case adapterLoaded = "adapter_loaded"
    /// The adapter's files, or its run's, are not here.
    case adapterMissing = "adapter_missing"
    /// The adapter's files are not what the ledger commits to, or not what the engine runs.
    case adapterRefused = "adapter_refused"
    /// The ledger, the disk or the engine failed.
    case unavailable
    /// The server's answer makes no sense, or it can't be reached.
    case unreachable
  }

  public let code: Code
  /// A sentence that says what to do.
  public let message: String
  /// The request's parameter at fault, if one is.
  public let parameter: String?

  public init(_ code: Code, _ message: String, parameter: String? = nil) {
    self.code = code
    self.message = message
    self.parameter = parameter
  }

  /// Of a name that no served adapter has.
  package static func missing(model: String) -> InferenceFailure {
    InferenceFailure(
      .modelNotFound,
      "no model \(model) is served here; GET /v1/models lists those that are, and 2*A+B asks for two of "
        + "them together", parameter: "model")
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
