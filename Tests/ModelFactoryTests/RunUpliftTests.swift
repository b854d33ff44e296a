import Attribution
import AttributionRules
import ModelFactory
import Primitives
import Testing

@Suite struct RunUpliftTests {
  /// A record of a group, by number.
  private func record(_ number: Int, group: UInt8) -> TrainingRecord {
    TrainingRecord(
      digest: RunManifestTests.digest(UInt8(number)),
      origin: RecordOrigin(
        contributor: RunManifestTests.digest(100 + group), group: RunManifestTests.digest(group)),
      text: QuestionAnswer(question: "\(number)", answer: "\(number)"))
  }

  /// Two groups that the held-out set shares one direction each with, then one that it does not.
  private func uplift(measuredDrop: Double, loudness: Float = 1) throws -> RunUplift {
    func gradient(_ axis: Int, _ own: Int) -> [Float] {
      var gradient = [Float](repeating: 0, count: 64)
      gradient[axis] = loudness
      gradient[3 + own] = 0.1
      return gradient
    }
    let groups: [UInt8] = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    return try RunUplift(
      trained: groups.enumerated().map { record($0, group: $1) },
      trainedGradients: groups.enumerated().map { gradient(Int($1) - 1, $0) },
      heldOutGradients: (0..<8).map { gradient($0 / 4, 20 + $0) },
      heldOutDomains: [0, 0, 0, 0, 1, 1, 1, 1], measuredDrop: measuredDrop)
  }

  @Test func `uplift in nats sums to the drop that training brought`() throws {
    let groups = try uplift(measuredDrop: 0.75).groups
    #expect(abs(groups.reduce(0) { $0 + max(0, $1.microNats) } - 750_000) <= 2)
    #expect(groups.map(\.origin.group) == [1, 2, 3].map(RunManifestTests.digest))
    let twice = try uplift(measuredDrop: 1.5).groups
    #expect(zip(groups, twice).allSatisfy { abs(2 * $0.microNats - $1.microNats) <= 2 })
  }

  @Test func `a group opens its gate only with what is certain of it`() throws {
    let groups = try uplift(measuredDrop: 0.75).groups
    #expect(groups[0].certainMicroNats > 0)
    #expect(groups[1].certainMicroNats > 0)
    #expect(groups[2].certainMicroNats <= 0)
    for group in groups { #expect(group.certainMicroNats <= group.microNats) }
  }

  @Test(arguments: [0, -0.2, -.infinity, .nan])
  func `a model that did not improve has no group that helped it`(drop: Double) throws {
    for group in try uplift(measuredDrop: drop).groups {
      #expect(group.microNats == 0 && group.certainMicroNats == 0)
    }
  }

  @Test func `estimates that all but vanish stay within the ledger's integers`() throws {
    for group in try uplift(measuredDrop: 1, loudness: 1e-18).groups {
      #expect((-Int64(1e18)...Int64(1e18)).contains(group.certainMicroNats))
    }
    _ = try uplift(measuredDrop: .infinity)
  }
}
