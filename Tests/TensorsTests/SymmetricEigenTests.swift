import Foundation
import Tensors
import Testing

@Suite struct SymmetricEigenTests {
  @Test func `directions and values make the matrix again`() throws {
    let width = 9
    let matrix = (0..<width * width).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: width)
      return Float((row * column) % 7) + (row == column ? Float(row) : 0)
    }
    let eigen = try SymmetricEigen(of: matrix, width: width)
    #expect(eigen.values == eigen.values.sorted(by: >))
    for row in 0..<width {
      for column in 0..<width {
        var sum: Float = 0
        var product: Float = 0
        for index in 0..<width {
          sum += eigen.values[index] * eigen.vectors[index][row] * eigen.vectors[index][column]
          product += eigen.vectors[row][index] * eigen.vectors[column][index]
        }
        #expect(abs(sum - matrix[row * width + column]) < 1e-4)
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-5)
      }
    }
  }

  @Test func `the largest alone are the first of all`() throws {
    let width = 90
    // Eigenvalues fall by a tenth from one to the next; directions are those of a reflection.
    let matrix = (0..<width * width).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: width)
      var sum: Float = 0
      for place in 0..<width {
        let first: Float = (row == place ? 1 : 0) - 2 / Float(width)
        let second: Float = (column == place ? 1 : 0) - 2 / Float(width)
        sum += pow(0.9, Float(place)) * first * second
      }
      return sum
    }
    let all = try SymmetricEigen(of: matrix, width: width)
    let largest = try SymmetricEigen(of: matrix, width: width, count: 3)
    #expect(largest.vectors.count == 3)
    for index in 0..<3 {
      #expect(abs(largest.values[index] - all.values[index]) < 1e-5)
      let product = zip(largest.vectors[index], all.vectors[index]).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(abs(product) - 1) < 1e-4)
    }
  }

  @Test func `a matrix that is not finite is refused`() {
    #expect {
      try SymmetricEigen(of: [1, .nan, .nan, 1], width: 2)
    } throws: { ($0 as? TensorFailure)?.code == .badArgument }
  }
}
