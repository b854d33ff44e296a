internal import CTensors

/// The largest eigenvalues of a symmetric matrix with their directions.
public struct SymmetricEigen: Hashable, Sendable {
  /// Largest first.
  public let values: [Float]
  /// Of length one, in the order of ``values``.
  public let vectors: [[Float]]

  /// Decomposes a matrix given row by row; only one triangle is read.
  ///
  /// - Parameter count: how many of the largest; nil for all. Of few among many, those of like
  ///   eigenvalues beside the last may be mixed with what comes after it.
  /// - Throws: ``TensorFailure`` with `badArgument` if a number is not finite.
  /// - Complexity: O(width³) for all: about a second for 1,536 on one core; O(width² · count) for
  ///   few, a tenth of it for 64 of 1,536.
  /// - Precondition: `width²` numbers, at least one, and a count from 1 to `width`.
  public init(of matrix: [Float], width: Int, count: Int? = nil) throws(TensorFailure) {
    let count = count ?? width
    precondition(width > 0 && matrix.count == width * width, "values and shape differ in count")
    precondition((1...width).contains(count), "as many directions as there are, at least one")
    guard matrix.allSatisfy(\.isFinite) else {
      throw TensorFailure(code: .badArgument, message: "the matrix is not finite")
    }
    var values = [Float](repeating: 0, count: count)
    var vectors = [Float](repeating: 0, count: count * width)
    try Tensor.check(
      unsafe ctensors_eigen_symmetric(
        matrix, Int32(width), Int32(count), &values, &vectors))
    self.values = values.reversed()
    self.vectors = (0..<count).reversed().map { Array(vectors[$0 * width..<($0 + 1) * width]) }
  }
}
