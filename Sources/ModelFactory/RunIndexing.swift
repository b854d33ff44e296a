public import Attribution
public import AttributionRules
public import ClientAPI
public import LanguageModels

/// The attribution half of a run: its curvature, and the rows of its records and decoys, at the
/// adapter that the manifest names for tracing.
public struct RunIndexing: Sendable {
  public let engine: LanguageEngine
  public let recipe: TrainingRecipe
  /// The adapter after ``TrainingRecipe/tracingStep(records:)``.
  public let adapter: AdapterHandle
  /// Bytes of second moments or gradients held at once; less takes more passes.
  public let memory: Int

  public init(
    engine: LanguageEngine, recipe: TrainingRecipe, adapter: AdapterHandle,
    memory: Int = CurvatureLimits.committed.memory
  ) {
    self.engine = engine
    self.recipe = recipe
    self.adapter = adapter
    self.memory = memory
  }

  /// Fits the curvature to the records trained on.
  /// - Parameter progress: told after each pass over the records how many of how many are done.
  /// - Throws: `AttributionFailure` with `noGradients` without a record, or `notFinite`;
  ///   `ModelFailure`.
  public func tracing(
    trained: [TrainingRecord], progress: (Int, Int) -> Void = { _, _ in }
  ) async throws -> AdapterTracing {
    var limits = CurvatureLimits.committed
    limits.memory = memory
    let curvature = try await CurvatureFit(engine: engine, adapter: adapter, limits: limits)
      .curvature(of: ExampleSource(chunks(of: trained).map(\.example)), progress: progress)
    return AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
  }

  /// Commits every record and decoy to a row.
  /// - Parameter progress: told how many rows are done.
  public func index(
    trained: [TrainingRecord], decoys: [TrainingRecord], tracing: AdapterTracing,
    progress: (Int) -> Void = { _ in }
  ) async throws -> InfluenceIndex {
    let records = try await rows(of: trained, tracing, progress)
    return InfluenceIndex(
      dimension: tracing.curvature.dimension, records: records,
      decoys: try await rows(of: decoys, tracing) { progress(trained.count + $0) })
  }

  /// A run's texts as the model reads them.
  public func examples(_ texts: [QuestionAnswer]) -> [TrainingExample] {
    texts.map {
      recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
    }
  }

  /// A piece of a record, as the model reads it.
  private struct Chunk {
    /// The record's place.
    let record: Int
    let number: UInt32
    let example: TrainingExample
  }

  private func chunks(of records: [TrainingRecord]) -> [Chunk] {
    examples(records.map(\.text)).enumerated().flatMap { place, example in
      example.chunks().enumerated().map {
        Chunk(record: place, number: UInt32($0.offset), example: $0.element)
      }
    }
  }

  private func rows(
    of records: [TrainingRecord], _ tracing: AdapterTracing, _ progress: (Int) -> Void
  ) async throws -> [IndexedRecord] {
    let chunks = chunks(of: records)
    var indexed: [IndexedRecord] = []
    try await tracing.rows(of: ExampleSource(chunks.map(\.example)), memory: memory) { place, row in
      let chunk = chunks[place]
      let record = records[chunk.record]
      indexed.append(
        IndexedRecord(
          record: record.digest, chunk: chunk.number,
          tokens: UInt32(chunk.example.answerTokens.count), origin: record.origin, row: row))
      progress(indexed.count)
    }
    return indexed
  }
}
