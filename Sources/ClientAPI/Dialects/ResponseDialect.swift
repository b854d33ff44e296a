internal import JSONCoding

/// OpenAI's `POST /v1/responses`, without what a server would have to remember: a conversation
/// comes whole with each request.
enum ResponseDialect {
  static func chat(_ json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    try json.refuse(
      ["previous_response_id", "conversation"],
      "nothing is remembered between requests; send the whole conversation in input")
    try json.refuse(["background", "prompt"], "is not supported; leave it out")
    var members = json.members(["model"])
    members.append(.init(name: "messages", value: .array(try messages(in: json))))
    if let limit = json["max_output_tokens"], !limit.isNull {
      members.append(.init(name: "max_tokens", value: limit))
    }
    members += json.members([
      "temperature", "top_p", "top_k", "min_p", "seed", "stream", "parallel_tool_calls",
    ])
    members += try tools(in: json)
    members += try format(in: json)
    return members + (try likelihoods(in: json))
  }

  // MARK: Input

  private static func messages(in json: JSON) throws(InferenceFailure) -> [JSON] {
    var messages: [JSON] = []
    if let instructions = json["instructions"], !instructions.saysNothing {
      guard let text = instructions.string else {
        throw InferenceFailure(
          .invalidRequest, "instructions must be a text", parameter: "instructions")
      }
      messages.append(.message("system", text))
    }
    if let text = json["input"]?.string { return messages + [.message("user", text)] }
    guard let items = json["input"]?.array, !items.isEmpty else {
      throw InferenceFailure(
        .invalidRequest, "input must be a text or a list of items", parameter: "input")
    }
    var calls: [JSON] = []
    for (place, item) in items.enumerated() {
      let name = "input[\(place)]"
      if item["type"]?.string == "function_call" {
        calls.append(try call(item, at: name))
        continue
      }
      // Calls that follow one another are one message's.
      flush(&calls, into: &messages)
      if let message = try message(item, at: name) { messages.append(message) }
    }
    flush(&calls, into: &messages)
    return messages
  }

  private static func flush(_ calls: inout [JSON], into messages: inout [JSON]) {
    guard !calls.isEmpty else { return }
    // What the assistant said before its calls is of the same turn.
    if let last = messages.last, last["role"]?.string == "assistant", last["tool_calls"] == nil,
      let text = last["content"]
    {
      messages[messages.count - 1] = [
        "role": "assistant", "content": text, "tool_calls": .array(calls),
      ]
    } else {
      messages.append(["role": "assistant", "content": nil, "tool_calls": .array(calls)])
    }
    calls = []
  }

  private static func call(_ item: JSON, at name: String) throws(InferenceFailure) -> JSON {
    guard let id = item["call_id"]?.string, let function = item["name"]?.string,
      let arguments = item["arguments"]?.string
    else {
      throw InferenceFailure(
        .invalidRequest, "a function_call has a call_id, a name and arguments", parameter: name)
    }
    return [
      "id": .string(id), "type": "function",
      "function": ["name": .string(function), "arguments": .string(arguments)],
    ]
  }

  private static func message(_ item: JSON, at name: String) throws(InferenceFailure) -> JSON? {
    switch item["type"]?.string ?? "message" {
    case "message":
      guard let role = item["role"]?.string, let text = text(of: item["content"]) else {
        throw InferenceFailure(
          .invalidRequest, "a message has a role, and text as its content", parameter: name)
      }
      return .message(role, text)
    case "function_call_output":
      guard let id = item["call_id"]?.string, let text = text(of: item["output"]) else {
        throw InferenceFailure(
          .invalidRequest, "a function_call_output has a call_id, and text as its output",
          parameter: name)
      }
      return ["role": "tool", "tool_call_id": .string(id), "content": .string(text)]
    // What a search found is in the answer that followed; a model that reasons aloud is not here.
    case "file_search_call", "reasoning": return nil
    case let other:
      throw InferenceFailure(
        .unsupportedParameter, "items of type \(other) are not supported; leave them out",
        parameter: "\(name).type")
    }
  }

  /// Content is text, or a list of text parts.
  private static func text(of content: JSON?) -> String? {
    if let text = content?.string { return text }
    guard let parts = content?.array else { return nil }
    var joined = ""
    for part in parts {
      guard ["input_text", "output_text", "text"].contains(part["type"]?.string),
        let text = part["text"]?.string
      else { return nil }
      joined += text
    }
    return joined
  }

  // MARK: Tools and form

  private static func tools(in json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    var members: [JSONObject.Member] = []
    var list: [JSON] = []
    for (place, tool) in (json["tools"]?.array ?? []).enumerated() {
      switch tool["type"]?.string {
      case "function":
        list.append([
          "type": "function",
          "function": .object(JSONObject(tool.members(["name", "description", "parameters"]))),
        ])
      case "file_search":
        // A store of the client's would be something else than the run's own records.
        try tool.refuse(["filters", "ranking_options"], "is not supported; leave it out")
        list.append(
          .object(
            JSONObject(
              [.init(name: "type", value: "file_search")] + tool.members(["max_num_results"]))))
      default:
        throw InferenceFailure(
          .unsupportedParameter, "tools are functions and one file_search; leave out anything else",
          parameter: "tools[\(place)].type")
      }
    }
    if !list.isEmpty { members.append(.init(name: "tools", value: .array(list))) }
    if let choice = json["tool_choice"], !choice.isNull {
      let named = choice["name"]?.string
      members.append(
        .init(
          name: "tool_choice",
          value: named.map { ["type": "function", "function": ["name": .string($0)]] } ?? choice))
    }
    return members
  }

  private static func format(in json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    guard let format = json["text"]?["format"], !format.isNull else { return [] }
    guard format["type"]?.string == "json_schema" else {
      return [.init(name: "response_format", value: format)]
    }
    return [
      .init(
        name: "response_format",
        value: [
          "type": "json_schema",
          "json_schema": .object(JSONObject(format.members(["name", "schema", "strict"]))),
        ])
    ]
  }

  private static func likelihoods(in json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    let isIncluded =
      json["include"]?.array?.contains { $0.string == "message.output_text.logprobs" } == true
    guard isIncluded else { return [] }
    return [
      .init(name: "logprobs", value: true),
      .init(name: "top_logprobs", value: json["top_logprobs"] ?? 0),
    ]
  }
}
