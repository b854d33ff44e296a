public import Primitives

/// Chooses an answer's spans anew from all texts, to judge those that a receipt cites.
///
/// Needs no index: every text is read once. An index finds the same, faster, for whoever answers.
public struct SpanAudit: Sendable {
  /// The bytes of the answer's text.
  public let answer: [UInt8]
  /// All that stood before it.
  public let prompt: [UInt8]
  /// Every record of the run's snapshot, in commit order.
  public let records: [SpanRecord]
  /// Records whose contributions are withdrawn by now: they may have been cited before.
  public let withdrawn: Set<Digest>
  /// Where those were committed whose texts are erased by now: what cites them can't be compared.
  public let erased: [Digest: CommitPlace]

  /// - Parameter records: in any order.
  public init(
    answer: [UInt8], prompt: [UInt8], records: [SpanRecord], withdrawn: Set<Digest> = [],
    erased: [Digest: CommitPlace] = [:]
  ) {
    self.answer = answer
    self.prompt = prompt
    self.records = records.sorted { ($0.place, $0.record) < ($1.place, $1.record) }
    self.withdrawn = withdrawn
    self.erased = erased
  }

  /// What a server cites that knows of the withdrawals; nil if the texts are too long for spans.
  ///
  /// - Complexity: O(texts + answer), and for each span O(texts that hold as long a run).
  public func evidence() -> SpanEvidence? {
    guard max(answer.count, prompt.count) <= SpanLimits.longestText else { return nil }
    let records = records.filter { !withdrawn.contains($0.record) }
    var automaton = RunAutomaton(of: answer)
    let longest = records.map { automaton.read($0.text) }
    let surprisal = AnswerSurprisal(of: answer, prompt: prompt)
    let spans = SpanChoice.spans(ofMaximal: automaton.maximalRuns(), in: surprisal).map { run in
      let candidates = zip(records, longest).lazy.filter { $0.1 >= run.count }.map(\.0)
      let sources = candidates.compactMap { candidate in
        candidate.text.places(of: answer[run]).first.map {
          SpanSource(record: candidate.record, offset: UInt32($0))
        }
      }
      return CitedSpan(
        range: AnswerRange(run), surprisal: surprisal.counted(in: run),
        sources: Array(sources.prefix(SpanLimits.mostSources)))
    }
    return SpanEvidence(spans: spans)
  }

  /// Returns what is wrong with a receipt's spans; nil for nothing.
  ///
  /// - Parameter claimed: nil if the receipt has none; right just if the texts are too long.
  /// - Complexity: that of ``evidence()``, and O(texts cited · spans).
  public func fault(in claimed: SpanEvidence?) -> SpanFault? {
    let expected = evidence()
    guard claimed != expected else { return nil }
    guard let claimed else { return .absent }
    if let fault = claimed.fault(answer: answer, prompt: prompt) { return fault }
    let byDigest = Dictionary(records.map { ($0.record, $0) }, uniquingKeysWith: { one, _ in one })
    let place = { (record: Digest) in byDigest[record]?.place ?? erased[record] }
    if let fault = claimed.fault(placing: place) { return fault }
    for source in claimed.spans.flatMap(\.sources) {
      guard let record = byDigest[source.record] else {
        // One that has a place, but no text, is erased.
        guard erased[source.record] != nil else { return .sourceAbsent }
        continue
      }
      if let fault = claimed.fault(answer: answer, opening: record.record, text: record.text) {
        return fault
      }
    }
    for span in expected?.spans ?? [] {
      for source in span.sources {
        guard let record = byDigest[source.record] else { continue }
        if let fault = claimed.fault(
          answer: answer, prompt: prompt, omitting: record.record, text: record.text,
          run: span.range, placing: place)
        {
          return fault
        }
      }
    }
    // What differs now may be what a record gave that was withdrawn since, and nothing else.
    let citesWithdrawn = claimed.spans.contains { span in
      span.sources.contains { withdrawn.contains($0.record) || erased[$0.record] != nil }
    }
    return citesWithdrawn ? nil : .spanOmitted
  }
}
