public import AttributionRules

extension SignRow {
  /// Scale units per one: a row's mean magnitude is at most 1, so the scale fits 32 bits.
  static let scaleUnits = Float(1 << 31)

  /// Rounds a whitened gradient to signs and one mean magnitude; zero counts as positive.
  /// - Precondition: the count is a multiple of 64.
  public init(quantising values: [Float]) {
    precondition(values.count.isMultiple(of: 64), "a row has a multiple of 64 dimensions")
    var signs = [UInt64](repeating: 0, count: values.count / 64)
    var sum = 0.0
    for (index, value) in values.enumerated() {
      if value >= 0 { signs[index / 64] |= 1 << UInt64(index % 64) }
      sum += Double(abs(value))
    }
    let mean = values.isEmpty ? 0 : Float(sum / Double(values.count))
    self.init(signs: signs, scale: UInt32(min(mean, 1) * Self.scaleUnits))
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
