/// The score that unrelated records do not reach.
///
/// DESIGN 4.1 step 5: the larger of the highest decoy score and median + z(N) · MAD over the
/// decoys, where z is such that fewer than one of N unrelated records is expected above it.
public enum NoiseFloor {
  /// Φ⁻¹(1 − 2⁻ᵏ) · 1.4826 in thousandths, for k = 0...40: what turns a median absolute deviation
  /// into a normal quantile.
  static let quantilesInThousandths: [Int64] = [
    0, 0, 1000, 1706, 2274, 2762, 3193, 3584, 3944, 4278, 4592, 4888, 5170, 5439, 5696, 5943,
    6182, 6412, 6635, 6851, 7062, 7266, 7466, 7660, 7850, 8036, 8217, 8396, 8570, 8741, 8909,
    9075, 9237, 9397, 9554, 9708, 9861, 10011, 10159, 10305, 10449,
  ]

  /// Returns the floor for an index of `recordCount` records.
  ///
  /// Without decoys there is nothing to tell signal from noise, and nothing passes.
  /// - Complexity: O(n log n) in the number of decoys.
  public static func value(decoyScores: [Int64], recordCount: Int) -> Int64 {
    guard let highest = decoyScores.max() else { return .max }
    let center = lowerMedian(decoyScores)
    let spread = lowerMedian(decoyScores.map { distance($0, center) })
    // ⌈log₂ N⌉, so that a count between two powers takes the stricter row.
    let exponent = recordCount < 2 ? 0 : Int.bitWidth - (recordCount - 1).leadingZeroBitCount
    let z = quantilesInThousandths[min(exponent, quantilesInThousandths.count - 1)]
    let (product, overflowed) = spread.multipliedReportingOverflow(by: z)
    let margin = overflowed ? .max : product / 1000
    let (statistical, tooHigh) = center.addingReportingOverflow(margin)
    return max(highest, tooHigh ? .max : statistical)
  }

  /// The median; of an even count the smaller middle value, so that no division is needed.
  private static func lowerMedian(_ values: [Int64]) -> Int64 {
    values.sorted()[(values.count - 1) / 2]
  }

  private static func distance(_ one: Int64, _ other: Int64) -> Int64 {
    let (difference, overflowed) = one.subtractingReportingOverflow(other)
    return overflowed || difference == .min ? .max : abs(difference)
  }
}
