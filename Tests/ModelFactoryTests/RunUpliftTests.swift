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
  private func uplift(
    measuredDrop: Double, loudness: Float = 1, alike: [Set<Digest>] = []
  ) throws -> RunUplift {
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
      earlierGradients: [],
      heldOutGradients: (0..<8).map { gradient($0 / 4, 20 + $0) },
      heldOutDomains: [0, 0, 0, 0, 1, 1, 1, 1], heldOutAlike: alike, measuredDrop: measuredDrop)
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

  @Test func `records that give a question away count nothing for it, and others as ever`() throws {
    let whole = try uplift(measuredDrop: 0.75).groups
    let second = Set((4..<8).map { RunManifestTests.digest(UInt8($0)) })
    let groups = try uplift(
      measuredDrop: 0.75,
      alike: [Set<Digest>](repeating: [], count: 4) + [Set<Digest>](repeating: second, count: 4)
    ).groups
    #expect(whole[1].certainMicroNats > 0 && groups[1].certainMicroNats <= 0)
    #expect(groups[0].estimate == whole[0].estimate && groups[2].estimate == whole[2].estimate)
    // A question that is no longer asked of some of them is asked of the rest.
    let two = Set((4..<6).map { RunManifestTests.digest(UInt8($0)) })
    let part = try uplift(
      measuredDrop: 0.75, alike: [Set<Digest>](repeating: [], count: 7) + [two]
    ).groups
    #expect(part[1].estimate.mean < whole[1].estimate.mean)
    #expect(part[1].estimate.mean > whole[1].estimate.mean / 2)
  }

  @Test(arguments: [0, -0.2, -.infinity, .nan])
  func `a model that did not improve has no group that helped it`(drop: Double) throws {
    for group in try uplift(measuredDrop: drop).groups {
      #expect(group.microNats == 0 && group.certainMicroNats == 0)
    }
  }

  @Test func `whoever repeats what another Datanet or a decoy had first adds nothing by it`() throws
  {
    func gradient(_ axis: Int, _ own: Int) -> [Float] {
      (0..<64).map { $0 == axis ? 1 : $0 == own ? 0.1 : 0 }
    }
    func repeating(_ number: Int, _ earlier: [UInt8]) -> TrainingRecord {
      let own = record(number, group: 2)
      return TrainingRecord(
        digest: own.digest, origin: own.origin, text: own.text,
        neighbours: earlier.map { .init(digest: RunManifestTests.digest($0), text: own.text) })
    }
    // Two share a neighbour, and one is like a record that was trained on.
    let own = (0..<8).map { record($0, group: 1) }
    let trained =
      own
      + (0..<8).map { repeating(8 + $0, [[200, 0], [201, 200]][min($0, 1)] + [202 + UInt8($0)]) }
    let earlier = RunUplift.earlier(besides: trained)
    #expect(
      earlier.map(\.digest)
        == [200, 202, 201, 203, 204, 205, 206, 207, 208, 209].map(RunManifestTests.digest))
    func groups(_ trained: [TrainingRecord], _ earlier: [[Float]]) throws -> [RunUplift.Group] {
      try RunUplift(
        trained: trained, trainedGradients: (0..<16).map { gradient($0 / 8, 10 + $0) },
        earlierGradients: earlier,
        heldOutGradients: (0..<8).map { gradient($0 / 4, 40 + $0) },
        heldOutDomains: [0, 0, 0, 0, 1, 1, 1, 1], heldOutAlike: [], measuredDrop: 1
      ).groups
    }
    let alone = try groups(own + (8..<16).map { record($0, group: 2) }, [])
    #expect(alone.map { $0.certainMicroNats > 0 } == [true, true])
    let beside = try groups(trained, (0..<10).map { gradient(1, 18 + $0 % 8) })
    #expect(beside.map { $0.certainMicroNats > 0 } == [true, false])
    #expect(beside[0].estimate == alone[0].estimate)
    #expect(beside[1].estimate.mean < alone[1].estimate.mean / 10)
  }

  @Test func `estimates that all but vanish stay within the ledger's integers`() throws {
    for group in try uplift(measuredDrop: 1, loudness: 1e-18).groups {
      #expect((-Int64(1e18)...Int64(1e18)).contains(group.certainMicroNats))
    }
    _ = try uplift(measuredDrop: .infinity)
  }
}
