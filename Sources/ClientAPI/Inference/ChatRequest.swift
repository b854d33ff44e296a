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

  /// The adapter's name or identifier.
  public var model: String
  public var messages: [Message]
  /// The most tokens of an answer.
  public var maximumTokens: UInt32
  /// 0 takes the likeliest token; 1000 samples the model's own distribution.
  public var temperatureInThousandths: UInt32
  public var topPInThousandths: UInt32
  /// nil: follows from the order.
  public var seed: UInt64?
  public var isStreaming: Bool
  /// Whether a stream ends with a chunk of token counts.
  public var includesUsage: Bool
  /// The most records that the answer may lean on; nil: none are looked for.
  public var passageLimit: UInt32?

  public init(
    model: String, messages: [Message], maximumTokens: UInt32 = tokenDefault,
    temperatureInThousandths: UInt32 = 1000, topPInThousandths: UInt32 = 1000,
    seed: UInt64? = nil, isStreaming: Bool = false, includesUsage: Bool = false,
    passageLimit: UInt32? = nil
  ) {
    self.model = model
    self.messages = messages
    self.maximumTokens = maximumTokens
    self.temperatureInThousandths = temperatureInThousandths
    self.topPInThousandths = topPInThousandths
    self.seed = seed
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
      .init(name: "temperature", value: Self.decimal(temperatureInThousandths)),
      .init(name: "top_p", value: Self.decimal(topPInThousandths)),
    ]
    if let seed { members.append(.init(name: "seed", value: .integer(seed))) }
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

  private static func decimal(_ thousandths: UInt32) -> JSON {
    let fraction = String(1000 + thousandths % 1000).dropFirst()
    guard let number = JSONNumber(text: "\(thousandths / 1000).\(fraction)") else {
      preconditionFailure("digits with a point are a JSON number")
    }
    return .number(number)
  }
}
