import Attribution
import AttributionRules
import Primitives
import Testing

/// Two ways to one result: the audit reads every text once through an automaton, the index looks
/// runs up in suffix arrays.
@Suite struct SpanAuditTests {
  private static func subject(_ seed: UInt64) -> (records: [SpanRecord], answer: [UInt8]) {
    var texts = RandomTexts(seed: seed)
    let records = texts.records(1 + texts.number(below: 30))
    return (records, texts.answer(from: records))
  }

  @Test(arguments: UInt64(0)..<120)
  func `an audit chooses the spans that an index finds`(seed: UInt64) throws {
    let (records, answer) = Self.subject(seed)
    let prompt = Array(answer.prefix(Int(seed % 3) * 4))
    let found = try SpanIndex(records).evidence(answer: answer, prompt: prompt)
    let audit = SpanAudit(answer: answer, prompt: prompt, records: records)
    #expect(audit.evidence() == found, "seed \(seed)")
    #expect(audit.fault(in: found) == nil)
    #expect(audit.fault(in: nil) == .absent)
  }

  /// Changes that each make the evidence another one.
  private static func lies(about evidence: SpanEvidence) -> [SpanEvidence] {
    func with(_ spans: [CitedSpan]) -> SpanEvidence {
      SpanEvidence(spans: spans)
    }
    var lies: [SpanEvidence] = []
    for (place, span) in evidence.spans.enumerated() {
      func replaced(
        range: AnswerRange? = nil, surprisal: UInt64? = nil, sources: [SpanSource]? = nil
      ) -> SpanEvidence {
        var spans = evidence.spans
        spans[place] = CitedSpan(
          range: range ?? span.range, surprisal: surprisal ?? span.surprisal,
          sources: sources ?? span.sources)
        return with(spans)
      }
      var left = evidence.spans
      left.remove(at: place)
      let first = span.sources[0]
      lies += [
        with(left), replaced(surprisal: span.surprisal + 1), replaced(sources: []),
        replaced(sources: span.sources + [first]),
        replaced(sources: [SpanSource(record: first.record, offset: first.offset + 1)]),
        replaced(sources: [SpanSource(record: .filled(9), offset: 0)]),
        replaced(range: AnswerRange(start: span.range.start, end: span.range.end + 1)),
        replaced(range: AnswerRange(start: span.range.start + 1, end: span.range.end)),
      ]
      if span.sources.count > 1 {
        lies += [
          replaced(sources: Array(span.sources.dropFirst())),
          replaced(sources: Array(span.sources.dropLast())),
          replaced(sources: span.sources.reversed()),
        ]
      }
    }
    return lies
  }

  @Test func `every change of what an audit chooses is a fault`() {
    var faults: Set<SpanFault> = []
    for seed in UInt64(0)..<60 {
      let (records, answer) = Self.subject(seed)
      let audit = SpanAudit(answer: answer, prompt: [], records: records)
      guard let evidence = audit.evidence() else { continue }
      for (number, lie) in Self.lies(about: evidence).enumerated() {
        let fault = audit.fault(in: lie)
        #expect(fault != nil, "lie \(number) of seed \(seed)")
        if let fault { faults.insert(fault) }
      }
    }
    #expect(faults.count >= 7)
  }

  @Test func `what is withdrawn is not chosen, and older receipts may cite it`() throws {
    var seen = 0
    for seed in UInt64(0)..<60 {
      let (records, answer) = Self.subject(seed)
      let before = SpanAudit(answer: answer, prompt: [], records: records).evidence()
      guard let before, let source = before.spans.first?.sources.first else { continue }
      seen += 1
      let withdrawn: Set = [source.record]
      let audit = SpanAudit(answer: answer, prompt: [], records: records, withdrawn: withdrawn)
      let after = try SpanIndex(records).withdrawing(withdrawn)
        .evidence(answer: answer, prompt: [])
      #expect(audit.evidence() == after, "seed \(seed)")
      #expect(audit.fault(in: after) == nil)
      #expect(audit.fault(in: before) == nil, "seed \(seed)")
      let stripped = SpanEvidence(
        spans: before.spans.map {
          CitedSpan(range: $0.range, surprisal: $0.surprisal + 1, sources: $0.sources)
        })
      #expect(audit.fault(in: stripped) == .surprisalWrong)
    }
    #expect(seen > 20)
  }

  @Test func `texts too long for spans have none`() {
    let long = [UInt8](repeating: 97, count: SpanLimits.longestText + 1)
    let audit = SpanAudit(answer: [98], prompt: long, records: [])
    #expect(audit.evidence() == nil)
    #expect(audit.fault(in: nil) == nil)
    #expect(
      audit.fault(in: SpanEvidence(spans: [])) == .textTooLong)
  }
}

extension Digest {
  fileprivate static func filled(_ byte: UInt8) -> Digest {
    Digest(bytes: [UInt8](repeating: byte, count: 32)) ?? .zero
  }
}
