internal import JSONCoding

/// Anthropic's `POST /v1/messages`.
enum MessageDialect {
  static func chat(_ json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    let members = try counted(json)
    guard json["max_tokens"]?.isNull == false else {
      throw InferenceFailure(
        .invalidRequest, "max_tokens must be a whole number from 1", parameter: "max_tokens")
    }
    guard json["messages"]?.array?.last?["role"]?.string != "assistant" else {
      throw InferenceFailure(
        .unsupportedParameter,
        "an answer that is begun is not gone on with here; end with what the user says, and ask for a "
          + "form by output_config", parameter: "messages")
    }
    return members
  }

  /// A chat whose prompt is to be counted, and no more: what an answer needs besides may be left out.
  static func counted(_ json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    if let thinking = json["thinking"], !thinking.isNull, thinking["type"]?.string != "disabled" {
      throw InferenceFailure(
        .unsupportedParameter, "models here do not think aloud; leave thinking out",
        parameter: "thinking")
    }
    try json.refuse(["mcp_servers", "container"], "is not supported; leave it out")
    var members = json.members(["model"])
    members.append(.init(name: "messages", value: .array(try messages(in: json))))
    members += json.members(["max_tokens", "temperature", "top_p", "top_k", "seed", "stream"])
    if let stops = json["stop_sequences"], !stops.saysNothing {
      members.append(.init(name: "stop", value: stops))
    }
    return members + (try format(in: json)) + (try tools(in: json))
  }

  /// The form of an answer, also under the name that it had in Anthropic's beta.
  private static func format(in json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    guard let format = json["output_config"]?["format"] ?? json["output_format"], !format.isNull
    else { return [] }
    guard format["type"]?.string == "json_schema", let schema = format["schema"],
      schema.object != nil
    else {
      throw InferenceFailure(
        .unsupportedParameter, "an answer's format is json_schema with a schema",
        parameter: json["output_format"] == nil ? "output_config.format" : "output_format")
    }
    return [
      .init(
        name: "response_format",
        value: ["type": "json_schema", "json_schema": ["name": "answer", "schema": schema]])
    ]
  }

  // MARK: Messages

  private static func messages(in json: JSON) throws(InferenceFailure) -> [JSON] {
    var messages: [JSON] = []
    if let system = json["system"], !system.saysNothing {
      guard let text = text(of: system) else {
        throw InferenceFailure(
          .invalidRequest, "system must be a text or a list of text blocks", parameter: "system")
      }
      messages.append(.message("system", text))
    }
    guard let list = json["messages"]?.array, !list.isEmpty else {
      throw InferenceFailure(
        .invalidRequest, "messages must be a list that is not empty", parameter: "messages")
    }
    for (place, entry) in list.enumerated() {
      let name = "messages[\(place)]"
      switch entry["role"]?.string {
      case "user": messages += try user(entry["content"], at: name)
      case "assistant": messages.append(try assistant(entry["content"], at: name))
      default:
        throw InferenceFailure(
          .invalidRequest, "a message's role is user or assistant", parameter: "\(name).role")
      }
    }
    return messages
  }

  /// What functions gave back are messages of their own, before what the user says to it.
  private static func user(_ content: JSON?, at name: String) throws(InferenceFailure) -> [JSON] {
    if let text = content?.string { return [.message("user", text)] }
    var results: [JSON] = []
    var said: String?
    for (place, block) in (content?.array ?? []).enumerated() {
      let name = "\(name).content[\(place)]"
      switch block["type"]?.string {
      case "text": said = (said ?? "") + (try text(block, at: name))
      case "tool_result":
        guard let id = block["tool_use_id"]?.string,
          let text = block["content"].map({ text(of: $0) }) ?? ""
        else {
          throw InferenceFailure(
            .invalidRequest, "a tool_result has a tool_use_id, and text as its content",
            parameter: name)
        }
        results.append(["role": "tool", "tool_call_id": .string(id), "content": .string(text)])
      default: throw unsupported(block, at: name)
      }
    }
    return results + (said.map { [.message("user", $0)] } ?? [])
  }

  private static func assistant(_ content: JSON?, at name: String) throws(InferenceFailure) -> JSON
  {
    if let text = content?.string { return .message("assistant", text) }
    var said = ""
    var calls: [JSON] = []
    for (place, block) in (content?.array ?? []).enumerated() {
      let name = "\(name).content[\(place)]"
      switch block["type"]?.string {
      case "text": said += try text(block, at: name)
      case "tool_use":
        guard let id = block["id"]?.string, let function = block["name"]?.string,
          let input = block["input"], input.object != nil
        else {
          throw InferenceFailure(
            .invalidRequest, "a tool_use has an id, a name and an object as its input",
            parameter: name)
        }
        calls.append([
          "id": .string(id), "type": "function",
          "function": ["name": .string(function), "arguments": .string(input.text())],
        ])
      default: throw unsupported(block, at: name)
      }
    }
    guard !calls.isEmpty else { return .message("assistant", said) }
    return ["role": "assistant", "content": .string(said), "tool_calls": .array(calls)]
  }

  private static func unsupported(_ block: JSON, at name: String) -> InferenceFailure {
    InferenceFailure(
      .unsupportedParameter,
      "blocks are text, tool_use and tool_result here; leave out "
        + (block["type"]?.string ?? "what has no type"), parameter: "\(name).type")
  }

  private static func text(_ block: JSON, at name: String) throws(InferenceFailure) -> String {
    guard let text = block["text"]?.string else {
      throw InferenceFailure(.invalidRequest, "a text block has text", parameter: "\(name).text")
    }
    return text
  }

  /// Text, or a list of text blocks.
  private static func text(of content: JSON) -> String? {
    if let text = content.string { return text }
    guard let blocks = content.array else { return nil }
    var joined = ""
    for block in blocks {
      guard block["type"]?.string == "text", let text = block["text"]?.string else { return nil }
      joined += text
    }
    return joined
  }

  // MARK: Tools

  private static func tools(in json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    var members: [JSONObject.Member] = []
    var list: [JSON] = []
    for (place, tool) in (json["tools"]?.array ?? []).enumerated() {
      switch tool["type"]?.string ?? "custom" {
      case "custom":
        var function = tool.members(["name", "description"])
        if let schema = tool["input_schema"] {
          function.append(.init(name: "parameters", value: schema))
        }
        list.append(["type": "function", "function": .object(JSONObject(function))])
      case "file_search":
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
    guard let choice = json["tool_choice"], !choice.isNull else { return members }
    members.append(.init(name: "tool_choice", value: try Self.choice(choice)))
    if try choice.flag("disable_parallel_tool_use", in: "tool_choice.") == true {
      members.append(.init(name: "parallel_tool_calls", value: false))
    }
    return members
  }

  private static func choice(_ choice: JSON) throws(InferenceFailure) -> JSON {
    switch choice["type"]?.string {
    case "auto": return "auto"
    case "any": return "required"
    case "none": return "none"
    case "tool":
      if let name = choice["name"] { return ["type": "function", "function": ["name": name]] }
    default: break
    }
    throw InferenceFailure(
      .invalidRequest, "tool_choice's type is auto, any, none, or tool with a name",
      parameter: "tool_choice")
  }
}
