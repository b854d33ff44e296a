internal import Primitives

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

/// The linear datamodeling score (Park et al., 2023), by one routine for all methods.
///
/// For each query it is Spearman's correlation, over random halves, between the sum of a half's
/// scores and the negative expected loss of models trained on it; then the mean over queries. The
/// expectation is estimated by the mean over seeds.
struct DatamodelScore {
  private let halves: [[Int]]
  /// Negative losses, by seed, query and half.
  private let gains: [[[Double]]]
  /// Their means over the seeds.
  private let meanGains: [[Double]]

  /// - Parameter losses: by seed, half and query.
  init(halves: [[Int]], losses: [[[Double]]]) {
    self.halves = halves
    let queries = losses.first?.first?.indices ?? 0..<0
    let gains = losses.map { table in queries.map { query in table.map { -$0[query] } } }
    self.gains = gains
    meanGains = queries.map { query in
      halves.indices.map { half in gains.reduce(0) { $0 + $1[query][half] } / Double(gains.count) }
    }
  }

  /// What a method predicts for the halves, by query.
  private func predictions(_ scores: InfluenceScores) -> [[Double]] {
    scores.values.map { row in halves.map { half in half.reduce(0) { $0 + row[$1] } } }
  }

  /// The score.
  func value(_ scores: InfluenceScores) -> Double {
    Self.mean(zip(predictions(scores), meanGains).map { Correlation.spearman($0, $1) })
  }

  /// The same against single trainings, which are noisier; the mean over seeds.
  func singleValue(_ scores: InfluenceScores) -> Double {
    let predictions = predictions(scores)
    return Self.mean(
      gains.flatMap { gains in zip(predictions, gains).map { Correlation.spearman($0, $1) } })
  }

  /// How well one seed's losses predict another's; nil with one seed.
  ///
  /// Its root is about what perfect scores would reach against single trainings.
  var reliability: Double? {
    let pairs = gains.indices.flatMap { first in (0..<first).map { (first, $0) } }
    guard !pairs.isEmpty else { return nil }
    return Self.mean(
      pairs.flatMap { first, second in
        zip(gains[first], gains[second]).map { Correlation.spearman($0, $1) }
      })
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
  /// all: their quantiles, and those of their ratios, are intervals.
  func resampled(_ methods: [InfluenceScores], draws: Int, seed: UInt64 = 1) -> [[Double]] {
    let predictions = methods.map(predictions)
    var generator = SeededGenerator(seed: seed)
    func drawn(_ count: Int) -> [Int] {
      (0..<count).map { _ in Int(generator.next(below: UInt64(count))) }
    }
    return (0..<draws).map { _ in
      let queries = drawn(meanGains.count)
      let places = drawn(halves.count)
      var sums = [Double](repeating: 0, count: methods.count)
      for query in queries {
        let actual = Correlation.ranks(places.map { meanGains[query][$0] })
        for method in methods.indices {
          let predicted = Correlation.ranks(places.map { predictions[method][query][$0] })
          sums[method] += Correlation.pearson(predicted, actual)
        }
      }
      return sums.map { $0 / Double(queries.count) }
    }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }
}
