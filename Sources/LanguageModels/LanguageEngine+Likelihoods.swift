internal import Tensors

extension LanguageEngine {
  /// The log-likelihoods of one answer after each of several prompts, in micro-nats, never positive.
  ///
  /// Each is the sum over the answer's tokens, every token's rounded to a micro-nat first. The first
  /// prompt is read whole; of the others only what follows the tokens that they begin with alike. One
  /// path for everybody who repeats it: single precision, one prompt at a time, no padding.
  ///
  /// - Throws: ``ModelFailure`` with `inputInvalid` for an empty answer, a prompt of fewer than two
  ///   tokens, or more tokens than the context holds, or `adapterUnknown`; `CancellationError`.
  public func answerLikelihoods(
    _ answer: [Int32], after prompts: [[Int32]], adapter: AdapterHandle? = nil
  ) async throws -> [Int64] {
    guard !answer.isEmpty, prompts.allSatisfy({ $0.count >= 2 }) else {
      throw ModelFailure(.inputInvalid, "an answer and prompts of two tokens are needed")
    }
    guard let first = prompts.first else { return [] }
    let reader = try AnswerReader(model: model, adapter: tensors(adapter), answer: answer)
    var likelihoods: [Int64] = []
    let read = KeyValueCache(layerCount: configuration.layerCount)
    likelihoods.append(try reader.likelihood(after: first, from: 0, cache: read))
    for prompt in prompts.dropFirst() {
      await Task.yield()
      try Task.checkCancellation()
      // What is read is always more than one token, which another kernel would serve.
      let alike = zip(first, prompt.dropLast(2)).prefix { $0 == $1 }.count
      likelihoods.append(
        try reader.likelihood(after: prompt, from: alike, cache: read.prefix(alike)))
    }
    return likelihoods
  }
}

/// Reads one answer after several prompts.
private struct AnswerReader {
  let model: LlamaModel
  let adapter: AdapterTensors?
  let answer: [Int32]

  /// - Parameter start: how many of the prompt's tokens the cache holds; it gets the others.
  func likelihood(after prompt: [Int32], from start: Int, cache: KeyValueCache) throws -> Int64 {
    // The last token of the answer is predicted, never read.
    let tokens = Array(prompt[start...] + answer.dropLast())
    let states = try model.states(
      TokenBatch([tokens]), adding: .init(adapter: adapter), cache: cache)
    let before = prompt.count - start - 1
    let losses = try model.logits(
      states, rows: (before..<before + answer.count).map(Int32.init)
    ).crossEntropy(targets: answer)
    try Tensor.evaluate([losses] + cache.tensors)
    return try losses.floats().reduce(0) { try $0 + microNats(ofLoss: $1) }
  }

  private func microNats(ofLoss loss: Float) throws -> Int64 {
    // So that no sum of them overflows.
    guard loss.isFinite, abs(loss) < 0x1p40 else {
      throw ModelFailure(.inputInvalid, "a token has no likelihood; the adapter is damaged")
    }
    return min(0, Int64((-Double(loss) * 1_000_000).rounded()))
  }
}
