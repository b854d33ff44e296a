internal import Tensors

/// Predicts what training on a set of records does to held-out ones, without training.
///
/// To first order, training on a set S moves the weights along K_SS⁻¹ of its gradients, and a held-out
/// record h improves by v(S, h) = k_hSᵀ (K_SS + ½I)⁻¹ 1, where K are the inner products of the
/// records' vectors brought to length one: the prediction of kernel ridge regression that every
/// trained record's loss falls by one. Unlike a sum of scores it knows that records teach alike: what
/// several share counts about once, whoever is left out of them.
///
/// Vectors are ``AdapterTracing``'s where a run takes its gradients. On the benchmark's task no other
/// checkpoint fits better what leaving a contributor out does, and sums of scores fall far behind at
/// every one (docs/benchmarks.md).
public struct UpliftRegression: Sendable {
  /// The ridge, relative to the square of a vector's length: how much a single record counts
  /// against what it shares with others.
  static let ridge = 0.5

  public let recordCount: Int
  public let heldOutCount: Int
  /// Inner products of the training records, row after row.
  private let kernel: [Float]
  /// Inner products of each held-out record with the training records.
  private let cross: [Float]

  /// - Parameter alike: for each held-out record the places of training records that give it away;
  ///   their inner products with it count as 0. Empty if there are none at all.
  /// - Throws: ``AttributionFailure`` with `noGradients`, `wrongDimension` or `notFinite`;
  ///   `TensorFailure`.
  /// - Complexity: O(n² · coordinates) for n training records.
  public init(training: [[Float]], heldOut: [[Float]], alike: [[Int]] = []) throws {
    guard let width = training.first?.count, width > 0, !heldOut.isEmpty else {
      throw AttributionFailure(.noGradients)
    }
    for vector in training + heldOut {
      guard vector.count == width else { throw AttributionFailure(.wrongDimension) }
      guard vector.allSatisfy(\.isFinite) else { throw AttributionFailure(.notFinite) }
    }
    func tensor(_ vectors: [[Float]]) throws -> Tensor {
      try Tensor(vectors.flatMap(Self.unit), shape: [vectors.count, width])
    }
    let rows = try tensor(training)
    recordCount = training.count
    heldOutCount = heldOut.count
    kernel = try rows.matmul(try rows.transposed()).floats()
    var cross = try tensor(heldOut).matmul(try rows.transposed()).floats()
    for (place, records) in alike.enumerated() {
      for record in records { cross[place * training.count + record] = 0 }
    }
    self.cross = cross
  }

  /// What each of `records` adds to each held-out record beyond those before it, in units of a
  /// training record's own drop in loss: by record, then by held-out record.
  ///
  /// With K + ½I = LLᵀ, v over the first n records is the inner product of the first n entries of L⁻¹k
  /// and L⁻¹1, for L's leading rows belong to the leading records alone: one factorisation gives v
  /// of every prefix.
  ///
  /// - Parameter records: places of training records, each once, in the order to add them.
  /// - Complexity: O(n³).
  public func additions(inOrder records: [Int]) -> [[Double]] {
    let lower = factor(records)
    let ones = Self.solved(lower, [Double](repeating: 1, count: records.count))
    var additions = records.map { _ in [Double](repeating: 0, count: heldOutCount) }
    for heldOut in 0..<heldOutCount {
      let own = Self.solved(
        lower, records.map { Double(cross[heldOut * recordCount + $0]) })
      for place in records.indices { additions[place][heldOut] = own[place] * ones[place] }
    }
    return additions
  }

  /// The predicted drop of each held-out record after training on `records`.
  public func drops(trainedOn records: [Int]) -> [Double] {
    additions(inOrder: records).reduce(into: [Double](repeating: 0, count: heldOutCount)) {
      for heldOut in $1.indices { $0[heldOut] += $1[heldOut] }
    }
  }

  /// A vector brought to length one; zero stays zero.
  private static func unit(_ vector: [Float]) -> [Float] {
    // Of the largest entry's size first: squares of tiny ones vanish.
    let largest = vector.reduce(Float(0)) { max($0, abs($1)) }
    guard largest > 0 else { return vector }
    let scaled = vector.map { $0 / largest }
    let length = scaled.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return scaled.map { Float(Double($0) / length) }
  }

  /// Cholesky's factor of K + ½I over `records`, row by row, each of its own length.
  private func factor(_ records: [Int]) -> [[Double]] {
    var lower: [[Double]] = []
    lower.reserveCapacity(records.count)
    for (place, record) in records.enumerated() {
      var row = records[...place].map { Double(kernel[record * recordCount + $0]) }
      row[place] += Self.ridge
      for column in 0..<place {
        row[column] =
          (row[column] - Self.product(row, lower[column], column)) / lower[column][column]
      }
      // Rounding may leave less than the ridge of a record that others repeat.
      row[place] = max(row[place] - Self.product(row, row, place), 1e-12).squareRoot()
      lower.append(row)
    }
    return lower
  }

  /// L⁻¹ of a column.
  private static func solved(_ lower: [[Double]], _ column: [Double]) -> [Double] {
    var solution = column
    for (place, row) in lower.enumerated() {
      solution[place] = (solution[place] - product(row, solution, place)) / row[place]
    }
    return solution
  }

  private static func product(_ one: [Double], _ two: [Double], _ count: Int) -> Double {
    var sum = 0.0
    for index in 0..<count { sum += one[index] * two[index] }
    return sum
  }
}
