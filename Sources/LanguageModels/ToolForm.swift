internal import JSONCoding

/// A function that a model may call.
public struct FunctionTool: Hashable, Sendable {
  public let name: String
  public let description: String
  /// The JSON Schema of its arguments.
  public let parameters: String

  public init(name: String, description: String, parameters: String) {
    self.name = name
    self.description = description
    self.parameters = parameters
  }

  var document: JSON {
    var function: [JSONObject.Member] = [.init(name: "name", value: .string(name))]
    if !description.isEmpty {
      function.append(.init(name: "description", value: .string(description)))
    }
    function.append(.init(name: "parameters", value: (try? JSON(parsing: parameters)) ?? [:]))
    return ["type": "function", "function": .object(JSONObject(function))]
  }
}

/// A call of a function.
public struct FunctionCall: Hashable, Sendable {
  public let name: String
  /// A JSON object.
  public let arguments: String

  public init(name: String, arguments: String) {
    self.name = name
    self.arguments = arguments
  }

  var document: JSON {
    let read = (try? JSON(parsing: arguments)) ?? [:]
    return ["type": "function", "function": ["name": .string(name), "arguments": read]]
  }
}

/// How calls are written in answers and told in prompts: a JSON object between two marks.
///
/// Hermes, Qwen and others write it so; docs/spec/answers.md fixes every byte.
public enum ToolForm {
  public static let callStart = "<tool_call>"
  public static let callEnd = "</tool_call>"
  static let opening = callStart + "\n"
  static let closing = "\n" + callEnd

  /// What stands before a call's arguments.
  static func beginning(of name: String) -> String {
    opening + #"{"name": "\#(name)", "arguments": "#
  }

  static func written(_ call: FunctionCall) -> String {
    beginning(of: call.name) + call.arguments + "}" + closing
  }

  /// A conversation in which functions, calls and results are plain text, for templates that know of
  /// none: functions in the system's message, calls in the assistant's, results in the user's.
  static func plain(_ messages: [ChatMessage], tools: [FunctionTool]) -> [ChatMessage] {
    var plain: [ChatMessage] = []
    for message in messages {
      let calls = message.calls.map(written)
      let text = ([message.content] + calls).filter { !$0.isEmpty }.joined(separator: "\n")
      guard message.role == .tool else {
        plain.append(ChatMessage(role: message.role, content: text))
        continue
      }
      let result = "<tool_response>\n\(message.content)\n</tool_response>"
      // What several calls gave is one message, for turns alternate.
      if let last = plain.last, last.role == .user, last.content.hasPrefix("<tool_response>\n") {
        plain[plain.count - 1] = ChatMessage(role: .user, content: "\(last.content)\n\(result)")
      } else {
        plain.append(ChatMessage(role: .user, content: result))
      }
    }
    guard !tools.isEmpty else { return plain }
    let told = instruction(for: tools)
    if let first = plain.first, first.role == .system {
      plain[0] = ChatMessage(role: .system, content: "\(first.content)\n\n\(told)")
    } else {
      plain.insert(ChatMessage(role: .system, content: told), at: 0)
    }
    return plain
  }

  private static func instruction(for tools: [FunctionTool]) -> String {
    """
    You can call these functions:
    \(tools.map { $0.document.text() }.joined(separator: "\n"))

    To call one, answer with its name and arguments as JSON:
    \(opening){"name": NAME, "arguments": OBJECT}\(closing)
    What it gives back comes between <tool_response> and </tool_response>.
    """
  }
}
