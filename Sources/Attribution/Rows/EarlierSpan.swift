/// What some earlier vectors span, and what of another vector lies outside it.
struct EarlierSpan {
  /// At right angles to one another, of length one.
  private var directions: [[Double]] = []

  /// What is left of a vector that the others span is rounding, and no direction.
  private static let rounding = 1e-6

  /// Takes vectors of one dimension.
  /// - Complexity: O(n² · dimension) for n vectors.
  init(_ vectors: [[Float]]) {
    for vector in vectors {
      let values = vector.map(Double.init)
      let rest = outside(values)
      let length = Self.length(rest)
      guard length > Self.rounding * Self.length(values) else { continue }
      directions.append(rest.map { $0 / length })
    }
  }

  /// The vector less its projection on them.
  func residual(of vector: [Float]) -> [Float] {
    outside(vector.map(Double.init)).map { Float($0) }
  }

  /// Subtracts direction after direction, twice: what rounding left the first time goes the second.
  private func outside(_ values: [Double]) -> [Double] {
    var rest = values
    for direction in directions + directions {
      var product = 0.0
      for index in rest.indices { product += direction[index] * rest[index] }
      for index in rest.indices { rest[index] -= product * direction[index] }
    }
    return rest
  }

  private static func length(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
