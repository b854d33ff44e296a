/// What vectors say of one another, whatever the coordinates: eigenvectors have no sign, and those of
/// equal eigenvalues no direction of their own.
package enum VectorGeometry {
  /// How far two curvatures' vectors of the same examples may be apart.
  package static let tolerance = 0.01
  /// The most vectors that are compared, evenly spaced.
  static let most = 256

  /// The largest difference between what two lists of vectors, of the same examples in their order,
  /// give to any two of them: their cosine, and the cosine of one's signs with the other.
  ///
  /// - Precondition: as many vectors in each, of one dimension.
  /// - Complexity: O(n² · dimension) for n vectors, at most ``most``.
  package static func difference(_ one: [[Float]], _ other: [[Float]]) -> Double {
    precondition(one.count == other.count, "vectors of the same examples")
    let step = max(1, (one.count + most - 1) / most)
    let places = Array(stride(from: 0, to: one.count, by: step))
    let (first, second) = (places.map { unit(one[$0]) }, places.map { unit(other[$0]) })
    var largest = 0.0
    for row in places.indices {
      let signs = [first[row], second[row]].map(signs)
      for column in places.indices {
        let (mine, others) = (first[column], second[column])
        largest = max(
          largest, abs(product(signs[0], mine) - product(signs[1], others)),
          column <= row ? abs(product(first[row], mine) - product(second[row], others)) : 0)
      }
    }
    return largest
  }

  /// A vector brought to length one; zero stays zero.
  private static func unit(_ vector: [Float]) -> [Float] {
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 0 ? vector.map { Float(Double($0) / length) } : vector
  }

  private static func signs(_ vector: [Float]) -> [Float] {
    let part = 1 / Float(max(1, vector.count)).squareRoot()
    return vector.map { $0 >= 0 ? part : -part }
  }

  private static func product(_ one: [Float], _ other: [Float]) -> Double {
    var sum = 0.0
    for (first, second) in zip(one, other) { sum += Double(first * second) }
    return sum
  }
}
