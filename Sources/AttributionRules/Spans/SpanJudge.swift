public import Primitives

/// What is wrong with a receipt's spans; the raw values are stable.
public enum SpanFault: String, CaseIterable, Sendable {
  /// Nobody looked for spans, though answer and prompt are not too long.
  case absent = "spans_absent"
  /// Answer or prompt is longer than spans are chosen in.
  case textTooLong = "spans_text_too_long"
  /// A span is outside of the answer, out of place, or lies in another.
  case rangeWrong = "spans_range_wrong"
  /// A span's surprisal does not follow from answer and prompt.
  case surprisalWrong = "spans_surprisal_wrong"
  /// A span is not worth citing.
  case notWorthy = "spans_not_worthy"
  /// A span has no source, more than ten, or one twice.
  case sourcesWrong = "spans_sources_wrong"
  /// A source is no record of the run's snapshot.
  case sourceAbsent = "spans_source_absent"
  /// A source stands before one that was committed earlier.
  case sourcesDisordered = "spans_sources_disordered"
  /// A span does not stand in its source's text where it is said to stand first.
  case notVerbatim = "spans_not_verbatim"
  /// A source's text goes on like the answer, before or behind a span.
  case notMaximal = "spans_not_maximal"
  /// A record was committed before a listed source, or fewer than ten are listed; it holds the span
  /// and is not listed.
  case sourceOmitted = "spans_source_omitted"
  /// A record holds a run worth citing that lies in no span, and the list is not full or cites a
  /// lesser one.
  case spanOmitted = "spans_span_omitted"
}

extension SpanEvidence {
  /// What is wrong whatever answer and prompt are: order, limits and worth; nil for nothing.
  public var faultOfItself: SpanFault? {
    guard rangesRise, spans.count <= SpanLimits.mostSpans else { return .rangeWrong }
    return spans.lazy.compactMap(\.faultOfItself).first
  }

  /// Returns what is wrong by the answer alone: order, surprisal and worth; nil for nothing.
  public func fault(answer: [UInt8], prompt: [UInt8]) -> SpanFault? {
    guard max(answer.count, prompt.count) <= SpanLimits.longestText else { return .textTooLong }
    guard rangesRise, spans.count <= SpanLimits.mostSpans else { return .rangeWrong }
    let surprisal = AnswerSurprisal(of: answer, prompt: prompt)
    for span in spans {
      guard let run = span.range.positions(within: answer.count) else { return .rangeWrong }
      guard span.surprisal == surprisal.counted(in: run) else { return .surprisalWrong }
      if let fault = span.faultOfItself { return fault }
    }
    return nil
  }

  private var rangesRise: Bool {
    zip(spans, spans.dropFirst()).allSatisfy {
      $0.range.start < $1.range.start && $0.range.end < $1.range.end
    }
  }

  /// Returns what is wrong by the places that the ledger gives the sources; nil for nothing.
  /// - Parameter place: nil for a record that is not of the run's snapshot.
  public func fault(placing place: (Digest) -> CommitPlace?) -> SpanFault? {
    for span in spans {
      var last: CommitPlace?
      for source in span.sources {
        guard let next = place(source.record) else { return .sourceAbsent }
        if let last, next < last { return .sourcesDisordered }
        last = next
      }
    }
    return nil
  }

  /// Returns what an opened record's text shows of the spans that cite it; nil for nothing.
  ///
  /// A span stands at its offset, nowhere before it, and nowhere in a longer run: anybody who holds
  /// the record can tell, without an index.
  /// - Complexity: O(text · spans that cite the record).
  public func fault(answer: [UInt8], opening record: Digest, text: [UInt8]) -> SpanFault? {
    for span in spans {
      guard let source = span.sources.first(where: { $0.record == record }) else { continue }
      guard let run = span.range.positions(within: answer.count) else { return .rangeWrong }
      let places = text.places(of: answer[run])
      guard places.first == Int(source.offset) else { return .notVerbatim }
      if places.contains(where: { text.goesOn(at: $0, like: answer, around: run) }) {
        return .notMaximal
      }
    }
    return nil
  }

  /// Returns what a record of the Datanet shows by not being cited; nil for nothing.
  /// - Parameters:
  ///   - place: gives the record's place and those of the sources.
  ///   - run: a run of the answer that stands in the record's text.
  public func fault<Place: Comparable>(
    answer: [UInt8], prompt: [UInt8], omitting record: Digest, text: [UInt8], run: AnswerRange,
    placing place: (Digest) -> Place?
  ) -> SpanFault? {
    guard let positions = run.positions(within: answer.count),
      !text.places(of: answer[positions]).isEmpty
    else { return nil }
    if let span = spans.first(where: { $0.range == run }) {
      guard !span.sources.contains(where: { $0.record == record }) else { return nil }
      guard span.sources.count == SpanLimits.mostSources else { return .sourceOmitted }
      guard let last = span.sources.last.flatMap({ place($0.record) }), let own = place(record)
      else { return nil }
      return own < last ? .sourceOmitted : nil
    }
    let isInside = spans.contains { $0.range.start <= run.start && run.end <= $0.range.end }
    let surprisal = AnswerSurprisal(of: answer, prompt: prompt)
    let worth = surprisal.counted(in: positions)
    // The whole run that this one is part of is worth as much at least.
    let isWorthy =
      worth >= SpanLimits.leastSurprisal
      && (spans.count < SpanLimits.mostSpans || spans.contains { $0.surprisal < worth })
    return isWorthy && !isInside ? .spanOmitted : nil
  }
}

extension CitedSpan {
  /// What is wrong with a span wherever it stands.
  fileprivate var faultOfItself: SpanFault? {
    guard surprisal >= SpanLimits.leastSurprisal else { return .notWorthy }
    let isCounted =
      (1...SpanLimits.mostSources).contains(sources.count)
      && Set(sources.map(\.record)).count == sources.count
    return isCounted ? nil : .sourcesWrong
  }
}

extension [UInt8] {
  /// Whether the byte before or behind a run at `place` is the answer's too.
  fileprivate func goesOn(at place: Int, like answer: [UInt8], around run: Range<Int>) -> Bool {
    if place > 0, run.lowerBound > 0, self[place - 1] == answer[run.lowerBound - 1] { return true }
    let end = place + run.count
    return end < count && run.upperBound < answer.count && self[end] == answer[run.upperBound]
  }
}
