internal import Attribution
public import AttributionRules
internal import ClientAPI
public import LanguageModels
public import Primitives

/// Computes a run's claims again from its public artifacts, and says what is wrong beyond rounding.
///
/// Tolerances are those of docs/spec/attribution.md, "Recomputation".
public struct RunRecomputation: Sendable {
  public let run: PublishedRun
  public let engine: LanguageEngine

  public init(of run: PublishedRun, engine: LanguageEngine) {
    self.run = run
    self.engine = engine
  }

  // MARK: - Integers

  /// What texts and headers show without a model.
  /// - Parameters:
  ///   - snapshotRoot: what the ledger says of the version.
  ///   - header: the digest of the header that draws its decoys; nil if it does not exist yet.
  /// - Throws: `ModelFailure` if the model's template refuses a record.
  public func faultOfRecords(snapshotRoot: Digest, header: Digest?) throws -> RunFault? {
    guard run.isWhole, run.snapshotRoot == snapshotRoot,
      run.manifest.snapshotRoot == snapshotRoot
    else { return .recordsWrong }
    guard let header, run.manifest.decoyDraw == header else { return .drawWrong }
    let drawn = DecoyDraw(block: header).divide(run.heads, decoys: run.manifest.decoys.count)
    guard drawn.decoys.map(\.digest).sorted() == run.manifest.decoys else { return .drawWrong }
    return try rowsAreComplete() ? nil : .rowsIncomplete
  }

  /// Whether each list has exactly the chunks of its records, each with its tokens.
  private func rowsAreComplete() throws -> Bool {
    func names(_ records: [TrainingRecord]) throws -> [RowName: UInt32] {
      var names: [RowName: UInt32] = [:]
      for record in records {
        for (chunk, example) in try chunks(of: record.text).enumerated() {
          names[RowName(record: record.digest, chunk: UInt32(chunk))] = UInt32(
            example.answerTokens.count)
        }
      }
      return names
    }
    return try [(run.index.records, run.trained), (run.index.decoys, run.decoys)].allSatisfy {
      rows, records in
      let names = try names(records)
      return names.count == rows.count && rows.allSatisfy { names[$0.name] == $0.tokens }
    }
  }

  // MARK: - Rows

  /// A row that is not its record's gradient.
  public struct WrongRow: Sendable {
    /// Its place in the list of records, or of decoys.
    public let place: Int
    public let ofDecoys: Bool
    /// What it should be; nil if there is no such piece of a record.
    public let right: IndexedRecord?
  }

  /// What is wrong with one row, computed alone as whoever disputes it does.
  /// - Returns: nil for a row that is right, or that there is none of.
  /// - Throws: `AttributionFailure`, `ModelFailure`.
  /// - Complexity: a forward and backward pass, and one for each chunk of a neighbour.
  public func wrongRow(at place: Int, ofDecoys: Bool) async throws -> WrongRow? {
    guard (ofDecoys ? run.index.decoys : run.index.records).indices.contains(place) else {
      return nil
    }
    return try await withTracing {
      try await wrongRow(at: place, ofDecoys: ofDecoys, $0, batched: false)
    }
  }

  /// Every wrong row, records before decoys; one that differs beside its neighbours is computed alone
  /// again.
  /// - Parameter told: after each row, how many of how many are done.
  /// - Throws: `AttributionFailure`, `ModelFailure`.
  /// - Complexity: about that of making the index.
  public func wrongRows(told: (Int, Int) -> Void = { _, _ in }) async throws -> [WrongRow] {
    let places =
      run.index.records.indices.map { (place: $0, ofDecoys: false) }
      + run.index.decoys.indices.map { (place: $0, ofDecoys: true) }
    return try await withTracing { tracing in
      var wrong: [WrongRow] = []
      for (done, row) in places.enumerated() {
        if try await wrongRow(at: row.place, ofDecoys: row.ofDecoys, tracing, batched: true) != nil,
          let found = try await wrongRow(
            at: row.place, ofDecoys: row.ofDecoys, tracing, batched: false)
        {
          wrong.append(found)
        }
        told(done + 1, places.count)
      }
      return wrong
    }
  }

  /// The index with the right rows in the place of wrong ones.
  public func index(without wrong: [WrongRow]) -> InfluenceIndex {
    func rows(_ rows: [IndexedRecord], ofDecoys: Bool) -> [IndexedRecord] {
      let found = Dictionary(
        wrong.filter { $0.ofDecoys == ofDecoys }.map { ($0.place, $0.right) },
        uniquingKeysWith: { first, _ in first })
      return rows.enumerated().compactMap { place, row in
        found[place].map { $0 } ?? row
      }
    }
    return InfluenceIndex(
      dimension: run.index.dimension, records: rows(run.index.records, ofDecoys: false),
      decoys: rows(run.index.decoys, ofDecoys: true))
  }

