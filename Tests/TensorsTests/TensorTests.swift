import Primitives
import Tensors
import Testing

@Suite struct TensorTests {
  @Test func `a product is what it should be`() throws {
    let left = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let right = try Tensor([1, 0, 0, 1, 1, 1] as [Float], shape: [3, 2])

    let product = try left.matmul(right)

    #expect(product.shape == [2, 2])
    #expect(try product.floats() == [4, 5, 10, 11])
  }

  @Test func `shapes that don't fit are a failure, not a crash`() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])

    #expect(throws: TensorFailure.self) { try tensor.matmul(tensor) }
    #expect(throws: TensorFailure.self) { try tensor.reshaped([4]) }
    #expect(throws: TensorFailure.self) { try tensor.slice(axis: 1, 0..<4) }
    #expect(throws: TensorFailure.self) { try tensor.permuted([0, 0]) }
  }

  @Test(arguments: [-1, 2, .max]) func `rows outside a tensor are refused`(index: Int32) throws {
    let table = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])

    let failure = #expect(throws: TensorFailure.self) { try table.rows([0, index]) }
    #expect(failure?.code == .badArgument)
  }

  @Test func `a function is differentiated by each parameter`() throws {
    let x = try Tensor([1, 2, 3] as [Float], shape: [3])
    let y = try Tensor([4, 5, 6] as [Float], shape: [3])

    let result = try Tensor.valueAndGradient(of: [x, y]) { [try ($0[0].squared() * $0[1]).sum()] }

    #expect(try result.values[0].floats() == [78])
    #expect(try result.gradients[0].floats() == [8, 20, 36])
    #expect(try result.gradients[1].floats() == [1, 4, 9])
  }

  @Test func `an error thrown inside a differentiated function comes out unchanged`() throws {
    struct Stop: Error, Equatable { let reason: Int }
    let x = try Tensor([1] as [Float], shape: [1])

    #expect(throws: Stop(reason: 7)) {
      try Tensor.valueAndGradient(of: [x]) { _ in throw Stop(reason: 7) }
    }
    #expect(throws: TensorFailure.self) {
      try Tensor.valueAndGradient(of: [x]) { [try $0[0].reshaped([2])] }
    }
  }

  @Test func `nothing flows back through a detached tensor`() throws {
    let x = try Tensor([3] as [Float], shape: [1])

    let result = try Tensor.valueAndGradient(of: [x]) { [try ($0[0] * $0[0].detached()).sum()] }

    #expect(try result.gradients[0].floats() == [3])
  }

  @Test func `tasks on any thread may compute at once`() async throws {
    let sums = try await withThrowingTaskGroup(of: Float.self) { group in
      for size in 1...24 {
        group.addTask {
          let ones = try Tensor([Float](repeating: 1, count: size * size), shape: [size, size])
          return try ones.matmul(ones).sum().floats()[0]
        }
      }
      return try await group.reduce(into: Set<Float>()) { $0.insert($1) }
    }
    #expect(sums == Set((1...24).map { Float($0 * $0 * $0) }))
  }

  @Test func `OpenBLAS is the bound BLAS, not the slow reference`() {
    #expect(TensorRuntime.isFastBLASBound)
    #expect(TensorRuntime.blasConfiguration.contains("OpenBLAS"))
  }

  @Test func `a one-row product equals that row of a larger product`() throws {
    let (rows, inner, columns) = (3, 65, 37)
    let left = try Tensor.drawn([rows, inner], seed: 1)
    let right = try Tensor.drawn([inner, columns], seed: 2)
    let flipped = try Tensor.drawn([columns, inner], seed: 3).transposed()

    for factor in [right, flipped] {
      let whole = try left.matmul(factor).floats()
      let alone = try left.rows([1]).matmul(factor).floats()
      expectClose(alone, Array(whole[columns..<2 * columns]), within: 1e-5)
    }
  }
}

@Suite(.serialized) struct TensorLifetimeTests {
  @Test(arguments: [3, 64, 70, 200])
  func `a matrix's product with itself is what any other product is`(width: Int) throws {
    var generator = SeededGenerator(seed: UInt64(width))
    let values = (0..<50 * width).map { _ in Float(generator.next(below: 2_001)) / 1_000 - 1 }
    let matrix = try Tensor(values, shape: [50, width])
    // Other numbers at another place, but the same.
    let copy = try Tensor(values, shape: [50, width])
    let own = try matrix.transposed().matmul(matrix).floats()
    let other = try matrix.transposed().matmul(copy).floats()
    #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(
      (0..<width).allSatisfy { row in
        (0..<row).allSatisfy { own[row * width + $0] == own[$0 * width + row] }
      })
  }

  @Test func `gradients leave no tensor behind`() throws {
    // Other suites run at the same time: a leak shows as growth by every repetition.
    let before = TensorRuntime.liveTensors
    for _ in 0..<2000 {
      let x = try Tensor([1, 2, 3] as [Float], shape: [3])
      let result = try Tensor.valueAndGradient(of: [x]) { [try $0[0].squared().sum()] }
      _ = try result.gradients[0].floats()
    }
    #expect(TensorRuntime.liveTensors - before < 1000)
  }
}

extension Tensor {
  /// Numbers in [−scale, scale) that a seed brings back.
  static func drawn(_ shape: [Int], seed: UInt64, scale: Float = 1) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<shape.reduce(1, *)).map { _ in
      scale * (Float(generator.next() >> 40) / Float(1 << 23) - 1)
    }
    return try Tensor(values, shape: shape)
  }
}

/// Compares with an absolute and relative tolerance; reports the worst element.
func expectClose(
  _ actual: [Float], _ expected: [Float], within tolerance: Float,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  var worst: (index: Int, excess: Float) = (0, 0)
  for (index, (a, e)) in zip(actual, expected).enumerated() {
    let excess = abs(a - e) / (1 + abs(e))
    // What isn't a number is infinitely wrong.
    if excess.isNaN || excess > worst.excess { worst = (index, excess.isNaN ? .infinity : excess) }
  }
  #expect(
    worst.excess <= tolerance, "element \(worst.index) is off by \(worst.excess)",
    sourceLocation: sourceLocation)
}
