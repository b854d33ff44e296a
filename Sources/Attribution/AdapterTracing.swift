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
  /// - Throws: ``AttributionFailure`` or `ModelFailure`; what `each` or reading throws.
  public func rows(
    of examples: ExampleSource, from start: Int = 0, memory: Int = 512 << 20,
    each: (Int, SignRow) throws -> Void
  ) async throws {
    let size = min(256, max(1, memory / (4 * curvature.basis.coordinateCount)))
    for first in stride(from: start, to: examples.count, by: size) {
      let piece = try examples.read(first..<min(first + size, examples.count))
      for (index, vector) in try await vectors(of: piece).enumerated() {
        try each(
          first + index, SignRow(signsOf: vector, scaleExponent: curvature.scaleExponent))
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

extension SignRow {
  /// Rounds a vector to signs and its mean magnitude in units of 2⁻ᵉ, rounded down; zero counts as
  /// positive, a mean beyond 32 bits as the largest.
  ///
  /// - Precondition: a multiple of 64 finite numbers.
  public init(signsOf vector: [Float], scaleExponent: Int) {
    precondition(vector.count.isMultiple(of: 64), "a row has a multiple of 64 dimensions")
    var signs = [UInt64](repeating: 0, count: vector.count / 64)
    var sum = 0.0
    for index in vector.indices {
      if vector[index] >= 0 { signs[index / 64] |= 1 << UInt64(index % 64) }
      sum += Double(abs(vector[index]))
    }
    let mean = vector.isEmpty ? 0 : sum / Double(vector.count)
    let units = mean * Double(sign: .plus, exponent: scaleExponent, significand: 1)
    self.init(signs: signs, scale: units < 0x1p32 ? UInt32(units) : .max)
  }
}
