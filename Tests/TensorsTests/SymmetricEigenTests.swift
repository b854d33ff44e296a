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

  @Test func `a matrix that is not finite is refused`() {
    #expect {
      try SymmetricEigen(of: [1, .nan, .nan, 1], width: 2)
    } throws: { ($0 as? TensorFailure)?.code == .badArgument }
  }
}
