public import Primitives

/// What a receipt says of an answer's spans, and of the texts that decide whether it is right.
public struct SpanClaim: Hashable, Sendable {
  /// ``SaltedText/digest`` of the answer.
  public var answer: Digest
  /// ``SaltedText/digest`` of all that stood before it.
  public var prompt: Digest
  /// Nil if nobody looked for spans.
  public var spans: SpanEvidence?

  public init(answer: Digest, prompt: Digest, spans: SpanEvidence?) {
    self.answer = answer
    self.prompt = prompt
    self.spans = spans
  }
}

extension SpanClaim {
  /// Returns the fault that opened texts and rows show, given what the run committed to; nil for none.
  ///
  /// - Parameters:
  ///   - place: where a content group was committed; nil if it never was.
  ///   - isWithdrawn: whether a content group's records are to be cited no more.
  /// - Complexity: O(answer + prompt · log prompt), for a source O(record · spans that cite it), and at
  ///   most four Merkle paths.
  public func fault<Place: Comparable>(
    shownBy proof: SpanProof, index: IndexCommitment, place: (Digest) -> Place?,
    isWithdrawn: (Digest) -> Bool
  ) -> SpanFault? {
    switch proof {
    case .itself: return spans?.faultOfItself
    case .texts(let answer, let prompt):
      guard opens(answer, prompt) else { return nil }
      guard let spans else { return .absent }
      return spans.fault(answer: answer.text, prompt: prompt.text)
    case .source(let answer, let record):
      guard answer.digest == self.answer else { return nil }
      return spans?.fault(
        answer: answer.text, opening: record.digest, text: Array(record.spanText.utf8))
    case .absent(let record, let records, let decoys):
      let names = RowName.all(of: record)
      return cites(record) && index.hasNoRecord(names, gap: records)
        && index.hasNoDecoy(names, gap: decoys) ? .sourceAbsent : nil
    case .disordered(let span, let first, let second):
      let sources = spans?.spans.dropFirst(Int(span)).first?.sources ?? []
      let places = [first, second].map { opened in
        sources.firstIndex { $0.record == opened.record.record }
      }
      guard [first, second].allSatisfy(index.holdsAnywhere), let one = places[0],
        let other = places[1], one <= other
      else { return nil }
      guard let earlier = place(first.record.origin.group),
        let later = place(second.record.origin.group)
      else { return .sourcesDisordered }
      return later < earlier ? .sourcesDisordered : nil
    case .omitted(let source):
      let row = source.row
      guard opens(source.answer, source.prompt), row.record.record == source.record.digest,
        index.holdsAnywhere(row), !isWithdrawn(row.record.origin.group),
        source.last.map(index.holdsAnywhere) != false
      else { return nil }
      let shown = [row, source.last].compactMap { $0?.record }
      return spans?.fault(
        answer: source.answer.text, prompt: source.prompt.text, omitting: row.record.record,
        text: Array(source.record.spanText.utf8), run: source.run,
        placing: { name in
          shown.first { $0.record == name }.flatMap { place($0.origin.group) }
        })
    }
  }

  private func opens(_ answer: SaltedText, _ prompt: SaltedText) -> Bool {
    answer.digest == self.answer && prompt.digest == self.prompt
  }

  private func cites(_ record: Digest) -> Bool {
    spans?.spans.contains { $0.sources.contains { $0.record == record } } == true
  }
}
