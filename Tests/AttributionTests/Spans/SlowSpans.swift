import AttributionRules
import Primitives

@testable import Attribution

/// The obvious matcher: every run of the answer is looked for in every text, place by place.
struct SlowSpans {
  let records: [SpanRecord]

  func ends(of answer: [UInt8]) -> [Int] {
    answer.indices.map { start in
      var end = start
      while end < answer.count, isHeld(answer[start...end]) { end += 1 }
      return end
    }
  }

  private func isHeld(_ run: ArraySlice<UInt8>) -> Bool {
    records.contains { $0.text.firstPlace(of: run) != nil }
  }

  func evidence(answer: [UInt8], prompt: [UInt8]) -> SpanEvidence {
    let surprisal = AnswerSurprisal(of: answer, prompt: prompt)
    let runs = ends(of: answer).enumerated().map { $0.offset..<$0.element }.filter { !$0.isEmpty }
    let maximal = runs.filter { run in
      !runs.contains {
        $0 != run && $0.lowerBound <= run.lowerBound && run.upperBound <= $0.upperBound
      }
    }
    let spans = maximal.filter { surprisal.counted(in: $0) >= SpanLimits.leastSurprisal }
    return SpanEvidence(
      spans: spans.map { run in
        CitedSpan(
          range: AnswerRange(run), surprisal: surprisal.counted(in: run),
          sources: sources(of: answer[run]))
      })
  }

  private func sources(of run: ArraySlice<UInt8>) -> [SpanSource] {
    let inOrder = records.sorted { ($0.place, $0.record) < ($1.place, $1.record) }
    let all = inOrder.compactMap { record in
      record.text.firstPlace(of: run).map { SpanSource(record: record.record, offset: UInt32($0)) }
    }
    return Array(all.prefix(SpanLimits.mostSources))
  }
}

extension [UInt8] {
  func firstPlace(of run: ArraySlice<UInt8>) -> Int? {
    guard run.count <= count else { return nil }
    return (0...count - run.count).first { self[$0...].starts(with: run) }
  }
}

/// Records and answers that a seed decides, of few different bytes, so that much is found.
struct RandomTexts {
  /// Some rare enough for short runs to be worth citing.
  private static let alphabets = [
    "ab", "abcd", "qZ#xQ~v%", "é€a😀", "the of and in", "z",
  ].map { Array($0.unicodeScalars) }

  private var generator: SeededGenerator
  private let alphabet: [UnicodeScalar]

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    alphabet = Self.alphabets[Int(seed % UInt64(Self.alphabets.count))]
  }

  mutating func number(below bound: Int) -> Int { Int(generator.next(below: UInt64(bound))) }

  mutating func text(shorterThan length: Int) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<number(below: length) { text.append(alphabet[number(below: alphabet.count)]) }
    return String(text)
  }

  /// Records in a drawn order of commitment; every fifth has the text of another.
  mutating func records(_ count: Int) -> [SpanRecord] {
    var texts: [String] = []
    for index in 0..<count {
      let isCopy = index > 0 && number(below: 5) == 0
      texts.append(isCopy ? texts[number(below: index)] : text(shorterThan: 40))
    }
    return texts.enumerated().map { index, text in
      SpanRecord(
        record: Digest(words: [UInt64(index) &* 0x9e37_79b9_7f4a_7c15, 0, 0, UInt64(index)]),
        place: CommitPlace(
          height: Height(UInt64(number(below: 9))), indexInBlock: UInt32(number(below: 3)),
          indexInContribution: UInt32(index)),
        text: text)
    }
  }

  /// Pieces of texts cut at any byte, and bytes that are no text between some.
  mutating func answer(from records: [SpanRecord]) -> [UInt8] {
    var answer: [UInt8] = []
    for _ in 0..<number(below: 7) {
      if let text = records.isEmpty ? nil : records[number(below: records.count)].text,
        !text.isEmpty
      {
        let start = number(below: text.count)
        answer += text[start..<start + 1 + number(below: text.count - start)]
      }
      switch number(below: 4) {
      case 0: answer.append(UInt8(number(below: 256)))
      case 1: answer += Array(text(shorterThan: 12).utf8)
      case 2: answer.append(255)
      default: break
      }
    }
    return answer
  }
}
