internal import ClientAPI
internal import LanguageModels

/// How far an answer of the likeliest tokens may be from the model's own, which is computed along another
/// path: `docs/spec/receipts.md` publishes it.
enum AnswerMargin {
  /// Each chosen token's logit lies at most so far below the highest.
  static let nats: Float = 1 / 256
  /// Positions whose logits are in memory at once.
  private static let block = 64

  /// Reads prompt and answer in single precision, and says whether each token, and the end, is the
  /// likeliest within the margin.
  ///
  /// Cost: reads prompt and answer once for each 64 tokens.
  /// - Parameter mayBreakOff: whether the answer may end anywhere, as where its client left.
  /// - Precondition: the request asks for the likeliest tokens.
  static func holds(
    _ answer: [Int32], to request: GenerationRequest, by engine: LanguageEngine,
    mayBreakOff: Bool = false
  ) async throws -> Bool {
    guard answer.count <= request.maximumTokens else { return false }
    let isCut =
      mayBreakOff || answer.count == request.maximumTokens || request.isEnded?(answer) == true
    let chosen = isCut ? answer : answer + [engine.tokenizer.endOfTurn]
    let tokens = request.prompt + answer
    guard tokens.count <= engine.configuration.contextLength else { return false }
    for start in stride(from: 0, to: chosen.count, by: block) {
      let places = start..<min(start + block, chosen.count)
      let logits = try await engine.logits(
        tokens: tokens, positions: places.map { request.prompt.count - 1 + $0 },
        adapter: request.adapter)
      for (place, row) in zip(places, logits) {
        guard let highest = row.max(), row.indices.contains(Int(chosen[place])),
          row[Int(chosen[place])] >= highest - nats
        else { return false }
      }
    }
    return true
  }
}
