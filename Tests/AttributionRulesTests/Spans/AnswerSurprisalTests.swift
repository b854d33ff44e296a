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
      let surprisal = AnswerSurprisal(of: Array(text.utf8), prompt: [])
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
      let surprisal = AnswerSurprisal(of: answer, prompt: prompt)
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

  @Test func `what everybody repeats counts for nothing, but is a part of the whole`() {
    let licence = "Licensed under the Apache License, Version 2.0 (the \"License\")"
    let all = Array("He said: \(licence)!".utf8)
    let surprisal = AnswerSurprisal(of: all, prompt: [])
    let common = 9..<all.count - 1
    #expect(surprisal.counted(in: common) == 0)
    #expect(
      surprisal.counted(in: 0..<9) > 0 && surprisal.counted(in: all.count - 1..<all.count) > 0)
    #expect(surprisal.total > 100 * SpanLimits.unitsPerBit)
  }

  @Test func `an empty answer is not surprising`() {
    #expect(AnswerSurprisal(of: [], prompt: [1, 2]).total == 0)
  }
}

extension [UInt8] {
  /// Whether a run stands in these bytes, found by trying every place.
  func holds(_ run: ArraySlice<UInt8>) -> Bool {
    indices.contains { self[$0...].starts(with: run) } || run.isEmpty
  }
}
