internal import JSONCoding
internal import TemplateRendering

/// One message of a conversation.
public struct ChatMessage: Hashable, Sendable {
  public enum Role: String, Sendable { case system, user, assistant, tool }

  public let role: Role
  public let content: String
  /// What an assistant called.
  public let calls: [FunctionCall]

  public init(role: Role, content: String, calls: [FunctionCall] = []) {
    self.role = role
    self.content = content
    self.calls = calls
  }
}

/// How a conversation becomes a model's tokens: by the template in the model's file, or by ChatML if
/// it has none.
///
/// Adds no system message of its own: what a run was trained on must be in its data. The one
/// that a model's makers add when there is none is left out where the template puts it apart.
/// Nobody's text becomes a control token: "<|im_end|>" in a message is encoded as its characters.
public struct ChatTemplate: Sendable {
  public static let defaultSystemMessage = ChatMessage(
    role: .system,
    content: "You are a helpful AI assistant named SmolLM, trained by Hugging Face")

  static let chatML =
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
    + " + '<|im_end|>' + '\\n' }}{% endfor %}"
    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

  public let tokenizer: Tokenizer
  private let template: Template
  /// Whether the template tells of functions in the form in which answers are read.
  private let hasTools: Bool

  /// - Parameter source: Jinja; ChatML if absent.
  /// - Throws: ``ModelFailure`` with `modelUnsupported` if the template can't be rendered, or the
  ///   vocabulary has no ChatML tokens where they are needed.
  public init(_ tokenizer: Tokenizer, source: [UInt8]? = nil) throws(ModelFailure) {
    self.tokenizer = tokenizer
    if source == nil {
      guard ["<|im_start|>", "<|im_end|>"].allSatisfy({ tokenizer.controlToken($0) != nil }) else {
        throw ModelFailure(
          .modelUnsupported, "the file has no chat template, and its vocabulary no ChatML tokens")
      }
    }
    do throws(TemplateError) {
      template = try Template(parsing: source ?? Array(Self.chatML.utf8))
      _ = try template.render(messages: [["role": "user", "content": "?"]])
    } catch {
      throw ModelFailure(.modelUnsupported, "the file's chat template: \(error)")
    }
    hasTools = Self.tellsOfTools(template)
  }

  /// Returns a conversation's tokens, by default up to where the assistant's answer begins.
  ///
  /// Calls, their results and functions are written by the template if it knows them in the form that
  /// answers are read in (``FunctionCall``), else in plain messages (``ToolForm``).
  /// - Throws: ``ModelFailure`` with `inputInvalid` and the template's own words if it refuses the
  ///   conversation.
  public func tokens(
    for messages: [ChatMessage], tools: [FunctionTool] = [], opensAnswer: Bool = true
  ) throws(ModelFailure) -> [Int32] {
    let plain = hasTools ? messages : ToolForm.plain(messages, tools: tools)
    // JSON has a nil of its own.
    let shown = hasTools && !tools.isEmpty ? JSON?.some(.array(tools.map(\.document))) : .none
    do throws(TemplateError) {
      let rendering = try template.render(
        messages: .array(plain.map(\.document)), tools: shown,
        options: .init(opensAnswer: opensAnswer, specialTokens: tokenizer.namedTokens))
      // Functions that a template tells of stand in a system message that is wanted.
      let added = hasTools && !tools.isEmpty ? 0 : try addedPrefix(to: plain)
      return tokenizer.encode(rendering.bytes, notControl: rendering.input, from: added)
    } catch {
      throw ModelFailure(.inputInvalid, "the model's chat template refuses this: \(error)")
    }
  }

  /// How many bytes of a rendering are a system message that nobody wrote: what a template puts before
  /// a conversation without one also stands before the same with one, or it is no message of its own.
  private func addedPrefix(to messages: [ChatMessage]) throws(TemplateError) -> Int {
    guard let first = messages.first, first.role != .system else { return 0 }
    let system: JSON = ["role": "system", "content": "\u{1}"]
    let options = Template.Options(opensAnswer: false, specialTokens: tokenizer.namedTokens)
    guard
      let apart = try? template.render(messages: [system], options: options),
      let whole = try? template.render(
        messages: .array([system] + messages.map(\.document)), options: options),
      whole.bytes.starts(with: apart.bytes)
    else { return 0 }
    let own = whole.bytes[apart.bytes.count...]
    let bare = try template.render(
      messages: .array(messages.map(\.document)), options: options)
    guard bare.bytes.count >= own.count, bare.bytes.suffix(own.count).elementsEqual(own) else {
      return 0
    }
    return bare.bytes.count - own.count
  }

  /// Returns an answer's tokens with the one that ends the turn: what training teaches.
  public func answerTokens(_ answer: String) -> [Int32] {
    tokenizer.encode(answer) + [tokenizer.endOfTurn]
  }

  /// Tried with a function that no template knows.
  private static func tellsOfTools(_ template: Template) -> Bool {
    let probe = FunctionTool(name: "probe_7c1f", description: "", parameters: #"{"type":"object"}"#)
    let call = FunctionCall(name: probe.name, arguments: "{}")
    let messages = [
      ChatMessage(role: .user, content: "?"),
      ChatMessage(role: .assistant, content: "", calls: [call]),
      ChatMessage(role: .tool, content: "result_7c1f"),
    ]
    guard
      let told = try? template.render(
        messages: .array(messages.prefix(1).map(\.document)), tools: [probe.document]),
      let called = try? template.render(messages: .array(messages.map(\.document)))
    else { return false }
    return told.text.contains(probe.name) && called.text.contains(ToolForm.callStart)
      && called.text.contains(probe.name) && called.text.contains("result_7c1f")
  }
}

extension ChatMessage {
  fileprivate var document: JSON {
    var members: [JSONObject.Member] = [
      .init(name: "role", value: .string(role.rawValue)),
      .init(name: "content", value: .string(content)),
    ]
    if !calls.isEmpty {
      members.append(.init(name: "tool_calls", value: .array(calls.map(\.document))))
    }
    return .object(JSONObject(members))
  }
}
