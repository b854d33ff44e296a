public import AttributionRules

/// How far a committed row is from the vector that it should stand for.
///
/// Both numbers are parts of what the whole vector has in the mean of its coordinates: so what
/// rounding does to a vector counts alike whether much or little of it is left beside neighbours.
public struct RowDifference: Hashable, Sendable {
  /// The magnitude of the largest coordinate whose sign is another in the row.
  public let sign: Double
  /// The distance between the row's scale and the right one.
  public let scale: Double

  /// The most of each that rounding explains (docs/spec/attribution.md, "Tolerance of a row").
  public static let tolerance = 0.001

  /// Whether another machine, batch or number of threads may have made the row.
  public var isRounding: Bool { sign <= Self.tolerance && scale <= Self.tolerance }

  /// Compares a row with an example's vector.
  /// - Parameter earlier: the vectors of the example's neighbours.
  /// - Returns: nil if the row has another dimension.
  /// - Precondition: as ``AttributionRules/SignRow/init(rounding:after:)``.
  public init?(of row: SignRow, from vector: [Float], after earlier: [[Float]] = []) {
    guard row.signs.count * 64 == vector.count else { return nil }
    let kept = earlier.isEmpty ? vector : EarlierSpan(earlier).residual(of: vector)
    let mean = vector.reduce(0.0) { $0 + Double(abs($1)) } / Double(max(1, vector.count))
    var sign = 0.0
    for (index, value) in kept.enumerated() {
      let isPositive = row.signs[index / 64] >> UInt64(index % 64) & 1 == 1
      if isPositive != (value >= 0) { sign = max(sign, Double(abs(value))) }
    }
    let right = SignRow(rounding: vector, after: earlier).scale
    let whole = SignRow(rounding: vector).scale
    self.sign = mean > 0 ? sign / mean : sign
    // A scale is rounded down to a unit.
    scale = Double(max(1, abs(Int64(row.scale) - Int64(right))) - 1) / Double(max(1, whole))
  }
}
