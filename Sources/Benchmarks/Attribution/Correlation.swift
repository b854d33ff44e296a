internal import AttributionRules

/// How far two lists of numbers rise together.
enum Correlation {
  /// Pearson's; 0 if either list is constant.
  /// - Precondition: as many numbers in both.
  static func pearson(_ first: [Double], _ second: [Double]) -> Double {
    precondition(first.count == second.count, "lists of different lengths")
    let count = Double(first.count)
    let means = (first.reduce(0, +) / count, second.reduce(0, +) / count)
    var product = 0.0
    var squares = (0.0, 0.0)
    for index in first.indices {
      let distances = (first[index] - means.0, second[index] - means.1)
      product += distances.0 * distances.1
      squares.0 += distances.0 * distances.0
      squares.1 += distances.1 * distances.1
    }
    let length = (squares.0 * squares.1).squareRoot()
    return length > 0 ? product / length : 0
  }

  /// Spearman's: Pearson's of the ranks, equal numbers sharing the mean of theirs.
  static func spearman(_ first: [Double], _ second: [Double]) -> Double {
    RankCorrelation.millionths(first, second).ofMillion
  }
}
