internal import JSONCoding

extension ChatRequest {
  /// Reads a body.
  ///
  /// Parameters that would change the answer and are not supported are refused; those that would
  /// not (such as `user` or `metadata`) are ignored, for clients send them unasked.
  ///
  /// - Throws: ``InferenceFailure`` with `invalid_json`, `invalid_request` or
  ///   `unsupported_parameter`, naming the parameter.
  public init(parsing body: [UInt8]) throws(InferenceFailure) {
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
    try Self.refuseUnsupported(in: json)
    guard let model = json["model"]?.string, !model.isEmpty else {
      throw InferenceFailure(.invalidRequest, "model must name an adapter", parameter: "model")
    }
    // An answer in one piece has its counts anyway.
    let isStreaming = try json.flag("stream") ?? false
    let prompt = try Self.prompt(in: json)
    self.init(
      model: model, messages: prompt == nil ? try Self.messages(in: json) : [],
      maximumTokens: try Self.tokenLimit(in: json),
      sampling: try ChatSampling(in: json), stops: try Self.stops(in: json),
      isStreaming: isStreaming,
      includesUsage: try json["stream_options"]?.flag("include_usage", in: "stream_options.")
        ?? false && isStreaming,
      passageLimit: nil)
    self.prompt = prompt
    try readTools(in: json)
    format = try AnswerFormat(in: json)
    likelihoods = try Self.likelihoods(in: json)
  }

  /// Text without a template; nil if there are messages.
  private static func prompt(in json: JSON) throws(InferenceFailure) -> String? {
    guard let value = json["prompt"], !value.isNull else { return nil }
    guard let text = value.string, !text.isEmpty, json["messages"] == nil else {
      throw InferenceFailure(
        .invalidRequest, "prompt must be one text that is not empty, without messages beside it",
        parameter: "prompt")
    }
    return text
  }

  private static func refuseUnsupported(in json: JSON) throws(InferenceFailure) {
    for name in ["functions", "function_call", "modalities", "audio"] {
      guard let value = json[name], !changesNothing(value) else { continue }
      // Every client names the one modality there is.
      if name == "modalities", value == ["text"] { continue }
      throw InferenceFailure(
        .unsupportedParameter, "\(name) is not supported; leave it out", parameter: name)
    }
    if let count = json["n"], !count.isNull, count.integer(as: Int.self) != 1 {
      throw InferenceFailure(
        .unsupportedParameter, "n must be 1: one order pays one answer", parameter: "n")
    }
  }

  /// How many tokens are told beside each; nil unless likelihoods are asked for.
  private static func likelihoods(in json: JSON) throws(InferenceFailure) -> UInt32? {
    guard try json.flag("logprobs") == true else {
      if let value = json["top_logprobs"], !changesNothing(value) {
        throw InferenceFailure(
          .invalidRequest, "top_logprobs needs logprobs to be true", parameter: "top_logprobs")
      }
      return nil
    }
    guard let value = json["top_logprobs"], !value.isNull else { return 0 }
    guard let count = value.integer(as: UInt32.self), count <= likelihoodMaximum else {
      throw InferenceFailure(
        .invalidRequest, "top_logprobs must be 0 to \(likelihoodMaximum)",
        parameter: "top_logprobs")
    }
    return count
  }

  /// The forms in which clients send a parameter they do not use.
  static func changesNothing(_ value: JSON) -> Bool {
    value.isNull || value.bool == false || value.array?.isEmpty == true
      || value.object?.members.isEmpty == true || value.integer(as: Int.self) == 0
      || value["type"]?.string == "text"
  }

  private static func messages(in json: JSON) throws(InferenceFailure) -> [Message] {
    guard let list = json["messages"]?.array, (1...messageMaximum).contains(list.count) else {
      throw InferenceFailure(
        .invalidRequest, "messages must be a list of 1 to \(messageMaximum)",
        parameter: "messages")
    }
    var messages: [Message] = []
    for (index, entry) in list.enumerated() {
      messages.append(try Message(entry, at: "messages[\(index)]"))
    }
    return messages
  }

  /// Content is text, or a list of text parts.
  static func text(of content: JSON?) -> String? {
    if let text = content?.string { return text }
    guard let parts = content?.array else { return nil }
    var joined = ""
    for part in parts {
      guard part["type"]?.string == "text", let text = part["text"]?.string else { return nil }
      joined += text
    }
    return joined
  }

  private static func tokenLimit(in json: JSON) throws(InferenceFailure) -> UInt32 {
    for name in ["max_completion_tokens", "max_tokens"] {
      guard let value = json[name], !value.isNull else { continue }
      guard let limit = value.integer(as: UInt32.self), limit > 0 else {
        throw InferenceFailure(
          .invalidRequest, "\(name) must be a whole number from 1", parameter: name)
      }
      // Programs ask for what other models can write; nobody is wronged by a shorter answer.
      return min(limit, tokenMaximum)
    }
    return tokenDefault
  }

  /// A text, or a list of some.
  private static func stops(in json: JSON) throws(InferenceFailure) -> [String] {
    guard let value = json["stop"], !value.isNull else { return [] }
    let list = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
    guard list.count == value.array?.count ?? 1, list.count <= stopMaximum,
      list.allSatisfy({ (1...longestStop).contains($0.utf8.count) })
    else {
      throw InferenceFailure(
        .invalidRequest,
        "stop must be a text or at most \(stopMaximum), of 1 to \(longestStop) bytes each",
        parameter: "stop")
    }
    return list
  }
}

extension JSON {
  /// A member that is true or false; nil if it is null or not there.
  /// - Parameter place: what its object is called, for whoever sent it, with a dot behind it.
  /// - Throws: `invalid_request`.
  func flag(_ name: String, in place: String = "") throws(InferenceFailure) -> Bool? {
    guard let value = self[name], !value.isNull else { return nil }
    guard let flag = value.bool else {
      throw InferenceFailure(
        .invalidRequest, "\(place)\(name) must be true or false", parameter: "\(place)\(name)")
    }
    return flag
  }
}
