/// The committed form of one record's whitened gradient: a sign per dimension and one scale.
///
/// DESIGN 4.1 step 3. The scale is the mean magnitude of the gradient, brought to length one, in
/// units of 2⁻³¹; it stands for every dimension's magnitude.
public struct SignRow: Hashable, Sendable {
  /// Sixty-four dimensions a word, the first in the lowest bit; a set bit is a positive sign.
  public let signs: [UInt64]
  public let scale: UInt32

  public init(signs: [UInt64], scale: UInt32) {
    self.signs = signs
    self.scale = scale
  }

  /// The influence score of this row for a query: scale · Σ ±query[d].
  ///
  /// With at most 8,192 dimensions the result stays below 2⁶⁰.
  /// - Precondition: the query has 64 dimensions per sign word, and at most 8,192.
  /// - Complexity: O(dimensions).
  public func score(_ query: QueryVector) -> Int64 {
    precondition(query.values.count == signs.count * 64, "query and row differ in dimension")
    var positive: Int64 = 0
    for (wordIndex, word) in signs.enumerated() {
      var rest = word
      while rest != 0 {
        let bit = rest.trailingZeroBitCount
        positive += Int64(query.values[wordIndex * 64 + bit])
        rest &= rest - 1
      }
    }
    return (2 * positive - query.total) * Int64(scale)
  }
}

/// An answer's whitened gradient, rounded to 16 bits: the only float of a receipt, made integer.
public struct QueryVector: Hashable, Sendable {
  public static let largestDimension = 8_192

  public let values: [Int16]
  let total: Int64

  /// - Precondition: at most ``largestDimension`` values, a multiple of 64.
  public init(values: [Int16]) {
    precondition(
      values.count <= QueryVector.largestDimension && values.count.isMultiple(of: 64),
      "a query vector has a multiple of 64 dimensions, at most 8,192")
    self.values = values
    total = values.reduce(0) { $0 + Int64($1) }
  }
}
