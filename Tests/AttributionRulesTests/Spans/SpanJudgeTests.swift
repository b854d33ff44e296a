import Primitives
import Testing

@testable import AttributionRules

/// A true list of spans, and a lie for every fault.
@Suite struct SpanJudgeTests {
  private let prompt = Array("Who wrote this?".utf8)
  private let answer = Array("It says: qZ#xQ~vK%jW^zX; and then mV*pH!uY@wG$bN?".utf8)
  private let texts: [(record: Digest, text: [UInt8])] = [
    (.zero.numbered(1), Array("qZ#xQ~vK%jW^zX is noise".utf8)),
    (.zero.numbered(2), Array("more::qZ#xQ~vK%jW^zX, mV*pH!uY@wG$bN".utf8)),
    (.zero.numbered(3), Array("and:qZ#xQ~vK%jW^zX".utf8)),
  ]

  private func place(_ record: Digest) -> CommitPlace? {
    guard let index = texts.firstIndex(where: { $0.record == record }) else { return nil }
    return CommitPlace(height: Height(7), indexInBlock: UInt32(index), indexInContribution: 0)
  }

  private func evidence(_ spans: [CitedSpan]) -> SpanEvidence { SpanEvidence(spans: spans) }

  private func cited(_ text: String, _ sources: [(index: Int, offset: UInt32)]) -> CitedSpan {
    let run = Array(text.utf8)
    let start = answer.indices.first { answer[$0...].starts(with: run) } ?? 0
    let range = start..<start + run.count
    let surprisal = AnswerSurprisal(of: answer, prompt: prompt)
    return CitedSpan(
      range: AnswerRange(range), surprisal: surprisal.counted(in: range),
      sources: sources.map { SpanSource(record: texts[$0.index].record, offset: $0.offset) })
  }

  private var first: CitedSpan { cited("qZ#xQ~vK%jW^zX", [(0, 0), (1, 6), (2, 4)]) }
  private var second: CitedSpan { cited(" mV*pH!uY@wG$bN", [(1, 21)]) }
  private var honest: SpanEvidence { evidence([first, second]) }

  private func shown(_ evidence: SpanEvidence, by index: Int) -> SpanFault? {
    evidence.fault(answer: answer, opening: texts[index].record, text: texts[index].text)
  }

  private func omitted(_ evidence: SpanEvidence, by index: Int, _ run: AnswerRange) -> SpanFault? {
    evidence.fault(
      answer: answer, prompt: prompt, omitting: texts[index].record, text: texts[index].text,
      run: run, placing: place)
  }

