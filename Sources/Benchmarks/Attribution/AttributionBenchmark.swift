internal import Attribution
internal import AttributionRules

/// How well attribution predicts what retraining does.
public struct AttributionBenchmark: Sendable {
  public struct Figure: Sendable {
    public let name: String
    public let value: Double
    /// 95 % of what the same measurement gives over drawn queries and halves, or of a speed the
    /// extremes of its rounds; nil without one.
    public let interval: (low: Double, high: Double)?
    public let meaning: String
  }

  public let figures: [Figure]

  /// Makes what the task's folder lacks: documents, base model, adapter, retrainings.
  ///
  /// Each retraining takes seconds of processor time; what is cut off goes on in the next call.
  /// - Parameter most: the most trainings to run in this call.
  public static func complete(
    _ plan: TaskPlan, folder: String, dependencies: String, most: Int = .max,
    progress: (String) -> Void
  ) async throws {
    try await TaskFolder(plan: plan, path: folder, dependencies: dependencies).complete(
      most: most, progress: progress)
  }

  /// Scores every method against the retrainings that a task's folder holds, of whole seeds only.
  ///
  /// Then scans a million random rows, and checks evidence over ten thousand. About half a minute of
  /// processor time, a gigabyte of memory.
  /// - Parameters:
  ///   - peers: files of other programs' scores, judged beside ours.
  ///   - draws: how often queries and halves are drawn for the intervals.
  /// - Throws: ``AttributionBenchmarkFailure`` with `taskIncomplete` if no seed is whole, or
  ///   `scoresUnfit`.
  public static func run(
    _ plan: TaskPlan, folder: String, dependencies: String, peers: [String] = [],
    draws: Int = 400
  ) async throws -> AttributionBenchmark {
    let content = try TaskFolder(plan: plan, path: folder, dependencies: dependencies).read()
    let peers = try peers.map { try PeerScores(file: $0, for: content.task) }
    let seeds = content.table.wholeSeeds
    guard !seeds.isEmpty else {
      throw AttributionBenchmarkFailure(
        .taskIncomplete, "\(content.table.missing.count) retrainings are missing in \(folder)")
    }
    let start = ProcessorClock.processorSeconds()
    let scores = try await TaskScores(content)
    let prediction = plan.leavesOut ? try await ContributorPrediction(content) : nil
    let seconds = ProcessorClock.processorSeconds() - start
    return try AttributionBenchmark(
      figures: datamodelFigures(scores, peers, content, seeds: seeds, draws: draws)
        + (prediction.map { contributorFigures($0, scores, peers, content, seeds: seeds) } ?? [])
        + [
          Figure("row_bytes", Double(scores.rowBytes), "a committed row: signs and a scale"),
          Figure("halves", Double(plan.halfCount), "random halves that were retrained"),
          Figure("seeds", Double(seeds.count), "trainings of each half"),
          Figure("scoring_seconds", seconds, "all methods' scores, processor time"),
        ] + ScanBenchmark.run(rows: 1_000_000, rounds: 5).figures
        + VerifyBenchmark.run(rows: 10_000, rounds: 9).figures)
  }

  /// What tracing costs on the real model: each answer, and each pass over the records of an index.
  ///
  /// About two minutes of processor time; nothing else should compute meanwhile.
  public static func costs(
    dependencies: String, rounds: Int = 5
  ) async throws -> AttributionBenchmark {
    let model = try await TracedModel(
      modelPath: "\(dependencies)/model/SmolLM2-135M-Instruct.Q4_1.gguf", records: 16)
    let passes = try await IndexPassBenchmark.run(model, rounds: rounds)
    let answers = try await AnswerCostBenchmark.run(model, passes.tracing, rounds: rounds)
    return AttributionBenchmark(figures: answers + passes.figures)
  }

  /// Every figure by its name, bounds of intervals beside it.
  public var flat: [(name: String, value: Double)] {
    figures.flatMap { figure in
      [(figure.name, figure.value)]
        + (figure.interval.map {
          [("\(figure.name)_low", $0.low), ("\(figure.name)_high", $0.high)]
        } ?? [])
    }
  }

  // MARK: - Against random halves

