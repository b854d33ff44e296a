internal import JSONCoding

extension ChatRequest {
  /// The body that a client sends.
  public var body: [UInt8] {
    var members: [JSONObject.Member] = [.init(name: "model", value: .string(model))]
    if let prompt {
      members.append(.init(name: "prompt", value: .string(prompt)))
    } else {
      members.append(.init(name: "messages", value: .array(messages.map(\.document))))
    }
    members.append(.init(name: "max_tokens", value: .integer(maximumTokens)))
    members += sampling.members
    if !stops.isEmpty {
      members.append(.init(name: "stop", value: .array(stops.map { .string($0) })))
    }
    members += toolMembers
    if let member = format.member { members.append(member) }
    if let likelihoods {
      members.append(.init(name: "logprobs", value: true))
      members.append(.init(name: "top_logprobs", value: .integer(likelihoods)))
    }
    if isStreaming {
      members.append(.init(name: "stream", value: true))
      members.append(
        .init(name: "stream_options", value: ["include_usage": .bool(includesUsage)]))
    }
    return JSON.object(JSONObject(members)).bytes()
  }

  private var toolMembers: [JSONObject.Member] {
    var list = tools.map(\.document)
    if let passageLimit {
      list.append(["type": "file_search", "max_num_results": .integer(passageLimit)])
    }
    guard !list.isEmpty else { return [] }
    var members: [JSONObject.Member] = [.init(name: "tools", value: .array(list))]
    switch toolChoice {
    case .auto: break
    case .none: members.append(.init(name: "tool_choice", value: "none"))
    case .required: members.append(.init(name: "tool_choice", value: "required"))
    case .named(let name):
      members.append(
        .init(
          name: "tool_choice", value: ["type": "function", "function": ["name": .string(name)]]))
    }
    if !callsInParallel { members.append(.init(name: "parallel_tool_calls", value: false)) }
    return members
  }
}

extension ChatRequest.Message {
  var document: JSON {
    var members: [JSONObject.Member] = [
      .init(name: "role", value: .string(role.rawValue)),
      .init(name: "content", value: .string(content)),
    ]
    if !toolCalls.isEmpty {
      members.append(.init(name: "tool_calls", value: .array(toolCalls.map(\.document))))
    }
    if let toolCall { members.append(.init(name: "tool_call_id", value: .string(toolCall))) }
    return .object(JSONObject(members))
  }
}

extension AnswerFormat {
  fileprivate var member: JSONObject.Member? {
    switch self {
    case .text: nil
    case .jsonObject: .init(name: "response_format", value: ["type": "json_object"])
    case .schema(let text):
      .init(
        name: "response_format",
        value: [
          "type": "json_schema",
          "json_schema": ["name": "answer", "schema": (try? JSON(parsing: text)) ?? [:]],
        ])
    case .expression(let source):
      .init(name: "structured_outputs", value: ["regex": .string(source)])
    }
  }
}
