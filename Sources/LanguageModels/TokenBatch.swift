/// Token rows of one length, padded at the right.
struct TokenBatch {
  let tokens: [Int32]  // row after row
  let count: Int
  let length: Int

  /// Pads with token 0, which no real position ever sees.
  init(_ rows: [[Int32]]) {
    let length = rows.map(\.count).max() ?? 0
    tokens = rows.flatMap { $0 + [Int32](repeating: 0, count: length - $0.count) }
    count = rows.count
    self.length = length
  }
}

/// A question and the answer that training teaches or attribution explains.
public struct TrainingExample: Hashable, Sendable {
  public let promptTokens: [Int32]
  /// Ends with the token that ends the turn.
  public let answerTokens: [Int32]

  public init(promptTokens: [Int32], answerTokens: [Int32]) {
    self.promptTokens = promptTokens
    self.answerTokens = answerTokens
  }

  public var tokenCount: Int { promptTokens.count + answerTokens.count }
}

/// Examples as one padded batch, with the rows whose next token is the answer's.
struct AnswerBatch {
  let tokens: TokenBatch
  let rows: [Int32]  // into the flattened batch, example after example
  let targets: [Int32]
  let answerCounts: [Int]

  /// - Throws: ``ModelFailure`` with `inputInvalid` for an empty prompt or answer.
  init(_ examples: some Collection<TrainingExample>) throws(ModelFailure) {
    guard examples.allSatisfy({ !$0.promptTokens.isEmpty && !$0.answerTokens.isEmpty }) else {
      throw ModelFailure(.inputInvalid, "an example without prompt or answer")
    }
    // The last answer token is predicted, never read.
    tokens = TokenBatch(examples.map { $0.promptTokens + $0.answerTokens.dropLast() })
    var rows: [Int32] = []
    for (index, example) in examples.enumerated() {
      let first = index * tokens.length + example.promptTokens.count - 1
      rows += (first..<first + example.answerTokens.count).map(Int32.init)
    }
    self.rows = rows
    targets = examples.flatMap(\.answerTokens)
    answerCounts = examples.map(\.answerTokens.count)
  }

  /// Places of `examples` in batches of like length: at most `size` examples and `tokens` padded
  /// tokens each, but always at least one.
  static func plan(_ examples: [TrainingExample], size: Int, tokens: Int) -> [[Int]] {
    let order = examples.indices.sorted {
      (examples[$0].tokenCount, $0) < (examples[$1].tokenCount, $1)
    }
    var batches: [[Int]] = []
    for index in order {
      let fits =
        (batches.last?.count ?? size) < size
        && ((batches.last?.count ?? 0) + 1) * examples[index].tokenCount <= tokens
      if fits { batches[batches.count - 1].append(index) } else { batches.append([index]) }
    }
    return batches
  }
}
