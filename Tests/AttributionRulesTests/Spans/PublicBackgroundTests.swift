import Primitives
import Testing

@testable import AttributionRules

@Suite struct PublicBackgroundTests {
  private static let runs: Set<ArraySlice<UInt8>> = {
    let runs = PublicBackground.runs
    return Set(
      stride(from: 0, to: runs.count, by: SpanLimits.commonRun).map {
        runs[$0..<$0 + SpanLimits.commonRun]
      })
  }()

  @Test func `each run of the background stands there once, in order, and is of one text`() {
    let runs = PublicBackground.runs
    #expect(Self.runs.count == PublicBackground.count)
    #expect(!runs.contains(255))
    let starts = stride(from: SpanLimits.commonRun, to: runs.count, by: SpanLimits.commonRun)
    #expect(
      starts.allSatisfy { start in
        let before = runs[start - SpanLimits.commonRun..<start]
        return before.lexicographicallyPrecedes(runs[start..<start + SpanLimits.commonRun])
      })
  }

  @Test func `a byte is common just if it lies in sixteen that are of the background`() {
    for seed in 0..<24 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let known = PublicBackground.runs
      // Pieces of runs, runs and noise, so that many nearly match.
      var answer: [UInt8] = []
      for _ in 0..<generator.next(below: 9) {
        let start = Int(generator.next(below: UInt64(PublicBackground.count))) * 16
        let length = 13 + Int(generator.next(below: 7))
        answer += known[start..<min(start + length, known.count)]
        if generator.next(below: 3) == 0 { answer.append(UInt8(generator.next(below: 256))) }
      }
      var expected = [Bool](repeating: false, count: answer.count)
      for start in 0..<max(answer.count - 15, 0)
      where Self.runs.contains(answer[start..<start + 16]) {
        for position in start..<start + 16 { expected[position] = true }
      }
      #expect(PublicBackground.marks(in: answer) == expected, "seed \(seed)")
    }
  }

  @Test func `a licence counts for nothing, and what surrounds it does`() throws {
    let licence = "Licensed under the Apache License, Version 2.0 (the \"License\")"
    let own = "qZ#xQ~vK%jW^zX|kV&qJ"
    let answer = Array("\(licence)\(own)".utf8)
    let surprisal = AnswerSurprisal(of: answer, prompt: [])
    #expect(surprisal.counted(in: 0..<licence.utf8.count) == 0)
    #expect(surprisal.counted(in: licence.utf8.count..<answer.count) >= SpanLimits.leastSurprisal)
    #expect(surprisal.total > surprisal.counted(in: 0..<answer.count))
    let plain = Array("A B-tree is a balanced search tree whose nodes have many children.".utf8)
    #expect(PublicBackground.marks(in: plain).allSatisfy { !$0 })
    #expect(PublicBackground.marks(in: []).isEmpty)
  }
}
