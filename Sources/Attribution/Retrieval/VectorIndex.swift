internal import CNeighbours

/// Vectors by label, and those nearest to another.
///
/// Up to a limit all are compared: 10⁵ of 384 numbers take about 5 ms. Above, a graph finds nearly
/// all of the nearest in less, however many there are.
struct VectorIndex: ~Copyable {
  /// From here on a graph is worth its memory.
  static let standardExactLimit = 100_000

  let dimension: Int
  private let exactLimit: Int
  private var rows: [Int8] = []
  private var scales: [Float] = []
  private var labels: [Int64] = []
  private var graph: NeighbourGraph?
  private(set) var count = 0

  init(dimension: Int, exactLimit: Int = Self.standardExactLimit) {
    self.dimension = dimension
    self.exactLimit = exactLimit
  }

  /// Whether the nearest that are returned are surely the nearest.
  var isExact: Bool {
    switch graph {
    case .none: true
    case .some: false
    }
  }

  /// - Precondition: a vector of ``dimension`` numbers under a label not used before.
  mutating func add(_ vector: CoarseVector, label: Int64) throws(AttributionFailure) {
    precondition(vector.values.count == dimension, "vectors of one dimension")
    if count >= exactLimit, isExact { try link() }
    if graph != nil {
      try graph?.add(vector, label: label)
    } else {
      rows += vector.values
      scales.append(vector.scale)
      labels.append(label)
    }
    count += 1
  }

  /// Moves what was compared one by one into a graph.
  private mutating func link() throws(AttributionFailure) {
    var graph = try NeighbourGraph(dimension: dimension)
    for (place, label) in labels.enumerated() {
      let values = rows[place * dimension..<(place + 1) * dimension]
      try graph.add(CoarseVector(values: Array(values), scale: scales[place]), label: label)
    }
    self.graph = consume graph
    rows = []
    scales = []
    labels = []
  }

  /// Forgets labels that are in the index.
  /// - Complexity: O(n) while all are compared, for any number of labels at once.
  mutating func remove(_ removed: Set<Int64>) {
    count -= removed.count
    guard isExact else {
      for label in removed.sorted() { graph?.remove(label) }
      return
    }
    let kept = labels.indices.filter { !removed.contains(labels[$0]) }
    rows = kept.flatMap { rows[$0 * dimension..<($0 + 1) * dimension] }
    scales = kept.map { scales[$0] }
    labels = kept.map { labels[$0] }
  }

  /// Up to `count` labels by falling dot product, equal ones by label.
  borrowing func nearest(
    to vector: CoarseVector, count: Int
  ) throws(AttributionFailure) -> [Int64] {
    switch graph {
    case .some(let graph): return try graph.nearest(to: vector, count: count)
    case .none: break
    }
    let dots = dots(vector)
    var kept: [(likeness: Float, label: Int64)] = []
    var least = -Float.infinity
    func sweep() {
      kept.sort { $0.likeness != $1.likeness ? $0.likeness > $1.likeness : $0.label < $1.label }
      kept.removeLast(Swift.max(0, kept.count - count))
      if kept.count == count, let last = kept.last { least = last.likeness }
    }
    for place in labels.indices {
      // The query's scale is the same for all.
      let likeness = scales[place] * Float(dots[place])
      guard likeness >= least else { continue }
      kept.append((likeness, labels[place]))
      // Three quarters are swept out at a time.
      if kept.count >= 4 * count + 64 { sweep() }
    }
    sweep()
    return kept.map(\.label)
  }

  private borrowing func dots(_ vector: CoarseVector) -> [Int32] {
    precondition(vector.values.count == dimension, "vectors of one dimension")
    let (rows, count) = (rows, labels.count)
    return unsafe [Int32](unsafeUninitializedCapacity: count) { dots, filled in
      unsafe rows.withUnsafeBufferPointer { rows in
        guard let first = rows.baseAddress, let into = dots.baseAddress else { return }
        unsafe neighbours_dots(first, count, dimension, vector.values, into)
        filled = count
      }
    }
  }
}

extension CoarseVector {
  init(values: [Int8], scale: Float) {
    self.values = values
    self.scale = scale
  }
}
