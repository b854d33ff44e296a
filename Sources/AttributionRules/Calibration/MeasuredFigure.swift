/// A measured number with the interval that holds 95 % of what drawing the same measurements again
/// gives.
public struct MeasuredFigure: Hashable, Sendable {
  public let value: Int64
  public let low: Int64
  public let high: Int64

  public init(value: Int64, low: Int64, high: Int64) {
    self.value = value
    self.low = low
    self.high = high
  }

  /// How often measurements are drawn for an interval.
  public static let draws = 1_000

  /// Takes the middle 95 % of what the draws gave; without draws, the value alone.
  public init(value: Int64, draws: [Int64]) {
    let sorted = draws.sorted()
    let cut = sorted.count / 40
    self.init(
      value: value, low: sorted.isEmpty ? value : sorted[cut],
      high: sorted.isEmpty ? value : sorted[sorted.count - 1 - cut])
  }
}
