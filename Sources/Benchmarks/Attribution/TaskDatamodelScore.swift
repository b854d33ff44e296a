internal import AttributionRules

/// Scores of every document for every query, by any method: higher means that training on the
/// document lowers the query's loss more.
struct InfluenceScores {
  /// By query, then by document.
  let values: [[Double]]

  /// Sums over the documents of each contributor, by query.
  func byContributor(_ owners: [Int]) -> [[Double]] {
    values.map { row in
      var sums = [Double](repeating: 0, count: (owners.max() ?? -1) + 1)
      for (owner, value) in zip(owners, row) { sums[owner] += value }
      return sums
    }
  }
}

/// The linear datamodeling score of a task whose halves were trained on with several seeds.
///
/// The score is defined by the expected loss, which the mean over seeds estimates.
struct TaskDatamodelScore {
  private let halves: [[Int]]
  /// Against the means over the seeds.
  private let mean: DatamodelScore
  /// Against the trainings of each seed, which are noisier.
  private let bySeed: [DatamodelScore]
  /// Negative losses as predictions of one another, by seed.
  private let gains: [DatamodelScore.Prediction]

  /// - Parameter losses: by seed, half and query, of five digits.
  init(halves: [[Int]], losses: [[[Double]]]) {
    self.halves = halves
    let queries = losses.first?.first?.indices ?? 0..<0
    let tables = losses.map { table in
      queries.map { query in table.map { Int64(($0[query] * 1e5).rounded()) } }
    }
    mean = DatamodelScore(
      losses: queries.map { query in
        halves.indices.map { half in tables.reduce(0) { $0 + $1[query][half] } }
      })
    bySeed = tables.map { DatamodelScore(losses: $0) }
    gains = tables.map { DatamodelScore.Prediction($0.map { $0.map { -$0 } }) }
  }

  /// What a method predicts for the halves, by query.
  private func prediction(_ scores: InfluenceScores) -> DatamodelScore.Prediction {
    DatamodelScore.Prediction(
      scores.values.map { row in halves.map { half in half.reduce(0) { $0 + row[$1] } } })
  }

  /// The score.
  func value(_ scores: InfluenceScores) -> Double { mean.millionths(prediction(scores)).ofMillion }

  /// The same against single trainings; the mean over seeds.
  func singleValue(_ scores: InfluenceScores) -> Double {
    let prediction = prediction(scores)
    return bySeed.reduce(0) { $0 + $1.millionths(prediction).ofMillion } / Double(bySeed.count)
  }

  /// How well one seed's losses predict another's; nil with one seed.
  ///
  /// Its root is about what perfect scores would reach against single trainings.
  var reliability: Double? {
    let pairs = gains.indices.flatMap { first in (0..<first).map { (first, $0) } }
    guard !pairs.isEmpty else { return nil }
    let sum = pairs.reduce(0.0) { $0 + bySeed[$1.0].millionths(gains[$1.1]).ofMillion }
    return sum / Double(pairs.count)
  }

  /// About what perfect scores would reach: the root of the means' reliability, by Spearman and
  /// Brown's formula.
  var ceiling: Double? {
    reliability.map { reliability in
      let count = Double(gains.count)
      return max(0, count * reliability / (1 + (count - 1) * reliability)).squareRoot()
    }
  }

  /// Scores of several methods over drawn queries and drawn halves, by draw, the same draws for
  /// all.
  func resampled(_ methods: [InfluenceScores], draws: Int) -> [[Double]] {
    mean.resampled(methods.map(prediction), draws: draws).map { $0.map(\.ofMillion) }
  }
}

extension Int {
  /// Millionths as a number.
  var ofMillion: Double { Double(self) / 1_000_000 }
}
