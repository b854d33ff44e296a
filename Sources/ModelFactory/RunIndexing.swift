public import Attribution
public import AttributionRules
internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import LanguageModels
public import Primitives

/// The attribution half of a run: its curvature, and the rows of its records and decoys, at the
/// adapter that the manifest names for tracing.
public struct RunIndexing: Sendable {
  public let engine: LanguageEngine
  public let recipe: TrainingRecipe
  /// The adapter after ``TrainingRecipe/tracingStep(records:)``.
  public let adapter: AdapterHandle
  /// Bytes of second moments or gradients held at once; less takes more passes.
  public let memory: Int
  /// Where what is made already is kept; nil to begin anew.
  public let progress: IndexProgress?

  public init(
    engine: LanguageEngine, recipe: TrainingRecipe, adapter: AdapterHandle,
    memory: Int = CurvatureLimits.committed.memory, progress: IndexProgress? = nil
  ) {
    self.engine = engine
    self.recipe = recipe
    self.adapter = adapter
    self.memory = memory
    self.progress = progress
  }

  /// Fits the curvature to the records trained on.
  /// - Parameter told: after each pass over the records that is made, how many of how many are done.
  /// - Throws: `AttributionFailure` with `noGradients` without a record, or `notFinite`;
  ///   `ModelFailure`; `StorageFailure` from what is kept.
  public func tracing(
    trained: [TrainingRecord], told: (Int, Int) -> Void = { _, _ in }
  ) async throws -> AdapterTracing {
    let examples = try chunks(of: trained).map(\.example)
    let name = progress?.name("curvature", of: examples)
    if let name, let bytes = try progress?.piece(name) {
      return AdapterTracing(
        engine: engine, adapter: adapter, curvature: try AdapterCurvature(bytes: bytes))
    }
    var limits = CurvatureLimits.committed
    limits.memory = memory
    let kept = progress.map { progress in
      FitPieces(
        piece: { try progress.piece(progress.name($0, of: examples)) },
        keep: { try progress.keep($0, as: progress.name($1, of: examples)) })
    }
    let curvature = try await CurvatureFit(
      engine: engine, adapter: adapter, limits: limits, kept: kept
    ).curvature(of: ExampleSource(examples), progress: told)
    if let name { try progress?.keep(curvature.bytes, as: name) }
    return AdapterTracing(engine: engine, adapter: adapter, curvature: curvature)
  }

  /// Commits every record and decoy to a row.
  /// - Parameter told: how many rows are done.
  /// - Throws: `AttributionFailure` with `notFinite`; `ModelFailure`; `StorageFailure` from what is
  ///   kept.
  public func index(
    trained: [TrainingRecord], decoys: [TrainingRecord], tracing: AdapterTracing,
    told: (Int) -> Void = { _ in }
  ) async throws -> InfluenceIndex {
    let records = try await rows(of: trained, tracing, told)
    return InfluenceIndex(
      dimension: tracing.curvature.dimension, records: records,
      decoys: try await rows(of: decoys, tracing) { told(records.count + $0) })
  }

  /// An index with the rows of more records, and without those of withdrawn ones; the curvature
  /// stays, and no row that stays is made again.
  ///
  /// What a build of all rows with this curvature gives, but for the rounding of other batches.
  /// - Parameters:
  ///   - added: trained on; those that the index has already are left as they are.
  ///   - withdrawn: records trained on, or decoys.
  /// - Throws: `AttributionFailure` with `wrongDimension` for another curvature's index; what
  ///   ``index(trained:decoys:tracing:told:)`` throws.
  public func extended(
    _ index: InfluenceIndex, adding added: [TrainingRecord], withdrawing withdrawn: Set<Digest>,
    tracing: AdapterTracing, told: (Int) -> Void = { _ in }
  ) async throws -> InfluenceIndex {
    guard index.dimension == tracing.curvature.dimension else {
      throw AttributionFailure(.wrongDimension)
    }
    let staying = index.records.filter { !withdrawn.contains($0.record) }
    let decoys = index.decoys.filter { !withdrawn.contains($0.record) }
    let known = Set((staying + decoys).map(\.record))
    let new = added.filter { !known.contains($0.digest) && !withdrawn.contains($0.digest) }
    return InfluenceIndex(
      dimension: index.dimension, records: staying + (try await rows(of: new, tracing, told)),
      decoys: decoys)
  }

  /// A run's texts as the model reads them.
  public func examples(_ texts: [QuestionAnswer]) throws -> [TrainingExample] {
    try texts.map {
      try recipe.example(question: $0.question, answer: $0.answer, template: engine.template)
    }
  }

  /// A piece of a record, as the model reads it.
  private struct Chunk {
    /// The record's place.
    let record: Int
    let number: UInt32
    let example: TrainingExample
  }

  private func chunks(of records: [TrainingRecord]) throws -> [Chunk] {
    try examples(records.map(\.text)).enumerated().flatMap { place, example in
      example.chunks().enumerated().map {
        Chunk(record: place, number: UInt32($0.offset), example: $0.element)
      }
    }
  }

  /// All chunks of the earlier records that one is partly like.
  private func neighbours(of record: TrainingRecord) throws -> [TrainingExample] {
    try examples(record.neighbours.map(\.text)).flatMap { $0.chunks() }
  }

  /// Rows that are made, and kept, together.
  private static let segment = 64

  private func rows(
    of records: [TrainingRecord], _ tracing: AdapterTracing, _ told: (Int) -> Void
  ) async throws -> [IndexedRecord] {
    let chunks = try chunks(of: records)
    let curvature = progress == nil ? .zero : SHA256.digest(of: tracing.curvature.bytes)
    var indexed: [IndexedRecord] = []
    for first in stride(from: 0, to: chunks.count, by: Self.segment) {
      let piece = chunks[first..<min(first + Self.segment, chunks.count)]
      let rows = try await rows(
        of: piece.map(\.example), after: try piece.map { try neighbours(of: records[$0.record]) },
        tracing,
        curvature)
      for (chunk, row) in zip(piece, rows) {
        let record = records[chunk.record]
        indexed.append(
          IndexedRecord(
            record: record.digest, chunk: chunk.number,
            tokens: UInt32(chunk.example.answerTokens.count), origin: record.origin, row: row))
      }
      told(indexed.count)
    }
    return indexed
  }

  /// The rows of one segment, kept ones if they are there.
  private func rows(
    of examples: [TrainingExample], after neighbours: [[TrainingExample]],
    _ tracing: AdapterTracing, _ curvature: Digest
  ) async throws -> [SignRow] {
    let basis = SHA256.digest(
      of: curvature.bytes + neighbours.flatMap { UInt32($0.count).canonicalBytes })
    let name = progress?.name("rows", of: examples + neighbours.flatMap { $0 }, basis: basis)
    if let name, let bytes = try progress?.piece(name) {
      var decoder = CanonicalDecoder(bytes)
      let rows: [SignRow] = try decoder.list(atMost: Self.segment)
      if rows.count == examples.count { return rows }
    }
    var rows: [SignRow] = []
    try await tracing.rows(
      of: ExampleSource(examples), memory: memory, after: { neighbours[$0] }
    ) { rows.append($1) }
    if let name {
      var encoder = CanonicalEncoder()
      encoder.encode(list: rows)
      try progress?.keep(encoder.bytes, as: name)
    }
    return rows
  }
}
