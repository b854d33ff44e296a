import Attribution
import AttributionRules
import Primitives
import Testing

/// Numbers between −1 and 1 that a seed brings back.
func noise(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
  (0..<count).map { _ in Float(Int64(generator.next(below: 2_000_001)) - 1_000_000) / 1_000_000 }
}

@Suite struct CurvatureTests {
  func gradients(seed: UInt64, count: Int = 12) -> [[Float]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in noise(4 * 40, &generator) }
  }

  @Test func `a scaled gradient has length one and a multiple of 64 dimensions`() throws {
    let gradients = gradients(seed: 1)
    let curvature = try Curvature(fitting: gradients, layerCount: 4, layerWidth: 40)
    #expect(curvature.dimension == 128)
    let vector = try curvature.apply(to: gradients[3])
    #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
  }

  @Test func `a layer that is a thousand times louder does not drown the others`() throws {
    let quiet = gradients(seed: 2)
    let loud = quiet.map { $0.enumerated().map { $0.offset < 40 ? $0.element * 1000 : $0.element } }
    let fromQuiet = try Curvature(fitting: quiet, layerCount: 4, layerWidth: 40)
    let fromLoud = try Curvature(fitting: loud, layerCount: 4, layerWidth: 40)
    for (one, two) in zip(try fromQuiet.apply(to: quiet[0]), try fromLoud.apply(to: loud[0])) {
      #expect(abs(one - two) < 1e-4)
    }
  }

  @Test func `a curvature survives its file, and a damaged file is refused`() throws {
    let curvature = try Curvature(fitting: gradients(seed: 3), layerCount: 4, layerWidth: 40)
    let bytes = curvature.bytes
    #expect(try Curvature(bytes: bytes) == curvature)
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<300 {
      let cut = Array(bytes.prefix(Int(generator.next(below: UInt64(bytes.count)))))
      #expect(throws: AttributionFailure(.curvatureCorrupt)) { try Curvature(bytes: cut) }
    }
    var swapped = bytes
    swapped.swapAt(20, 24)
    #expect(throws: AttributionFailure(.curvatureCorrupt)) { try Curvature(bytes: swapped) }
  }

  @Test func `gradients that are not finite, missing or of another run are refused`() throws {
    var broken = gradients(seed: 5)
    broken[2][7] = .nan
    #expect(throws: AttributionFailure(.notFinite)) {
      try Curvature(fitting: broken, layerCount: 4, layerWidth: 40)
    }
    #expect(throws: AttributionFailure(.noGradients)) {
      try Curvature(fitting: [], layerCount: 4, layerWidth: 40)
    }
    let curvature = try Curvature(fitting: gradients(seed: 6), layerCount: 4, layerWidth: 40)
    #expect(throws: AttributionFailure(.wrongDimension)) { try curvature.apply(to: [1, 2]) }
  }

  @Test func `integer scores rank records as the cosines of their gradients do`() throws {
    var generator = SeededGenerator(seed: 7)
    let gradients = gradients(seed: 8, count: 30)
    let curvature = try Curvature(fitting: gradients, layerCount: 4, layerWidth: 40)
    for target in 0..<30 {
      let noisy = zip(gradients[target], noise(160, &generator)).map { $0 + 0.3 * $1 }
      let query = QueryVector(quantising: try curvature.apply(to: noisy))
      let scores = try gradients.map {
        SignRow(quantising: try curvature.apply(to: $0)).score(query)
      }
      #expect(scores.max() == scores[target])
    }
  }
}
