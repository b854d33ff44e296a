internal import JSONCoding

extension ChatRequest {
  /// Reads functions, and `file_search`, in OpenAI's shape, over the records of the adapter's own run.
  mutating func readTools(in json: JSON) throws(InferenceFailure) {
    if let value = json["tools"], !Self.changesNothing(value) {
      guard let list = value.array, list.count <= ChatTool.countMaximum + 1 else {
        throw InferenceFailure(
          .invalidRequest, "tools must be a list of at most \(ChatTool.countMaximum) functions",
          parameter: "tools")
      }
      for (index, entry) in list.enumerated() { try readTool(entry, at: "tools[\(index)]") }
    }
    toolChoice = try choice(in: json)
    callsInParallel = try json.flag("parallel_tool_calls") ?? true
  }

  private mutating func readTool(_ json: JSON, at place: String) throws(InferenceFailure) {
    switch json["type"]?.string {
    case "function":
      let tool = try ChatTool(json, at: place)
      guard !tools.contains(where: { $0.name == tool.name }) else {
        throw InferenceFailure(
          .invalidRequest, "two functions have the name \(tool.name)",
          parameter: "\(place).function.name")
      }
      tools.append(tool)
    case "file_search" where passageLimit == nil: passageLimit = try Self.passages(json, at: place)
    default:
      throw InferenceFailure(
        .unsupportedParameter, "tools are functions and one file_search; leave out anything else",
        parameter: place)
    }
  }

  private static func passages(
    _ json: JSON, at place: String
  ) throws(InferenceFailure) -> UInt32 {
    let known = ["type", "max_num_results"]
    if let other = json.object?.members.first(where: { !known.contains($0.name) }) {
      throw InferenceFailure(
        .unsupportedParameter,
        "file_search looks through the records of the model's own data and takes max_num_results only",
        parameter: "\(place).\(other.name)")
    }
    guard let count = json["max_num_results"], !count.isNull else {
      return PassageContext.passageStandard
    }
    let range = 1...UInt32(PassageContext.passageMaximum)
    guard let limit = count.integer(as: UInt32.self), range.contains(limit) else {
      throw InferenceFailure(
        .invalidRequest, "max_num_results must be 1 to \(PassageContext.passageMaximum)",
        parameter: "\(place).max_num_results")
    }
    return limit
  }

  private func choice(in json: JSON) throws(InferenceFailure) -> ToolChoice {
    guard let value = json["tool_choice"], !value.isNull else { return .auto }
    switch value.string {
    case "none": return .none
    case "auto": return .auto
    case "required" where !tools.isEmpty: return .required
    default: break
    }
    if let name = value["function"]?["name"]?.string, tools.contains(where: { $0.name == name }) {
      return .named(name)
    }
    throw InferenceFailure(
      .invalidRequest, "tool_choice must be none, auto, required or one of the tools' functions",
      parameter: "tool_choice")
  }
}

extension ChatRequest.Message {
  /// - Parameter place: the message's, such as `messages[0]`.
  /// - Throws: ``InferenceFailure`` with `invalid_request`, naming it.
  init(_ json: JSON, at place: String) throws(InferenceFailure) {
    // What newer clients call developer is the system's message.
    let name = json["role"]?.string
    let role =
      name == "developer" ? .system : name.flatMap(ChatRequest.Role.init(rawValue:))
    guard let role else {
      throw InferenceFailure(
        .invalidRequest, "a message's role is system, developer, user, assistant or tool",
        parameter: "\(place).role")
    }
    let calls = role == .assistant ? try Self.calls(in: json, at: place) : []
    let isSilent = json["content"]?.isNull ?? true
    let text = isSilent ? "" : ChatRequest.text(of: json["content"])
    // A call speaks for itself, and a function may give nothing back.
    guard let text, !text.isEmpty || !calls.isEmpty || role == .tool else {
      throw InferenceFailure(
        .invalidRequest, "content must be text that is not empty, or a list of text parts",
        parameter: "\(place).content")
    }
    let answered = role == .tool ? json["tool_call_id"]?.string : nil
    guard role != .tool || answered?.isEmpty == false else {
      throw InferenceFailure(
        .invalidRequest, "a tool's message names the call that it answers",
        parameter: "\(place).tool_call_id")
    }
    self.init(role: role, content: text, toolCalls: calls, toolCall: answered)
  }

  private static func calls(
    in json: JSON, at place: String
  ) throws(InferenceFailure) -> [ToolCall] {
    guard let value = json["tool_calls"], !ChatRequest.changesNothing(value) else { return [] }
    var calls: [ToolCall] = []
    for (index, call) in (value.array ?? [value]).prefix(ChatTool.countMaximum + 1).enumerated() {
      guard index < ChatTool.countMaximum, let id = call["id"]?.string, !id.isEmpty,
        let name = call["function"]?["name"]?.string, ChatTool.isName(name),
        let arguments = call["function"]?["arguments"]?.string,
        let read = try? JSON(parsing: arguments), read.object != nil
      else {
        throw InferenceFailure(
          .invalidRequest,
          "a call has an id, and a function with a name and a JSON object as arguments",
          parameter: "\(place).tool_calls[\(index)]")
      }
      calls.append(ToolCall(id: id, name: name, arguments: arguments))
    }
    return calls
  }
}

extension AnswerFormat {
  /// OpenAI's `response_format`, and what vLLM's clients send for expressions.
  /// - Throws: ``InferenceFailure`` with `invalid_request`, naming the parameter.
  init(in json: JSON) throws(InferenceFailure) {
    var formats: [AnswerFormat] = []
    if let value = json["response_format"], !value.isNull {
      formats.append(try Self.openAI(value))
    }
    for (name, value) in [
      ("guided_regex", json["guided_regex"]),
      ("structured_outputs.regex", json["structured_outputs"]?["regex"]),
    ] {
      guard let value, !value.isNull else { continue }
      guard let source = value.string, !source.isEmpty else {
        throw InferenceFailure(
          .invalidRequest, "\(name) must be a regular expression", parameter: name)
      }
      formats.append(.expression(source))
    }
    let held = formats.filter { $0 != .text }
    guard held.count <= 1 else {
      throw InferenceFailure(
        .invalidRequest, "an answer can be held to one form; leave out one of the two",
        parameter: "response_format")
    }
    self = held.first ?? .text
  }

  private static func openAI(_ value: JSON) throws(InferenceFailure) -> AnswerFormat {
    switch value["type"]?.string {
    case "text": return .text
    case "json_object": return .jsonObject
    case "json_schema":
      guard let schema = value["json_schema"]?["schema"], schema.object != nil else {
        throw InferenceFailure(
          .invalidRequest, "json_schema needs a schema, which is an object",
          parameter: "response_format.json_schema.schema")
      }
      return .schema(schema.text())
    default:
      throw InferenceFailure(
        .invalidRequest, "response_format's type is text, json_object or json_schema",
        parameter: "response_format.type")
    }
  }
}
