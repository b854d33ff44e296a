public import AttributionRules
internal import CInfluence

/// Rows of an index one behind the other, as scans read them.
///
/// Every scan gives the integers that ``AttributionRules/SignRow/score(_:)`` gives, on every
/// processor. One scan runs on one thread.
public struct PackedRows: Sendable {
  /// Of every row; a multiple of 64.
  public let dimension: Int
  private let signs: [UInt64]
  private let scales: [UInt32]

  /// - Precondition: every row has `dimension` dimensions, at most
  ///   ``AttributionRules/QueryVector/largestDimension``.
  public init(_ rows: some Collection<SignRow>, dimension: Int) {
    var signs: [UInt64] = []
    var scales: [UInt32] = []
    signs.reserveCapacity(rows.count * dimension / 64)
    scales.reserveCapacity(rows.count)
    for row in rows {
      precondition(row.signs.count * 64 == dimension, "rows of one dimension")
      signs += row.signs
      scales.append(row.scale)
    }
    self.init(signs: signs, scales: scales, dimension: dimension)
  }

  /// Takes rows that are packed already: `dimension` / 64 words for each scale.
  public init(signs: [UInt64], scales: [UInt32], dimension: Int) {
    precondition(
      dimension.isMultiple(of: 64) && dimension <= QueryVector.largestDimension,
      "64 dimensions a word, and at most 8,192")
    precondition(signs.count == scales.count * (dimension / 64), "as many words for every row")
    self.dimension = dimension
    self.signs = signs
    self.scales = scales
  }

  public var count: Int { scales.count }

  /// The score of every row, in order.
  ///
  /// - Precondition: the query has the rows' dimension.
  /// - Complexity: O(rows · dimensions); about 0.2 µs for a row of 8,192 dimensions with AVX2.
  public func scores(_ query: QueryVector) -> [Int64] {
    precondition(query.values.count == dimension, "query and rows differ in dimension")
    let sums = unsafe [Int64](unsafeUninitializedCapacity: count) { sums, filled in
      unsafe query.values.withUnsafeBufferPointer { values in
        unsafe signs.withUnsafeBufferPointer { rows in
          unsafe influence_sums(
            rows.baseAddress, count, dimension / 64, values.baseAddress, sums.baseAddress)
        }
      }
      filled = count
    }
    // Below 2⁶⁰, as the row's own score is.
    return zip(sums, scales).map { $0 * Int64($1) }
  }

  /// The indexes of those rows that agree most with the query's signs, weighted by their scales: a
  /// hint for people who wait, never part of a receipt.
  ///
  /// - Returns: `length` of them or all, the most promising first, ties by index.
  /// - Complexity: one pass over the rows at the speed of memory.
  public func shortlist(for query: QueryVector, length: Int) -> [Int] {
    let distances = distances(to: query.signs)
    func promise(_ index: Int) -> Int64 {
      Int64(scales[index]) * Int64(dimension - 2 * Int(distances[index]))
    }
    // Twice as many as are wanted are kept before the worse half is swept out.
    var kept: [(promise: Int64, index: Int)] = []
    var least = Int64.min
    func sweep() {
      kept.sort { $0.promise != $1.promise ? $0.promise > $1.promise : $0.index < $1.index }
      kept.removeLast(max(0, kept.count - length))
      if kept.count == length, let last = kept.last { least = last.promise }
    }
    for index in 0..<count {
      let promise = promise(index)
      guard promise > least || kept.count < length else { continue }
      kept.append((promise, index))
      if kept.count >= 2 * length + 64 { sweep() }
    }
    sweep()
    return kept.map(\.index)
  }

  /// In how many dimensions each row's sign is other than in `signs`.
  func distances(to other: [UInt64]) -> [UInt16] {
    precondition(other.count * 64 == dimension, "signs and rows differ in dimension")
    return unsafe [UInt16](unsafeUninitializedCapacity: count) { distances, filled in
      unsafe other.withUnsafeBufferPointer { other in
        unsafe signs.withUnsafeBufferPointer { rows in
          unsafe influence_distances(
            rows.baseAddress, count, dimension / 64, other.baseAddress, distances.baseAddress)
        }
      }
      filled = count
    }
  }

  /// Reads every word once and does nothing with it: what a scan's speed is compared with.
  package func readOnce() -> UInt64 {
    unsafe signs.withUnsafeBufferPointer { rows in
      unsafe influence_read(rows.baseAddress, rows.count)
    }
  }

  /// The shortlist's pass alone.
  package func scanOnce(_ query: QueryVector) -> Int { distances(to: query.signs).count }
}

extension QueryVector {
  /// A bit a value, as a row has them: set where it is zero or more.
  var signs: [UInt64] {
    stride(from: 0, to: values.count, by: 64).map { start in
      var word: UInt64 = 0
      for bit in 0..<64 where values[start + bit] >= 0 { word |= 1 << UInt64(bit) }
      return word
    }
  }
}
