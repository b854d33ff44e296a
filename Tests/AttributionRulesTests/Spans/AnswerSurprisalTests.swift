import Primitives
import Testing

@testable import AttributionRules

@Suite struct AnswerSurprisalTests {
  @Test func `the table has a cost for each pair of classes`() {
    #expect(SurprisalTable.costs.count == SurprisalTable.classCount * SurprisalTable.classCount)
    #expect(SurprisalTable.costs.allSatisfy { $0 > 0 })
    #expect((0...255).allSatisfy { SurprisalTable.classOf($0) < SurprisalTable.classCount })
  }

  @Test func `plain words cost less a byte than digits, and those less than noise`() {
    func bitsPerByte(_ text: String) -> UInt64 {
      let surprisal = AnswerSurprisal(of: Array(text.utf8), prompt: [], common: [])
      return surprisal.total / SpanLimits.unitsPerBit / UInt64(text.utf8.count)
    }
    #expect(bitsPerByte("an interpreted language for the processing of text and data") == 3)
    #expect(bitsPerByte("2718281828459045235360287471352662497757247093699959") >= 4)
    #expect(bitsPerByte("qZ#xQ~vK%jW^zX|kV&qJ") >= 9)
  }

  @Test func `what stands in the prompt in eight bytes or more counts for nothing`() {
    for seed in 0..<15 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let alphabet = 2 + generator.next(below: 3)
      func text(_ length: UInt64) -> [UInt8] {
        (0..<generator.next(below: length)).map { _ in
          UInt8(ascii: "a") + UInt8(generator.next(below: alphabet))
        }
      }
      let prompt = text(32)
      let answer = text(32)
      let surprisal = AnswerSurprisal(of: answer, prompt: prompt, common: [])
      for position in answer.indices {
        let isPrompted = answer.indices.contains { start in
          (start + 8...max(start + 8, answer.count)).contains { end in
            end <= answer.count && (start..<end).contains(position)
              && prompt.holds(answer[start..<end])
          }
        }
        let counted = surprisal.counted(in: position..<position + 1)
        #expect((counted == 0) == isPrompted, "seed \(seed), position \(position)")
      }
      #expect(surprisal.counted(in: 0..<answer.count) <= surprisal.total)
    }
  }

  @Test func `common ranges count for nothing, and may reach beyond the answer`() {
    let answer = Array("the quick brown fox".utf8)
    let all = AnswerSurprisal(of: answer, prompt: [], common: [])
    let cut = AnswerSurprisal(
      of: answer, prompt: [],
      common: [.init(start: 4, end: 9), .init(start: 16, end: 90), .init(start: 95, end: 99)])
    #expect(all.counted(in: 0..<19) == all.total && cut.total == all.total)
    #expect(cut.counted(in: 0..<4) == all.counted(in: 0..<4))
    #expect(cut.counted(in: 4..<9) == 0 && cut.counted(in: 16..<19) == 0)
    #expect(cut.counted(in: 3..<17) == all.counted(in: 3..<4) + all.counted(in: 9..<16))
  }

  @Test func `an empty answer is not surprising`() {
    #expect(AnswerSurprisal(of: [], prompt: [1, 2], common: []).total == 0)
  }
}

extension [UInt8] {
  /// Whether a run stands in these bytes, found by trying every place.
  func holds(_ run: ArraySlice<UInt8>) -> Bool {
    indices.contains { self[$0...].starts(with: run) } || run.isEmpty
  }
}