  private func wrongRow(
    at place: Int, ofDecoys: Bool, _ tracing: AdapterTracing, batched: Bool
  ) async throws -> WrongRow? {
    let row = (ofDecoys ? run.index.decoys : run.index.records)[place]
    guard let (example, earlier) = try sources(of: row) else {
      return WrongRow(place: place, ofDecoys: ofDecoys, right: nil)
    }
    let vectors = try await tracing.vectors(of: [example] + earlier, batched: batched)
    let (own, others) = (vectors[0], Array(vectors.dropFirst()))
    let tokens = example.answerTokens.count
    let difference = RowDifference(of: row.row, from: own, after: others)
    if row.tokens == UInt32(tokens), difference?.isRounding == true { return nil }
    guard own.count == run.index.dimension else {
      return WrongRow(place: place, ofDecoys: ofDecoys, right: nil)
    }
    return WrongRow(
      place: place, ofDecoys: ofDecoys,
      right: IndexedRecord(
        record: row.record, chunk: row.chunk, tokens: UInt32(tokens), origin: row.origin,
        row: SignRow(rounding: own, after: others)))
  }

  /// The chunk that a row stands for, and all chunks of its neighbours; nil if there is no such chunk.
  private func sources(
    of row: IndexedRecord
  ) throws -> (example: TrainingExample, earlier: [TrainingExample])? {
    guard let record = run.record(row.record) else { return nil }
    let chunks = try chunks(of: record.text)
    guard Int(row.chunk) < chunks.count else { return nil }
    return (chunks[Int(row.chunk)], try record.neighbours.flatMap { try self.chunks(of: $0.text) })
  }

  // MARK: - Training

  /// What is wrong with curvature and adapters: fits and trains again.
  /// - Parameter told: after each training step, how many of how many are done.
  /// - Throws: `AttributionFailure`, `ModelFailure`; `CancellationError`.
  /// - Complexity: that of the run's training, and of its curvature.
  public func faultOfTraining(
    told: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) async throws -> RunFault? {
    if try await !curvatureIsRight() { return .curvatureWrong }
    let recipe = run.manifest.recipe
    let tracingStep = recipe.tracingStep(records: run.trained.count)
    let kept = KeptAdapter()
    let adapter = try await engine.train(
      on: try run.trained.map { try example(of: $0.text) },
      settings: recipe.settings(steps: recipe.stepCount(records: run.trained.count)),
      checkpointSteps: [tracingStep], checkpoint: { kept.value = $1 },
      progress: { told($0.step, $0.stepCount) })
    let distances = [
      adapter.distance(from: run.adapter),
      (kept.value ?? adapter).distance(from: run.tracingAdapter),
    ]
    return distances.allSatisfy { $0 <= LoRAAdapter.distanceTolerance } ? nil : .adapterWrong
  }

  /// Whether the curvature gives the records' vectors the same inner products as one that is fitted
  /// again.
  private func curvatureIsRight() async throws -> Bool {
    try await withTracing { tracing in
      let examples = try run.trained.flatMap { try chunks(of: $0.text) }
      let fitted = try await CurvatureFit(engine: engine, adapter: tracing.adapter)
        .curvature(of: ExampleSource(examples))
      guard fitted.dimension == tracing.curvature.dimension else { return false }
      let again = AdapterTracing(engine: engine, adapter: tracing.adapter, curvature: fitted)
      let claimed = try await tracing.vectors(of: examples)
      let difference = VectorGeometry.difference(
        claimed, try await again.vectors(of: examples))
      return difference <= VectorGeometry.tolerance
    }
  }

  // MARK: - Parts

  func example(of text: QuestionAnswer) throws -> TrainingExample {
    try run.manifest.recipe.example(
      question: text.question, answer: text.answer, template: engine.template)
  }

  func chunks(of text: QuestionAnswer) throws -> [TrainingExample] {
    try example(of: text).chunks()
  }

  /// Loads the tracing adapter, and has the engine forget it afterwards.
  func withTracing<Value>(
    _ body: (AdapterTracing) async throws -> Value
  ) async throws -> Value {
    let handle = try await engine.load(run.tracingAdapter)
    do {
      let value = try await body(
        AdapterTracing(engine: engine, adapter: handle, curvature: run.curvature))
      await engine.unload(handle)
      return value
    } catch {
      await engine.unload(handle)
      throw error
    }
  }
}

/// The adapter that a training leaves on its way.
///
/// `@unchecked Sendable`: the engine's thread writes it before the call that it belongs to returns.
private final class KeptAdapter: @unchecked Sendable {
  var value: LoRAAdapter?
}
