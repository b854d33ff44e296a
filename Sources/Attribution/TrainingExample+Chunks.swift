public import LanguageModels

extension TrainingExample {
  /// The most tokens that one row's gradient reads.
  public static let largestChunk = 512

  /// The example in pieces of at most ``largestChunk`` tokens, for a row each.
  ///
  /// One that is short enough stays whole. Of a longer one, the answer is cut into as few pieces as
  /// have at most half of a chunk's tokens, of like length; each stands behind as many of the tokens
  /// before it as still fit, so that a long prompt loses its beginning, not its end.
  ///
  /// - Precondition: prompt and answer are not empty.
  public func chunks() -> [TrainingExample] {
    guard tokenCount > Self.largestChunk else { return [self] }
    let most = Self.largestChunk / 2
    let count = (answerTokens.count + most - 1) / most
    let all = promptTokens + answerTokens
    return (0..<count).map { piece in
      let start = promptTokens.count + answerTokens.count * piece / count
      let end = promptTokens.count + answerTokens.count * (piece + 1) / count
      return TrainingExample(
        promptTokens: Array(all[max(0, end - Self.largestChunk)..<start]),
        answerTokens: Array(all[start..<end]))
    }
  }
}
