/// Spearman's correlation in whole numbers, so that everybody finds the same one.
public enum RankCorrelation {
  /// The most values in a list; beyond it products leave 128 bits.
  public static let mostValues = 1_024

  /// Twice the rank of every value, from 0, equal values sharing the mean of theirs.
  public static func doubledRanks(_ values: [some Comparable]) -> [Int] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Int](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = start + end - 1 }
      start = end
    }
    return ranks
  }

  /// How far two lists rise together, in millionths; 0 if either is constant.
  /// - Precondition: as many values in both, at most ``mostValues``.
  public static func millionths(_ first: [some Comparable], _ second: [some Comparable]) -> Int {
    ofRanks(doubledRanks(first), doubledRanks(second))
  }

  /// The same of ranks.
  static func ofRanks(_ first: [Int], _ second: [Int]) -> Int {
    precondition(
      first.count == second.count && first.count <= mostValues, "two lists of at most 1,024")
    let count = first.count
    var sums = (0, 0)
    var products = (own: 0, other: 0, cross: 0)
    for index in first.indices {
      sums.0 += first[index]
      sums.1 += second[index]
      products.own += first[index] * first[index]
      products.other += second[index] * second[index]
      products.cross += first[index] * second[index]
    }
    // All three are scaled by the count's square: below 2⁴¹ with 1,024 values.
    let variances = (
      count * products.own - sums.0 * sums.0, count * products.other - sums.1 * sums.1
    )
    guard variances.0 > 0, variances.1 > 0 else { return 0 }
    let squares = UInt128(variances.0) * UInt128(variances.1) * 1_000_000_000_000
    let length = squares.squareRootRoundingDown()
    let covariance = Int128(count * products.cross - sums.0 * sums.1) * 1_000_000_000_000
    return Int(covariance.dividedRoundingToNearest(by: Int128(length)))
  }
}

extension FixedWidthInteger where Self: SignedInteger {
  /// The quotient, halves away from zero.
  /// - Precondition: `divisor` is positive.
  func dividedRoundingToNearest(by divisor: Self) -> Self {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    guard rest.magnitude >= divisor.magnitude - rest.magnitude else { return quotient }
    return quotient + (self < 0 ? -1 : 1)
  }
}
