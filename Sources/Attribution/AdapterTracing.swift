public import AttributionRules
public import LanguageModels

/// Turns examples into the rows of an index, and an answer into the query that scores them, at the
/// run's adapter and with its curvature.
public struct AdapterTracing: Sendable {
  public let engine: LanguageEngine
  public let adapter: AdapterHandle
  public let curvature: AdapterCurvature

  public init(engine: LanguageEngine, adapter: AdapterHandle, curvature: AdapterCurvature) {
    self.engine = engine
    self.adapter = adapter
    self.curvature = curvature
  }

  /// The vectors of examples, in their order.
  ///
  /// - Parameter batched: false runs each alone, unpadded, as a later check would; the two differ
  ///   by rounding.
  /// - Throws: ``AttributionFailure`` or `ModelFailure`.
  public func vectors(
    of examples: [TrainingExample], batched: Bool = true
  ) async throws -> [[Float]] {
    try await engine.adapterGradients(
      of: examples, adapter: adapter, along: curvature.basis, batched: batched
    ).map { try curvature.vector(of: $0) }
  }

  /// Hands over the committed row of each example, in order, holding a piece of them at a time.
  ///
  /// - Parameters:
  ///   - start: the first example's place, where an earlier call ended.
  ///   - memory: bytes of gradients held at once; at least one example's.
  ///   - neighbours: the earlier examples, by an example's place, whose vectors are projected out of
  ///     its own. The vectors of those of one example are held at once, too.
  /// - Throws: ``AttributionFailure`` or `ModelFailure`; what `each` or reading throws.
  public func rows(
    of examples: ExampleSource, from start: Int = 0, memory: Int = 512 << 20,
    after neighbours: (Int) throws -> [TrainingExample] = { _ in [] },
    each: (Int, SignRow) throws -> Void
  ) async throws {
    let size = min(64, max(1, memory / (4 * curvature.basis.coordinateCount)))
    // The chunks of a record have the same neighbours.
    var others: [TrainingExample] = []
    var earlier: [[Float]] = []
    for first in stride(from: start, to: examples.count, by: size) {
      let piece = try examples.read(first..<min(first + size, examples.count))
      for (index, vector) in try await vectors(of: piece).enumerated() {
        let before = try neighbours(first + index)
        if before != others {
          (others, earlier) = (before, [])
          for first in stride(from: 0, to: others.count, by: size) {
            earlier += try await vectors(of: Array(others[first..<min(first + size, others.count)]))
          }
        }
        try each(
          first + index,
          SignRow(rounding: vector, after: earlier))
      }
    }
  }

  /// The query of an answer: the one path that everybody repeats, one example alone.
  ///
  /// - Parameters:
  ///   - prompt: the conversation's tokens, up to where the answer begins.
  ///   - answer: the generated tokens; the token that ends the turn is added, so that an empty
  ///     answer has a gradient too.
  /// - Throws: ``AttributionFailure`` or `ModelFailure`.
  public func query(prompt: [Int32], answer: [Int32]) async throws -> QueryVector {
    let example = TrainingExample(
      promptTokens: prompt, answerTokens: answer + [engine.tokenizer.endOfTurn])
    return QueryVector(quantising: try await vectors(of: [example], batched: false)[0])
  }
}
