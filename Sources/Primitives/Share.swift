/// A part of a whole in parts per 10⁹.
public struct Share: Hashable, Comparable, Sendable {
  public let partsPerBillion: UInt32

  public static let zero = Share(partsPerBillion: 0)
  public static let whole = Share(partsPerBillion: 1_000_000_000)

  public init(partsPerBillion: UInt32) { self.partsPerBillion = partsPerBillion }

  /// A whole number of hundredths, for tables and genesis files.
  public static func percent(_ hundredths: UInt32) -> Share {
    Share(partsPerBillion: hundredths * 10_000_000)
  }

  public static func < (lhs: Share, rhs: Share) -> Bool {
    lhs.partsPerBillion < rhs.partsPerBillion
  }
}

/// Divides `total` in proportion to `weights`, handing out every last unit.
///
/// Each part is ⌊total · weight / Σ weights⌋; the units left over go one each to the largest
/// remainders, ties to the smaller index. Callers sort by a digest first, so that a tie has one
/// answer everywhere (DESIGN section 2).
///
/// - Returns: one part per weight, in the same order; all zero if every weight is zero, and then
///   nothing has been handed out.
/// - Throws: ``ArithmeticError/overflow`` if the weights' sum needs more than 128 bits.
/// - Complexity: O(n log n).
public func splitByLargestRemainder(
  _ total: Amount, weights: [UInt128]
) throws(ArithmeticError) -> [Amount] {
  var sum: UInt128 = 0
  for weight in weights {
    let (next, overflowed) = sum.addingReportingOverflow(weight)
    guard !overflowed else { throw .overflow }
    sum = next
  }
  guard sum > 0 else { return [Amount](repeating: .zero, count: weights.count) }

  var parts: [Amount] = []
  var remainders: [(remainder: UInt128, index: Int)] = []
  parts.reserveCapacity(weights.count)
  remainders.reserveCapacity(weights.count)
  var left = total.baseUnits
  for (index, weight) in weights.enumerated() {
    let (part, remainder) = try total.baseUnits.multiplied(by: weight, dividedBy: sum)
    parts.append(Amount(baseUnits: part))
    remainders.append((remainder, index))
    left -= part
  }
  guard left > 0 else { return parts }
  remainders.sort {
    $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.index < $1.index
  }
  // Fewer units are left than there are weights: each floor gave up less than one.
  for (_, index) in remainders.prefix(Int(left)) {
    parts[index] = Amount(baseUnits: parts[index].baseUnits + 1)
  }
  return parts
}
