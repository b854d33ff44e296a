public import ClientAPI

// One status for each code; `docs/spec/http.md` lists them.

extension InferenceFailure.Code {
  public var status: Int {
    switch self {
    case .invalidJSON, .invalidRequest, .unsupportedParameter, .contextTooLong, .orderInvalid,
      .orderSignatureInvalid, .orderUsed, .openingInvalid, .adapterLoaded, .adapterRefused:
      400
    case .paymentRequired, .maximumFeeTooLow, .channelNotOpen, .channelEmpty, .openingUnfunded,
      .openingRejected:
      402
    case .modelNotFound, .notServed, .adapterUnknown, .adapterMissing: 404
    case .receiptVoided: 410
    case .overloaded: 429
    case .unreachable: 502
    case .unavailable: 503
    }
  }
}

extension ClientFailure.Code {
  public var status: Int {
    switch self {
    case .heightNotKept, .historyNotKept: 404
    case .rejected: 422
    case .busy: 429
    case .storageFailed: 500
    case .unreachable, .outcomeUnknown, .invalidAnswer: 502
    case .stopped: 503
    }
  }
}
