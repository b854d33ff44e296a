public import AttributionRules
public import LanguageModels
public import Primitives

/// Measures what adapter and retrieved passages each did for an answer, along the one path that
/// everybody repeats (docs/spec/retrieval.md).
public struct RetrievalTracing: Sendable {
  /// The prompts of one answer, as tokens.
  public struct Prompts: Sendable {
    /// Without any passage.
    let plain: [Int32]
    /// With all of them, as the answer was given.
    let whole: [Int32]
    /// Without one passage each, in their order.
    let shortened: [[Int32]]

    public init(plain: [Int32], whole: [Int32], shortened: [[Int32]]) {
      self.plain = plain
      self.whole = whole
      self.shortened = shortened
    }
  }

  public let engine: LanguageEngine
  public let adapter: AdapterHandle

  public init(engine: LanguageEngine, adapter: AdapterHandle) {
    self.engine = engine
    self.adapter = adapter
  }

  /// The retrieval part of an answer's evidence.
  ///
  /// - Parameters:
  ///   - records: what was retrieved, in the order of ``Prompts/shortened``.
  ///   - answer: the generated tokens; the token that ends the turn is added.
  /// - Throws: `ModelFailure`; `CancellationError`.
  /// - Complexity: two forward passes over the whole prompt and answer, two over the plain ones, and
  ///   for each passage one over what follows it.
  /// - Precondition: 1 to 16 records, and a shortened prompt of each.
  public func evidence(
    records: [Digest], prompts: Prompts, answer: [Int32]
  ) async throws -> RetrievalEvidence {
    precondition(
      (1...RetrievalEvidence.mostPassages).contains(records.count)
        && records.count == prompts.shortened.count, "a shortened prompt for each passage")
    let answer = answer + [engine.tokenizer.endOfTurn]
    let tuned = try await engine.answerLikelihoods(
      answer, after: [prompts.whole, prompts.plain] + prompts.shortened, adapter: adapter)
    let untuned = try await engine.answerLikelihoods(answer, after: [prompts.whole, prompts.plain])
    return RetrievalEvidence(
      likelihoods: AnswerLikelihoods(
        base: untuned[1], adapter: tuned[1], context: untuned[0], both: tuned[0]),
      passages: zip(records, tuned.dropFirst(2)).map {
        RetrievedPassage(record: $0, drop: tuned[0] - $1)
      })
  }
}
