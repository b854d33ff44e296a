internal import JSONCoding

/// What a client asks of a model: the part of OpenAI's chat request that changes the answer.
///
/// Read from the body's bytes, which the order binds; whoever checks a receipt reads the same
/// bytes again and gets the same value.
public struct ChatRequest: Hashable, Sendable {
  public enum Role: String, Sendable { case system, user, assistant }

  public struct Message: Hashable, Sendable {
    public var role: Role
    public var content: String

    public init(role: Role, content: String) {
      self.role = role
      self.content = content
    }
  }

  public static let messageMaximum = 64
  public static let tokenMaximum: UInt32 = 1024
  public static let tokenDefault: UInt32 = 256
  public static let stopMaximum = 4
  /// In bytes of UTF-8.
  public static let longestStop = 128

  /// The adapter's name or identifier.
  public var model: String
  public var messages: [Message]
  /// The most tokens of an answer.
  public var maximumTokens: UInt32
  public var sampling: ChatSampling
  /// Texts that end an answer, and are no part of it.
  public var stops: [String]
  public var isStreaming: Bool
  /// Whether a stream ends with a chunk of token counts.
  public var includesUsage: Bool
  /// The most records that the answer may lean on; nil: none are looked for.
  public var passageLimit: UInt32?

  public init(
    model: String, messages: [Message], maximumTokens: UInt32 = tokenDefault,
    sampling: ChatSampling = ChatSampling(), stops: [String] = [], isStreaming: Bool = false,
    includesUsage: Bool = false,
    passageLimit: UInt32? = nil
  ) {
    self.model = model
    self.messages = messages
    self.maximumTokens = maximumTokens
    self.sampling = sampling
    self.stops = stops
    self.isStreaming = isStreaming
    self.includesUsage = includesUsage
    self.passageLimit = passageLimit
  }
}

extension ChatRequest {
  /// The body that a client sends.
  public var body: [UInt8] {
    var members: [JSONObject.Member] = [
      .init(name: "model", value: .string(model)),
      .init(
        name: "messages",
        value: .array(
          messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] })),
      .init(name: "max_tokens", value: .integer(maximumTokens)),
    ]
    members += sampling.members
    if !stops.isEmpty {
      members.append(.init(name: "stop", value: .array(stops.map { .string($0) })))
    }
    if let passageLimit {
      members.append(
        .init(
          name: "tools",
          value: [["type": "file_search", "max_num_results": .integer(passageLimit)]]))
    }
    if isStreaming {
      members.append(.init(name: "stream", value: true))
      members.append(
        .init(name: "stream_options", value: ["include_usage": .bool(includesUsage)]))
    }
    return JSON.object(JSONObject(members)).bytes()
  }
}
