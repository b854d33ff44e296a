public import AttributionRules

extension SignRow {
  /// Units of a row's scale in one: a row's vector is no longer than 1.
  static let scaleUnits = 0x1p31

  /// Rounds an example's vector, brought to length one, to signs and its mean magnitude, rounded
  /// down; zero counts as positive, and a vector of zeros has no scale.
  ///
  /// No record outscores others by being loud, and chance scores short and long ones alike, so that
  /// one floor holds for all (docs/decisions/0003-gradients-at-an-early-checkpoint.md).
  ///
  /// - Parameter earlier: vectors whose records came first and are partly like this one: what lies
  ///   outside of all that they span is rounded in the vector's place, at the part of the length
  ///   that it has of the vector's.
  /// - Precondition: a multiple of 64 finite numbers, and as many in each of the earlier.
  public init(rounding vector: [Float], after earlier: [[Float]] = []) {
    precondition(vector.count.isMultiple(of: 64), "a row has a multiple of 64 dimensions")
    precondition(earlier.allSatisfy { $0.count == vector.count }, "vectors of one dimension")
    let kept = earlier.isEmpty ? vector : EarlierSpan(earlier).residual(of: vector)
    var signs = [UInt64](repeating: 0, count: vector.count / 64)
    var sum = 0.0
    var squares = 0.0
    for index in vector.indices {
      if kept[index] >= 0 { signs[index / 64] |= 1 << UInt64(index % 64) }
      sum += Double(abs(kept[index]))
      squares += Double(vector[index]) * Double(vector[index])
    }
    // The mean magnitude is at most length / √dimension, so that the units fit 31 bits.
    let mean = squares > 0 ? sum / Double(vector.count) / squares.squareRoot() : 0
    self.init(signs: signs, scale: UInt32(mean * Self.scaleUnits))
  }
}

extension QueryVector {
  /// Rounds to 16 bits, the largest magnitude to ±32,767.
  ///
  /// Scores of one query are compared only with one another, so its scale does not matter.
  public init(quantising values: [Float]) {
    let largest = values.reduce(Float(0)) { max($0, abs($1)) }
    let scale = largest > 0 ? 32_767 / largest : 0
    self.init(values: values.map { Int16(($0 * scale).rounded()) })
  }

  /// The cosine with another query of the same dimension; 0 if either is zero.
  public func cosine(with other: QueryVector) -> Double {
    var dot = 0.0
    var own = 0.0
    var others = 0.0
    for (one, two) in zip(values, other.values) {
      dot += Double(one) * Double(two)
      own += Double(one) * Double(one)
      others += Double(two) * Double(two)
    }
    return own > 0 && others > 0 ? dot / (own * others).squareRoot() : 0
  }
}
