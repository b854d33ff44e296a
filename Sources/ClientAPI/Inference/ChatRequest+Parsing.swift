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
      json = try JSON(parsing: body, limits: JSONLimits(sizeInBytes: 1 << 20, depth: 16))
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
    let isStreaming = json["stream"]?.bool ?? false
    self.init(
      model: model, messages: try Self.messages(in: json),
      maximumTokens: try Self.tokenLimit(in: json),
      sampling: try ChatSampling(in: json), stops: try Self.stops(in: json),
      isStreaming: isStreaming,
      includesUsage: isStreaming && json["stream_options"]?["include_usage"]?.bool ?? false,
      passageLimit: try Self.passageLimit(in: json))
  }

  /// The one tool is `file_search`, in OpenAI's shape, over the records of the adapter's own run.
  private static func passageLimit(in json: JSON) throws(InferenceFailure) -> UInt32? {
    guard let value = json["tools"], !changesNothing(value) else { return nil }
    guard let tools = value.array, tools.count == 1, let tool = tools[0].object,
      tools[0]["type"]?.string == "file_search",
      tool.members.allSatisfy({ ["type", "max_num_results"].contains($0.name) })
    else {
      throw InferenceFailure(
        .unsupportedParameter,
        #"tools may be [{"type": "file_search", "max_num_results": N}]; leave out anything else"#,
        parameter: "tools")
    }
    guard let count = tools[0]["max_num_results"], !count.isNull else {
      return PassageContext.passageStandard
    }
    let range = 1...UInt32(PassageContext.passageMaximum)
    guard let limit = count.integer(as: UInt32.self), range.contains(limit) else {
      throw InferenceFailure(
        .invalidRequest, "max_num_results must be 1 to \(PassageContext.passageMaximum)",
        parameter: "tools[0].max_num_results")
    }
    return limit
  }

  private static func refuseUnsupported(in json: JSON) throws(InferenceFailure) {
    let unsupported = [
      "tool_choice", "functions", "function_call", "response_format", "logprobs",
      "top_logprobs", "modalities", "audio",
    ]
    for name in unsupported {
      guard let value = json[name], !changesNothing(value) else { continue }
      throw InferenceFailure(
        .unsupportedParameter, "\(name) is not supported; leave it out", parameter: name)
    }
    if let count = json["n"], !count.isNull, count.integer(as: Int.self) != 1 {
      throw InferenceFailure(
        .unsupportedParameter, "n must be 1: one order pays one answer", parameter: "n")
    }
  }

  /// The forms in which clients send a parameter they do not use.
  private static func changesNothing(_ value: JSON) -> Bool {
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
      // What newer clients call developer is the system's message.
      let name = entry["role"]?.string
      guard let role = name == "developer" ? .system : name.flatMap(Role.init(rawValue:)),
        let content = text(of: entry["content"]), !content.isEmpty
      else {
        throw InferenceFailure(
          .invalidRequest,
          "messages[\(index)] needs a role (system, user or assistant) and text that is not empty",
          parameter: "messages[\(index)]")
      }
      messages.append(Message(role: role, content: content))
    }
    return messages
  }

  /// Content is text, or a list of text parts.
  private static func text(of content: JSON?) -> String? {
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
      guard let limit = value.integer(as: UInt32.self), (1...tokenMaximum).contains(limit) else {
        throw InferenceFailure(
          .invalidRequest, "\(name) must be 1 to \(tokenMaximum)", parameter: name)
      }
      return limit
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
