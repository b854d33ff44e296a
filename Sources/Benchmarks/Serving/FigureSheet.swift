/// Figures with their spread, told as they come.
struct FigureSheet {
  typealias Figure = DecodingBenchmark.Figure

  private(set) var figures: [Figure] = []
  private let report: (Figure) -> Void

  /// - Parameter report: hears of each figure once it is kept.
  init(report: @escaping (Figure) -> Void) { self.report = report }

  mutating func add(_ name: String, _ value: Double, _ what: String) {
    let figure = Figure(name: name, value: value, what: what)
    figures.append(figure)
    report(figure)
  }

  /// Keeps the median of repeats, and as `NAME_low` and `NAME_high` the ends of their spread.
  mutating func add(_ name: String, _ values: [Double], _ what: String) {
    let sorted = values.filter(\.isFinite).sorted()
    guard let low = sorted.first, let high = sorted.last else { return }
    add(name, sorted[sorted.count / 2], what)
    add("\(name)_low", low, "the lowest of \(sorted.count)")
    add("\(name)_high", high, "the highest")
  }
}
