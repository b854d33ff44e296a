import Attribution
import Primitives
import Testing

@Suite struct UpliftRegressionTests {
  @Test func `two records' prediction is that of kernel ridge regression, worked out by hand`()
    throws
  {
    // Records at 60 degrees; the held-out one is the first. Lengths do not matter.
    let regression = try UpliftRegression(
      training: [[2, 0], [0.5, 0.5 * Float(3).squareRoot()]], heldOut: [[1, 0]])
    // (K + ½I) = [1.5 0.5; 0.5 1.5], its inverse times 1 is [½, ½], and k = [1, ½].
    #expect(abs(regression.drops(trainedOn: [0, 1])[0] - 0.75) < 1e-6)
    #expect(abs(regression.drops(trainedOn: [0])[0] - 1 / 1.5) < 1e-6)
    #expect(abs(regression.drops(trainedOn: [1])[0] - 0.5 / 1.5) < 1e-6)
    #expect(regression.drops(trainedOn: []) == [0])
  }

  @Test(arguments: UInt64(0)..<5)
  func `what records add in order sums to what every prefix predicts`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let regression = try UpliftRegression(
      training: (0..<20).map { _ in noise(30, &generator) },
      heldOut: (0..<3).map { _ in noise(30, &generator) })
    let order = generator.shuffled(Array(0..<20))
    let additions = regression.additions(inOrder: order)
    var sums = [0.0, 0.0, 0.0]
    for (place, addition) in additions.enumerated() {
      for heldOut in sums.indices { sums[heldOut] += addition[heldOut] }
      let drops = regression.drops(trainedOn: order[...place].sorted())
      #expect(zip(sums, drops).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func `leaving out what another record repeats changes little, what nothing repeats much`()
    throws
  {
    let regression = try UpliftRegression(
      training: [[1, 0], [1, 0], [0, 1]], heldOut: [[1, 0], [0, 1]])
    let everything = regression.drops(trainedOn: [0, 1, 2])
    let withoutTwin = regression.drops(trainedOn: [1, 2])
    let withoutOnly = regression.drops(trainedOn: [0, 1])
    #expect(everything[0] - withoutTwin[0] < 0.2)
    #expect(everything[1] - withoutOnly[1] > 0.6)
  }

  @Test func `vectors that make no regression are refused`() {
    for (training, heldOut, code) in [
      ([], [[1, 2]], .noGradients), ([[1, 2]], [], .noGradients), ([[]], [[]], .noGradients),
      ([[1, 2]], [[1]], .wrongDimension), ([[1, .nan]], [[1, 2]], .notFinite),
    ] as [([[Float]], [[Float]], AttributionFailure.Code)] {
      #expect(throws: AttributionFailure(code)) {
        try UpliftRegression(training: training, heldOut: heldOut)
      }
    }
  }
}
