/// What a client asks of a model: the part of OpenAI's chat request that changes the answer.
///
/// Read from the body's bytes, which the order binds; whoever checks a receipt reads the same
/// bytes again and gets the same value.
public struct ChatRequest: Hashable, Sendable {
  public enum Role: String, Sendable { case system, user, assistant, tool }

  public struct Message: Hashable, Sendable {
    public var role: Role
    public var content: String
    /// What an assistant asked to have called.
    public var toolCalls: [ToolCall]
    /// Which of these a tool's message answers.
    public var toolCall: String?

    public init(
      role: Role, content: String, toolCalls: [ToolCall] = [], toolCall: String? = nil
    ) {
      self.role = role
      self.content = content
      self.toolCalls = toolCalls
      self.toolCall = toolCall
    }
  }

  public static let messageMaximum = 256
  /// The longest answer; more may be asked for, and is not given.
  public static let tokenMaximum: UInt32 = 1024
  public static let tokenDefault: UInt32 = 256
  public static let stopMaximum = 4
  /// In bytes of UTF-8.
  public static let longestStop = 128
  /// The most tokens whose likelihoods are told beside the chosen one's.
  public static let likelihoodMaximum: UInt32 = 20

  /// The adapter's name or identifier.
  public var model: String
  /// Empty if there is a ``prompt``.
  public var messages: [Message]
  /// Text to go on from, which no template is put around.
  public var prompt: String?
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
  public var tools: [ChatTool] = []
  public var toolChoice = ToolChoice.auto
  /// Whether an answer may call several functions.
  public var callsInParallel = true
  public var format = AnswerFormat.text
  /// So many of the likeliest tokens are told beside each token of the answer, with likelihoods; nil: none are.
  public var likelihoods: UInt32?

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
  /// Text that is gone on from.
  public init(model: String, prompt: String) {
    self.init(model: model, messages: [])
    self.prompt = prompt
  }

  /// The functions that the model is told of.
  public var offeredTools: [ChatTool] { toolChoice == .none ? [] : tools }
}