  @Test func `true spans have no fault, whatever is opened`() {
    #expect(honest.fault(answer: answer, prompt: prompt) == nil)
    #expect(honest.fault(placing: place) == nil)
    for index in texts.indices {
      #expect(shown(honest, by: index) == nil)
      for span in honest.spans { #expect(omitted(honest, by: index, span.range) == nil) }
    }
    #expect(evidence([]).fault(answer: [], prompt: []) == nil)
  }

  @Test func `spans out of order, nested or outside of the answer are refused`() {
    func fault(_ spans: [CitedSpan]) -> SpanFault? {
      evidence(spans).fault(answer: answer, prompt: prompt)
    }
    #expect(fault([second, first]) == .rangeWrong)
    #expect(fault([first, first]) == .rangeWrong)
    let inner = cited("Z#xQ~vK%jW^z", [(0, 1)])
    #expect(fault([first, inner]) == .rangeWrong)
    for range in [(90, 99), (3, 3), (9, 4)] as [(UInt32, UInt32)] {
      let outside = CitedSpan(
        range: .init(start: range.0, end: range.1), surprisal: 2000, sources: first.sources)
      #expect(fault([outside]) == .rangeWrong)
    }
  }

  @Test func `a surprisal that does not follow, or is too small, is refused`() {
    func fault(_ span: CitedSpan) -> SpanFault? {
      evidence([span]).fault(answer: answer, prompt: prompt)
    }
    let loud = CitedSpan(
      range: first.range, surprisal: first.surprisal + 1, sources: first.sources)
    #expect(fault(loud) == .surprisalWrong)
    #expect(fault(cited("says: ", [(0, 0)])) == .notWorthy)
    // What the prompt gave counts for nothing, so the whole sum no longer follows.
    #expect(evidence([first]).fault(answer: answer, prompt: answer) == .surprisalWrong)
  }

  @Test func `citing a licence as if it were somebody's work is refused`() {
    let licence = Array("Licensed under the Apache License, Version 2.0 (the".utf8)
    func fault(_ surprisal: UInt64) -> SpanFault? {
      let span = CitedSpan(
        range: AnswerRange(0..<licence.count), surprisal: surprisal, sources: first.sources)
      return evidence([span]).fault(answer: licence, prompt: [])
    }
    #expect(fault(AnswerSurprisal(of: licence, prompt: []).total) == .surprisalWrong)
    #expect(fault(0) == .notWorthy)
  }

  @Test func `sources are one to ten, each once, known and in commit order`() {
    func fault(_ sources: [SpanSource]) -> SpanFault? {
      let span = CitedSpan(range: first.range, surprisal: first.surprisal, sources: sources)
      return evidence([span]).fault(answer: answer, prompt: prompt)
        ?? evidence([span]).fault(placing: place)
    }
    let sources = first.sources
    #expect(fault(sources) == nil)
    #expect(fault([]) == .sourcesWrong)
    #expect(fault([sources[0], sources[0]]) == .sourcesWrong)
    let many = (1...11).map { SpanSource(record: .zero.numbered($0), offset: 0) }
    #expect(fault(many) == .sourcesWrong)
    #expect(fault([sources[1], sources[0]]) == .sourcesDisordered)
    #expect(fault([SpanSource(record: .zero.numbered(9), offset: 0)]) == .sourceAbsent)
  }

  @Test func `an opened record shows a span that is not there, not there first, or longer`() {
    let elsewhere = cited("qZ#xQ~vK%jW^zX", [(0, 1)])
    #expect(shown(evidence([elsewhere]), by: 0) == .notVerbatim)
    let absent = cited(" mV*pH!uY@wG$bN", [(0, 0)])
    #expect(shown(evidence([absent]), by: 0) == .notVerbatim)
    let beyond = cited("qZ#xQ~vK%jW^zX", [(0, 4_000_000_000)])
    #expect(shown(evidence([beyond]), by: 0) == .notVerbatim)
    #expect(shown(evidence([cited("qZ#xQ~vK%jW^z", [(0, 0)])]), by: 0) == .notMaximal)
    #expect(shown(evidence([cited("Z#xQ~vK%jW^zX", [(0, 1)])]), by: 0) == .notMaximal)
    #expect(shown(evidence([elsewhere]), by: 1) == nil)
  }

  @Test func `an opened record shows that it, or its span, was left out`() {
    let lesser = evidence([cited("qZ#xQ~vK%jW^zX", [(1, 6), (2, 4)]), second])
    #expect(omitted(lesser, by: 0, first.range) == .sourceOmitted)
    #expect(omitted(lesser, by: 1, first.range) == nil)
    #expect(omitted(evidence([first]), by: 1, second.range) == .spanOmitted)
    // The run has to stand in the record, and to be worth citing.
    #expect(omitted(evidence([first]), by: 0, second.range) == nil)
    #expect(omitted(evidence([second]), by: 0, .init(start: 9, end: 12)) == nil)
  }

  @Test func `of ten sources, one that was committed later may be missing`() {
    let numbers = (1...10).map { Digest.zero.numbered($0) }
    let full = CitedSpan(
      range: first.range, surprisal: first.surprisal,
      sources: numbers.map { SpanSource(record: $0, offset: 0) })
    for (height, fault) in [(4, SpanFault.sourceOmitted), (20, nil)] as [(UInt64, SpanFault?)] {
      let found = evidence([full]).fault(
        answer: answer, prompt: prompt, omitting: .zero, text: texts[0].text, run: first.range
      ) { record in
        let place = numbers.firstIndex(of: record).map { UInt64($0) + 1 } ?? height
        return CommitPlace(height: Height(place), indexInBlock: 0, indexInContribution: 0)
      }
      #expect(found == fault)
    }
  }

  @Test func `of a full list, only what is worth more than a listed span was left out`() {
    let range = AnswerRange(start: 0, end: 1)
    func full(_ surprisal: UInt64) -> SpanEvidence {
      let span = CitedSpan(range: range, surprisal: surprisal, sources: first.sources)
      return evidence([CitedSpan](repeating: span, count: SpanLimits.mostSpans))
    }
    #expect(omitted(full(second.surprisal - 1), by: 1, second.range) == .spanOmitted)
    #expect(omitted(full(second.surprisal), by: 1, second.range) == nil)
  }

  @Test func `runs are found wherever they stand, overlapping or not`() {
    for seed in 0..<100 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      func text(_ length: UInt64) -> [UInt8] {
        (0..<generator.next(below: length)).map { _ in UInt8(generator.next(below: 2)) }
      }
      let (text, run) = (text(60), text(6))
      let places = run.isEmpty ? [] : text.indices.filter { text[$0...].starts(with: run) }
      #expect(text.places(of: run[...]) == places, "seed \(seed)")
    }
  }

  @Test func `texts beyond a mebibyte are not judged`() {
    let long = [UInt8](repeating: 0, count: SpanLimits.longestText + 1)
    #expect(evidence([]).fault(answer: long, prompt: []) == .textTooLong)
    #expect(evidence([]).fault(answer: [], prompt: long) == .textTooLong)
  }
}

extension Digest {
  /// A digest that ends in a small number.
  fileprivate func numbered(_ number: Int) -> Digest {
    Digest(words: [0, 0, 0, UInt64(number)])
  }
}
