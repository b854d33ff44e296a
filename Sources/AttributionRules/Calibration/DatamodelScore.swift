package import Primitives

/// The linear datamodeling score (LDS; Park et al., 2023), by one routine for all methods.
///
/// For each query it is Spearman's correlation, over random halves of the records, between what a
/// method predicts for a half and the negative loss of a model trained on it; then the mean over
/// queries. In millionths, and the same on every machine.
public struct DatamodelScore: Sendable {
  /// What a method predicts for every half, as ranks by query.
  public struct Prediction: Sendable {
    fileprivate let ranks: [[Int]]

    /// - Parameter values: by query and half; higher means a lower loss.
    public init(_ values: [[some Comparable & SendableMetatype]]) {
      ranks = values.map { RankCorrelation.doubledRanks($0) }
    }
  }

  /// Ranks of the negative losses, by query and half.
  private let actual: [[Int]]
  private let halfCount: Int

  /// - Parameter losses: by query and half, in any unit; sums or means over seeds.
  /// - Precondition: as many halves for every query, at most ``RankCorrelation/mostValues``.
  public init(losses: [[Int64]]) {
    halfCount = losses.first?.count ?? 0
    precondition(losses.allSatisfy { [halfCount] in $0.count == halfCount }, "a loss a half")
    actual = losses.map { row in RankCorrelation.doubledRanks(row.map { -$0 }) }
  }

  /// The score of a method.
  /// - Precondition: a prediction for every query and half.
  public func millionths(_ prediction: Prediction) -> Int {
    precondition(prediction.ranks.count == actual.count, "a prediction a query")
    return Self.mean(zip(prediction.ranks, actual).map { RankCorrelation.ofRanks($0, $1) })
  }

  /// Scores of several methods over drawn queries and drawn halves, by draw, the same draws for
  /// all: their quantiles, and those of their ratios, are intervals.
  public func resampled(
    _ predictions: [Prediction], draws: Int = MeasuredFigure.draws, seed: UInt64 = 1
  ) -> [[Int]] {
    guard !actual.isEmpty, halfCount > 0 else { return [] }
    var generator = SeededGenerator(seed: seed)
    return (0..<draws).map { _ in
      let queries = generator.drawn(actual.count)
      let halves = generator.drawn(halfCount)
      var values = predictions.map { _ in [Int]() }
      for query in queries {
        let truth = RankCorrelation.doubledRanks(halves.map { actual[query][$0] })
        for (method, prediction) in predictions.enumerated() {
          let ranks = RankCorrelation.doubledRanks(halves.map { prediction.ranks[query][$0] })
          values[method].append(RankCorrelation.ofRanks(ranks, truth))
        }
      }
      return values.map(Self.mean)
    }
  }

  /// The score of a method with its interval.
  public func figure(_ prediction: Prediction) -> MeasuredFigure {
    MeasuredFigure(
      value: Int64(millionths(prediction)), draws: resampled([prediction]).map { Int64($0[0]) })
  }

  private static func mean(_ values: [Int]) -> Int {
    values.isEmpty ? 0 : values.reduce(0, +).dividedRoundingToNearest(by: values.count)
  }
}

extension SeededGenerator {
  /// So many places below `count`, any of them as often as it comes.
  package mutating func drawn(_ count: Int) -> [Int] {
    (0..<count).map { _ in Int(next(below: UInt64(count))) }
  }
}
