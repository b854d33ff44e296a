/// Measurements as a value: what was counted, of each family and series.
public struct MetricSet: Sendable {
  private struct Histogram: Sendable {
    /// One more than there are bounds: the last holds what is above all of them.
    var counts: [UInt64]
    var sum = 0.0
  }

  private struct Series: Sendable {
    var values: [[String]: Double] = [:]
    var histograms: [[String]: Histogram] = [:]
  }

  private let families: [MetricFamily]
  private let places: [String: Int]
  private var series: [Series]

  /// - Precondition: no two families have one name.
  public init(_ families: [MetricFamily]) {
    self.families = families
    places = Dictionary(uniqueKeysWithValues: families.enumerated().map { ($1.name, $0) })
    series = Array(repeating: Series(), count: families.count)
    // What has no labels is shown from the beginning, so that nobody takes absence for zero.
    for (place, family) in families.enumerated() where family.labels.isEmpty {
      if case .histogram(let bounds) = family.kind {
        series[place].histograms[[]] = Histogram(counts: Self.zeros(bounds))
      } else {
        series[place].values[[]] = 0
      }
    }
  }

  /// Adds to a counter.
  public mutating func count(_ family: MetricFamily, _ labels: [String] = [], by amount: Double = 1)
  {
    let place = place(of: family)
    let key = key(labels, at: place)
    series[place].values[key, default: 0] += amount
  }

  /// Gives a gauge its value, or a counter that is kept elsewhere.
  public mutating func set(_ family: MetricFamily, _ labels: [String] = [], to value: Double) {
    let place = place(of: family)
    series[place].values[key(labels, at: place)] = value
  }

  /// Adds a value to a histogram.
  public mutating func observe(_ value: Double, in family: MetricFamily, _ labels: [String] = []) {
    guard case .histogram(let bounds) = family.kind else {
      preconditionFailure("\(family.name) is no histogram")
    }
    let place = place(of: family)
    let key = key(labels, at: place)
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    var histogram =
      series[place].histograms[key] ?? Histogram(counts: Self.zeros(bounds))
    histogram.counts[bucket] += 1
    histogram.sum += value
    series[place].histograms[key] = histogram
  }

  private static func zeros(_ bounds: [Double]) -> [UInt64] {
    Array(repeating: 0, count: bounds.count + 1)
  }

  private func place(of family: MetricFamily) -> Int {
    guard let place = places[family.name] else {
      preconditionFailure("\(family.name) is not of this set")
    }
    return place
  }

  private func key(_ labels: [String], at place: Int) -> [String] {
    let family = families[place]
    precondition(labels.count == family.labels.count, "\(family.name) has other labels")
    let known = series[place]
    let isKnown = known.values[labels] != nil || known.histograms[labels] != nil
    let count = known.values.count + known.histograms.count
    return isKnown || count < family.seriesBound ? labels : labels.map { _ in "other" }
  }
}

// MARK: - Text
extension MetricSet {
  /// All of it in Prometheus' text format 0.0.4, families in their order, series by their labels.
  public var text: String {
    var text = ""
    for (family, series) in zip(families, series) {
      text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
      text += "# TYPE \(family.name) \(family.kind.word)\n"
      for (labels, value) in series.values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
      {
        text += "\(family.name)\(Self.labels(family.labels, labels)) \(Self.number(value))\n"
      }
      guard case .histogram(let bounds) = family.kind else { continue }
      for (labels, histogram) in series.histograms.sorted(by: {
        $0.key.lexicographicallyPrecedes($1.key)
      }) {
        text += Self.lines(family, bounds, labels, histogram)
      }
    }
    return text
  }

  private static func lines(
    _ family: MetricFamily, _ bounds: [Double], _ labels: [String], _ histogram: Histogram
  ) -> String {
    var text = ""
    var total: UInt64 = 0
    for (bound, count) in zip(bounds.map(number) + ["+Inf"], histogram.counts) {
      total += count
      let named = Self.labels(family.labels + ["le"], labels + [bound])
      text += "\(family.name)_bucket\(named) \(total)\n"
    }
    let named = Self.labels(family.labels, labels)
    return text + "\(family.name)_sum\(named) \(number(histogram.sum))\n"
      + "\(family.name)_count\(named) \(total)\n"
  }

  private static func labels(_ names: [String], _ values: [String]) -> String {
    guard !names.isEmpty else { return "" }
    let pairs = zip(names, values).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
    return "{\(pairs.joined(separator: ","))}"
  }

  /// Whole numbers without a point, as they were counted.
  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

extension MetricFamily.Kind {
  fileprivate var word: String {
    switch self {
    case .counter: "counter"
    case .gauge: "gauge"
    case .histogram: "histogram"
    }
  }
}
