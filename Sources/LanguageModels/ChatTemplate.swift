/// One message of a conversation.
public struct ChatMessage: Hashable, Sendable {
  public enum Role: String, Sendable { case system, user, assistant }

  public let role: Role
  public let content: String

  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}

/// SmolLM2's form of ChatML: `<|im_start|>role⏎content<|im_end|>⏎` for each message.
///
/// Adds no system message of its own: what a run was trained on must be in its data. The one
/// that the model's makers add when there is none is ``defaultSystemMessage``.
public struct ChatTemplate: Sendable {
  public static let defaultSystemMessage = ChatMessage(
    role: .system,
    content: "You are a helpful AI assistant named SmolLM, trained by Hugging Face")

  public let tokenizer: Tokenizer
  private let start: Int32
  private let end: Int32
  private let lineBreak: [Int32]

  /// - Throws: ``ModelFailure`` with `modelUnsupported` if the vocabulary has no ChatML tokens.
  public init(_ tokenizer: Tokenizer) throws(ModelFailure) {
    guard let start = tokenizer.controlToken("<|im_start|>"),
      let end = tokenizer.controlToken("<|im_end|>")
    else { throw ModelFailure(.modelUnsupported, "the vocabulary has no ChatML tokens") }
    self.tokenizer = tokenizer
    self.start = start
    self.end = end
    lineBreak = tokenizer.encode("\n")
  }

  /// Returns a conversation's tokens, by default up to where the assistant's answer begins.
  public func tokens(for messages: [ChatMessage], opensAnswer: Bool = true) -> [Int32] {
    var tokens: [Int32] = []
    for message in messages {
      tokens.append(start)
      tokens += tokenizer.encode("\(message.role.rawValue)\n\(message.content)")
      tokens.append(end)
      tokens += lineBreak
    }
    if opensAnswer {
      tokens.append(start)
      tokens += tokenizer.encode("assistant\n")
    }
    return tokens
  }

  /// Returns an answer's tokens with the one that ends the turn: what training teaches.
  public func answerTokens(_ answer: String) -> [Int32] { tokenizer.encode(answer) + [end] }
}
