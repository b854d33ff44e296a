internal import Synchronization

/// A process's measurements, which any thread adds to.
public final class MetricRegistry: Sendable {
  private let measured: Mutex<MetricSet>

  public init(_ families: [MetricFamily]) { measured = Mutex(MetricSet(families)) }

  /// Adds to a counter.
  public func count(_ family: MetricFamily, _ labels: [String] = [], by amount: Double = 1) {
    measured.withLock { $0.count(family, labels, by: amount) }
  }

  /// Adds a value to a histogram.
  public func observe(_ value: Double, in family: MetricFamily, _ labels: [String] = []) {
    measured.withLock { $0.observe(value, in: family, labels) }
  }

  /// Changes several at once: whoever reads sees all of it or nothing.
  public func update(_ change: @Sendable (inout MetricSet) -> Void) {
    measured.withLock { change(&$0) }
  }

  /// All of it in Prometheus' text format.
  public var text: String { measured.withLock { $0.text } }
}
