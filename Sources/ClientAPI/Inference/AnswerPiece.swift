/// A token of an answer, and how likely the model found it before anything of the sampling.
public struct AnswerToken: Hashable, Sendable {
  public struct Candidate: Hashable, Sendable {
    /// What the token stands for; a part of a character, perhaps.
    public var bytes: [UInt8]
    /// The natural logarithm of its probability, in millionths.
    public var microNats: Int64

    public init(bytes: [UInt8], microNats: Int64) {
      self.bytes = bytes
      self.microNats = microNats
    }
  }

  public var chosen: Candidate
  /// The likeliest first; as many as were asked for.
  public var top: [Candidate]

  public init(chosen: Candidate, top: [Candidate]) {
    self.chosen = chosen
    self.top = top
  }
}

/// A part of an answer, told as it is made.
public enum AnswerPiece: Hashable, Sendable {
  /// How many tokens were read, passages included; told by some servers before anything of the answer.
  case prompt(tokens: UInt32)
  /// Text, and the likelihoods of the tokens since the piece before, if they were asked for.
  case text(String, likelihoods: [AnswerToken] = [])
  case toolCall(ToolCall)
}