  private static func datamodelFigures(
    _ scores: TaskScores, _ peers: [PeerScores], _ content: TaskFolder.Content, seeds: [Int],
    draws: Int
  ) -> [Figure] {
    let plan = content.table.plan
    let documentCount = content.task.documents.count
    let datamodel = TaskDatamodelScore(
      halves: (0..<plan.halfCount).map { Retraining.half($0, of: documentCount) },
      losses: seeds.map { content.table.rows(.half, seed: $0).map(\.losses) })
    let candidates: [(name: String, scores: InfluenceScores?, meaning: String)] =
      [
        ("exact", scores.exact, "our method in full precision"),
        ("stored", scores.stored, "our method as committed: sign rows, integer scores"),
        ("paid", scores.paid, "the same, weighed by tokens as pay is"),
        ("truncated", scores.truncated, "as committed, before rounding"),
        ("datainf", scores.dataInf, "DataInf's formula, our implementation"),
        ("graddot", scores.gradientProducts, "inner products of plain gradients"),
        ("tfidf", scores.termFrequencies, "likeness of texts, no model"),
      ] + peers.map { ($0.name, InfluenceScores(values: $0.scores), "\($0.name) itself") }
    let methods = candidates.compactMap { method in
      method.scores.map { (name: method.name, scores: $0, meaning: method.meaning) }
    }
    let resampled = datamodel.resampled(methods.map(\.scores), draws: draws)
    let values = methods.map { datamodel.value($0.scores) }
    func ratio(_ name: String, _ first: String, to second: String) -> [Figure] {
      guard let first = methods.firstIndex(where: { $0.name == first }),
        let second = methods.firstIndex(where: { $0.name == second })
      else { return [] }
      return [
        Figure(
          name: name, value: values[first] / values[second],
          interval: interval(resampled.map { $0[first] / $0[second] }),
          meaning: "\(methods[first].name) to \(methods[second].name), same queries and halves")
      ]
    }
    var figures = methods.indices.map { place in
      Figure(
        name: "lds_\(methods[place].name)", value: values[place],
        interval: interval(resampled.map { $0[place] }), meaning: methods[place].meaning)
    }
    figures += ratio("lds_stored_ratio", "stored", to: "exact")
    figures += ratio("lds_exact_to_datainf", "exact", to: "datainf")
    figures += ratio("lds_stored_to_datainf", "stored", to: "datainf")
    for peer in peers {
      figures += ratio("lds_exact_to_\(peer.name)", "exact", to: peer.name)
    }
    if let reliability = datamodel.reliability, let ceiling = datamodel.ceiling {
      figures += [
        Figure("lds_ceiling", ceiling, "about what perfect scores would reach"),
        Figure("seed_reliability", reliability, "one seed's losses against another's"),
        Figure(
          "lds_ceiling_single", max(0, reliability).squareRoot(), "the ceiling of what follows"),
      ]
      figures += methods.map {
        Figure(
          "lds_\($0.name)_single", datamodel.singleValue($0.scores), "against single trainings")
      }
    }
    return figures
  }

  /// The middle 95 %.
  private static func interval(_ draws: [Double]) -> (low: Double, high: Double)? {
    let sorted = draws.sorted()
    guard sorted.count >= 40 else { return nil }
    return (sorted[sorted.count / 40], sorted[sorted.count - 1 - sorted.count / 40])
  }

  // MARK: - Against leaving a contributor out

  private static func contributorFigures(
    _ prediction: ContributorPrediction, _ scores: TaskScores, _ peers: [PeerScores],
    _ content: TaskFolder.Content, seeds: [Int]
  ) -> [Figure] {
    let plan = content.table.plan
    let owners = content.task.owners
    let contributors = content.task.contributors.indices
    // By how much each query's loss rises without a contributor, mean over seeds.
    let rises = content.task.queries.indices.map { query in
      contributors.map { contributor in
        seeds.reduce(0.0) { sum, seed in
          let full = content.table.rows(.full, seed: seed)[0].losses[query]
          return sum + content.table.rows(.without, seed: seed)[contributor].losses[query] - full
        } / Double(seeds.count)
      }
    }
    func figures(_ suffix: String, _ predicted: [[Double]], _ means: String) -> [Figure] {
      let correlations = zip(predicted, rises).map { Correlation.spearman($0, $1) }
      let own = predicted.enumerated().filter { query, row in
        row.max() == row[query / plan.heldOutCount]
      }
      return [
        Figure(
          "loco_rho\(suffix)", correlations.reduce(0, +) / Double(correlations.count),
          "\(means) and what leaving each contributor out does, by query"),
        Figure(
          "loco_top_own\(suffix)", Double(own.count) / Double(predicted.count),
          "queries whose first contributor is their own source"),
        Figure(
          "contributor_pearson\(suffix)",
          Correlation.pearson(columnSums(predicted), columnSums(rises)),
          "\(means) and what leaving each contributor out does, on all queries"),
      ]
    }
    func sums(_ suffix: String, _ scores: InfluenceScores) -> [Figure] {
      figures(suffix, scores.byContributor(owners), "sums of scores")
    }
    return figures("", prediction.rises, "the uplift estimator's prediction")
      + (scores.exact.map { sums("_linear", $0) } ?? []) + sums("_linear_stored", scores.stored)
      + sums("_datainf", scores.dataInf)
      + peers.flatMap { sums("_\($0.name)", InfluenceScores(values: $0.scores)) }
  }

  private static func columnSums(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } }
  }
}

extension AttributionBenchmark.Figure {
  fileprivate init(_ name: String, _ value: Double, _ meaning: String) {
    self.init(name: name, value: value, interval: nil, meaning: meaning)
  }
}
