import Primitives
import Testing

@testable import AttributionRules

@Suite struct MatchEndsTests {
  @Test func `ends are those that asking everywhere gives, each asked once at most`() {
    for seed in 0..<200 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let length = Int(generator.next(below: 40))
      var reached = 0
      let ends = (0..<length).map { position in
        if generator.next(below: 3) == 0 {
          reached = max(reached, position) + Int(generator.next(below: 9))
        }
        reached = min(max(reached, position), length)
        return reached
      }
      var asked: [Int] = []
      let found = MatchEnds(length: length) {
        asked.append($0)
        return ends[$0]
      }
      #expect(found.ends == ends, "seed \(seed)")
      #expect(Set(asked).count == asked.count)

      let maximal = ends.indices.map { $0..<ends[$0] }.filter { run in
        !run.isEmpty
          && !ends.indices.contains { other in
            other < run.lowerBound && run.upperBound <= ends[other]
          }
      }
      #expect(found.maximalRuns == maximal, "seed \(seed)")
    }
  }

  @Test func `a long run costs a few questions`() {
    var count = 0
    let ends = MatchEnds(length: 4096) { _ in
      count += 1
      return 4096
    }
    #expect(count == 2 && ends.maximalRuns == [0..<4096])
  }

  @Test func `runs may meet and overlap`() {
    let ends = MatchEnds(length: 12) { [4, 4, 6, 6, 6, 6, 9, 9, 9, 10, 12, 12][$0] }
    #expect(ends.maximalRuns == [0..<4, 2..<6, 6..<9, 9..<10, 10..<12])
  }
}
