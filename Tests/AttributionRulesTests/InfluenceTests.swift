import AttributionRules
import Primitives
import Testing

@Suite struct InfluenceTests {
  @Test(arguments: UInt64(0)..<20)
  func `a score is the scaled sum of the query under the row's signs`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let words = Int(1 + generator.next(below: 128))
    let query = (0..<words * 64).map { _ in Int16(truncatingIfNeeded: generator.next()) }
    let row = SignRow(
      signs: (0..<words).map { _ in generator.next() },
      scale: UInt32(truncatingIfNeeded: generator.next()))
    var slow: Int64 = 0
    for (index, value) in query.enumerated() {
      let positive = row.signs[index / 64] >> UInt64(index % 64) & 1 == 1
      slow += positive ? Int64(value) : -Int64(value)
    }
    #expect(row.score(QueryVector(values: query)) == slow * Int64(row.scale))
  }

  @Test func `the largest score does not overflow`() {
    let row = SignRow(signs: [UInt64](repeating: 0, count: 128), scale: .max)
    let query = QueryVector(values: [Int16](repeating: .min, count: 8192))
    #expect(row.score(query) == 32_768 * 8_192 * Int64(UInt32.max))
  }

  @Test func `without decoys nothing passes the floor`() {
    #expect(NoiseFloor.value(decoyScores: [], recordCount: 10) == .max)
  }

  @Test func `the floor is never below the highest decoy and grows with the number of records`() {
    var generator = SeededGenerator(seed: 3)
    let decoys = (0..<256).map { _ in Int64(generator.next(below: 2000)) - 1000 }
    var last = Int64.min
    for exponent in 0..<50 {
      let floor = NoiseFloor.value(decoyScores: decoys, recordCount: 1 << exponent)
      #expect(floor >= decoys.max() ?? .max)
      #expect(floor >= last)
      last = floor
    }
    #expect(last > decoys.max() ?? .max)
  }

  @Test func `extreme decoy scores saturate instead of overflowing`() {
    #expect(NoiseFloor.value(decoyScores: [.min, .max, 0], recordCount: .max) == .max)
    #expect(NoiseFloor.value(decoyScores: [.min, .min, .min], recordCount: 1) == .min)
  }
}
