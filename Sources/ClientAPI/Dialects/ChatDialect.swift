internal import JSONCoding

/// A form in which clients ask for an answer.
///
/// Each but OpenAI's chat is translated to a chat request, the same way on both ends: the order
/// binds the bytes of that, and whoever checks a receipt finds nothing else.
public enum ChatDialect: String, CaseIterable, Sendable {
  /// OpenAI's chat: taken as it is.
  case chat = "/v1/chat/completions"
  /// OpenAI's completion of a text, without a template.
  case completion = "/v1/completions"
  /// OpenAI's responses.
  case response = "/v1/responses"
  /// Anthropic's messages.
  case message = "/v1/messages"

  /// Where it is asked.
  public var path: String { rawValue }

  /// Reads a body.
  ///
  /// What would change the answer and has no counterpart is refused; what would not is ignored.
  /// - Throws: ``InferenceFailure`` with `invalid_json`, `invalid_request` or
  ///   `unsupported_parameter`, naming the parameter.
  public func request(in body: [UInt8]) throws(InferenceFailure) -> DialectRequest {
    guard self != .chat else {
      return DialectRequest(chat: try ChatRequest(parsing: body), body: body)
    }
    let json = try Self.object(in: body)
    let members: [JSONObject.Member] =
      switch self {
      case .chat: []
      case .completion: try CompletionDialect.chat(json)
      case .response: try ResponseDialect.chat(json)
      case .message: try MessageDialect.chat(json)
      }
    let chat = try chat(of: members)
    return DialectRequest(chat: chat, body: chat.body)
  }

  /// The chat that a body was translated to.
  private func chat(of members: [JSONObject.Member]) throws(InferenceFailure) -> ChatRequest {
    do throws(InferenceFailure) {
      return try ChatRequest(parsing: JSON.object(JSONObject(members)).bytes())
    } catch {
      throw inOwnWords(error)
    }
  }

  /// A failure of the chat, by the names that a client of this dialect knows.
  private func inOwnWords(_ failure: InferenceFailure) -> InferenceFailure {
    guard let parameter = failure.parameter,
      let own = ownNames[String(parameter.prefix { $0 != "[" && $0 != "." })]
    else { return failure }
    return InferenceFailure(
      failure.code, failure.message.replacing(parameter, with: own), parameter: own)
  }

  /// What this dialect calls members of a chat, where it is another name.
  private var ownNames: [String: String] {
    switch self {
    case .chat, .completion: [:]
    case .response:
      [
        "max_tokens": "max_output_tokens", "messages": "input", "response_format": "text.format",
      ]
    case .message: ["stop": "stop_sequences", "response_format": "output_config.format"]
    }
  }

  /// Where Anthropic's clients ask how long a message's prompt is.
  public static let messageCountPath = "/v1/messages/count_tokens"

  /// Reads what is asked there: a message, whose limit may be left out.
  /// - Throws: like ``request(in:)``.
  public static func countedMessage(in body: [UInt8]) throws(InferenceFailure) -> ChatRequest {
    try Self.message.chat(of: try MessageDialect.counted(try object(in: body)))
  }

  private static func object(in body: [UInt8]) throws(InferenceFailure) -> JSON {
    let json: JSON
    do {
      json = try JSON(parsing: body, limits: JSONLimits(sizeInBytes: 1 << 20, depth: 64))
    } catch {
      throw InferenceFailure(
        .invalidJSON, "the body is not JSON: \(error.description); send one JSON object")
    }
    guard json.object != nil else {
      throw InferenceFailure(.invalidJSON, "the body is not a JSON object")
    }
    return json
  }
}

/// A request in whatever form, as the ledger knows it.
public struct DialectRequest: Hashable, Sendable {
  public var chat: ChatRequest
  /// What an order binds: the client's own bytes of a chat, ``ChatRequest/body`` of any other form.
  public var body: [UInt8]

  public init(chat: ChatRequest, body: [UInt8]) {
    self.chat = chat
    self.body = body
  }
}

// MARK: - What translations have in common
extension JSON {
  /// The members of these names that are there and not null.
  func members(_ names: [String]) -> [JSONObject.Member] {
    names.compactMap { name in
      self[name].flatMap { $0.isNull ? nil : JSONObject.Member(name: name, value: $0) }
    }
  }

  /// The forms in which clients send what they do not use.
  var saysNothing: Bool {
    isNull || bool == false || string?.isEmpty == true || array?.isEmpty == true
      || object?.members.isEmpty == true
  }

  /// - Throws: `unsupported_parameter` if one of these says anything.
  func refuse(_ names: [String], _ sentence: String) throws(InferenceFailure) {
    for name in names {
      guard let value = self[name], !value.saysNothing else { continue }
      throw InferenceFailure(.unsupportedParameter, "\(name): \(sentence)", parameter: name)
    }
  }

  /// A message with a role and text.
  static func message(_ role: String, _ content: String) -> JSON {
    ["role": .string(role), "content": .string(content)]
  }
}
