/// What is measured: its name, its meaning, how it is kept and what tells its series apart.
public struct MetricFamily: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Only rises, until the process ends.
    case counter
    case gauge
    /// Counts of values up to each bound; the bounds rise.
    case histogram(bounds: [Double])
  }

  public let name: String
  /// One sentence, with the unit.
  public let help: String
  public let kind: Kind
  /// The names of the labels, in order.
  public let labels: [String]
  /// Series beyond it count as one whose labels are all `other`, so that no stranger's input grows
  /// the set.
  public let seriesBound: Int

  /// - Precondition: a histogram's bounds rise.
  public init(
    _ name: String, _ kind: Kind, labels: [String] = [], seriesBound: Int = 256, help: String
  ) {
    if case .histogram(let bounds) = kind {
      precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "a histogram's bounds rise")
    }
    self.name = name
    self.kind = kind
    self.labels = labels
    self.seriesBound = seriesBound
    self.help = help
  }

  /// Seconds, from a thousandth to minutes: what people wait for.
  public static let waitBounds: [Double] = [
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40,
    80, 160,
  ]
}
