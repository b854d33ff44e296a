import Primitives
import Testing

@testable import AttributionRules

@Suite struct SpanChoiceTests {
  private static let noise = Array("qZ#xQ~vK%jW^zX|kV&qJ".utf8)

  @Test func `only runs worth 64 bits are spans`() {
    let surprisal = AnswerSurprisal(of: Self.noise, prompt: [])
    for length in 1...Self.noise.count {
      let ends = MatchEnds(length: Self.noise.count) { max($0, min(length, Self.noise.count)) }
      let isWorthy = surprisal.counted(in: 0..<length) >= 64 * 16
      #expect(SpanChoice.spans(of: ends, in: surprisal) == (isWorthy ? [0..<length] : []))
    }
  }

  @Test func `of too many spans the most surprising are kept, in their order`() {
    // Every ten bytes a span, every third of them plain words.
    let pieces = (0..<600).map { $0.isMultiple(of: 3) ? Array(" a banana ".utf8) : Self.noise }
    let answer = pieces.flatMap { $0 }
    let surprisal = AnswerSurprisal(of: answer, prompt: [])
    let ends = MatchEnds(length: answer.count) { position in
      var end = 0
      for piece in pieces {
        end += piece.count
        if end > position { break }
      }
      return end
    }
    let spans = SpanChoice.spans(of: ends, in: surprisal)
    #expect(spans.count == SpanLimits.mostSpans)
    #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.lowerBound < $1.lowerBound })
    let least = spans.map(surprisal.counted).min() ?? 0
    let left = ends.maximalRuns.filter { !spans.contains($0) }
    #expect(left.allSatisfy { surprisal.counted(in: $0) <= least })
  }

  @Test func `each byte is credited to the longest span that holds it, and to none twice`() {
    for seed in 0..<80 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let answer = (0..<30).map { _ in UInt8(33 + generator.next(below: 90)) }
      // Some bytes count for nothing.
      let surprisal = AnswerSurprisal(of: answer, prompt: Array(answer[10..<20]))
      let spans = (0..<5).map { _ in
        let start = Int(generator.next(below: 30))
        return start..<start + 1 + Int(generator.next(below: UInt64(30 - start)))
      }
      let coverage = SpanCoverage(of: spans, in: surprisal)

      var credits = [UInt64](repeating: 0, count: spans.count)
      for position in answer.indices {
        let holders = spans.indices.filter { spans[$0].contains(position) }
        let owner = holders.min {
          (-spans[$0].count, spans[$0].lowerBound, $0) < (
            -spans[$1].count, spans[$1].lowerBound, $1
          )
        }
        if let owner { credits[owner] += surprisal.counted(in: position..<position + 1) }
      }
      #expect(coverage.credits == credits, "seed \(seed)")
      #expect(coverage.covered == credits.reduce(0, +) && coverage.covered <= coverage.total)
    }
  }

  @Test func `an answer of one whole span is covered, and of none is not`() {
    let surprisal = AnswerSurprisal(of: Self.noise, prompt: [])
    let whole = SpanCoverage(of: [0..<Self.noise.count], in: surprisal)
    #expect(whole.covered == whole.total && whole.total > 0)
    #expect(SpanCoverage(of: [], in: surprisal).covered == 0)
  }
}
