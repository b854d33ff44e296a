internal import ClientAPI
internal import JSONCoding
internal import Ledger
internal import Networking

/// A refusal on its way out: a stable code, its status, and a sentence that says what to do.
struct Refusal: Error {
  /// How a refusal is written down.
  enum Style: Sendable {
    /// `{"error": {"message", "type", "param", "code"}}`, as OpenAI's clients read it.
    case openAI
    /// RFC 9457, with the member `code` and, if a rule said no, `rejection`.
    case problem
    /// `{"type": "error", "error": {"type", "message", "code"}}`, as Anthropic's clients read it.
    case anthropic
  }

  var code: String
  var status: Int
  var message: String
  var parameter: String?
  var rejection: Rejection?
  /// Sent with status 405.
  var allowedMethods: [String] = []
  /// Sent with statuses 429 and 503, which pass by themselves: a full queue drains, a node comes back.
  var retrySeconds = 1

  init(_ code: RefusalCode, _ message: String, parameter: String? = nil) {
    self.code = code.rawValue
    status = code.status
    self.message = message
    self.parameter = parameter
  }

  init(_ failure: InferenceFailure) {
    code = failure.code.rawValue
    status = failure.code.status
    message = failure.message
    parameter = failure.parameter
  }

  init(_ failure: ClientFailure) {
    code = failure.code.rawValue
    status = failure.code.status
    message = failure.message
    rejection = failure.rejection
  }
}

extension Refusal {
  func response(_ style: Style) -> HTTPResponse {
    var response: HTTPResponse
    switch style {
    case .openAI: response = .json(openAIError, status: status)
    case .anthropic: response = .json(anthropicError, status: status)
    case .problem:
      response = .json(problem, status: status)
      response.headers["Content-Type"] = "application/problem+json"
    }
    if status == 429 || status == 503 { response.headers["Retry-After"] = "\(retrySeconds)" }
    if !allowedMethods.isEmpty {
      response.headers["Allow"] = allowedMethods.joined(separator: ", ")
    }
    return response
  }

  /// The body of a refusal, and the event that ends a stream which fails on its way.
  var openAIError: JSON {
    [
      "error": [
        "message": .string(message), "type": .string(openAIType),
        "param": parameter.map(JSON.string) ?? .null, "code": .string(code),
      ]
    ]
  }

  /// The same in Anthropic's shape, whose types follow from the status.
  var anthropicError: JSON {
    [
      "type": "error",
      "error": [
        "type": .string(anthropicType), "message": .string(message), "code": .string(code),
        "param": parameter.map(JSON.string) ?? .null,
      ],
    ]
  }

  private var anthropicType: String {
    switch status {
    case 401: "authentication_error"
    case 402: "billing_error"
    case 403: "permission_error"
    case 404, 410: "not_found_error"
    case 413: "request_too_large"
    case 429: "rate_limit_error"
    case 503: "overloaded_error"
    case 500...: "api_error"
    default: "invalid_request_error"
    }
  }

  private var openAIType: String {
    switch status {
    case 401: "authentication_error"
    case 402: "payment_error"
    case 429: "rate_limit_error"
    case 500...: "server_error"
    default: "invalid_request_error"
    }
  }

  private var problem: JSON {
    var problem = JSONObject([
      .init(name: "type", value: "about:blank"),
      .init(name: "title", value: .string(HTTPResponse.title(ofStatus: status))),
      .init(name: "status", value: .integer(status)),
      .init(name: "detail", value: .string(message)), .init(name: "code", value: .string(code)),
    ])
    if let parameter { problem["parameter"] = .string(parameter) }
    if let rejection {
      problem["rejection"] = [
        "number": .integer(rejection.code), "name": .string(rejection.name),
      ]
    }
    return .object(problem)
  }
}
