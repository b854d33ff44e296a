internal import Tensors

/// How well a model, with or without an adapter, knows one example's answer.
public struct ExampleScore: Hashable, Sendable {
  /// Mean over the answer's tokens of −ln p, in nats, each given the true tokens before it.
  public let loss: Float
  public let answerTokenCount: Int
  /// Every answer token is the likeliest one: greedy decoding would give exactly this answer.
  public let isExactMatch: Bool
}

extension LlamaModel {
  /// Scores examples in one padded batch.
  func scores(of examples: [TrainingExample], adapter: AdapterTensors?) throws -> [ExampleScore] {
    let batch = try AnswerBatch(examples)
    let states = try states(batch.tokens, adding: Additions(adapter: adapter))
    let logits = try logits(states, rows: batch.rows)
    let losses = try logits.crossEntropy(targets: batch.targets)
    let likeliest = try logits.argmax()
    try Tensor.evaluate([losses, likeliest])
    let lossValues = try losses.floats()
    let hits = zip(try likeliest.integers(), batch.targets).map { $0 == $1 }
    var start = 0
    return batch.answerCounts.map { count in
      let range = start..<start + count
      start += count
      return ExampleScore(
        loss: lossValues[range].reduce(0, +) / Float(count), answerTokenCount: count,
        isExactMatch: hits[range].allSatisfy { $0 })
    }
  }
}
