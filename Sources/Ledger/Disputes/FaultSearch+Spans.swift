public import AttributionRules
public import Primitives

/// What whoever has an answer's text and its run's published texts judges its spans by.
public struct SpanTexts: Sendable {
  let answer: SaltedText
  let prompt: SaltedText
  public let audit: SpanAudit
  private let opened: [Digest: OpenedText]

  /// - Parameters:
  ///   - records: all of the run's snapshot, with their places in the order of commitments.
  ///   - withdrawn: those that are cited no more.
  ///   - erased: where those were committed whose texts are gone.
  public init(
    answer: SaltedText, prompt: SaltedText, records: [(opened: OpenedText, place: CommitPlace)],
    withdrawn: Set<Digest>, erased: [Digest: CommitPlace] = [:]
  ) {
    self.answer = answer
    self.prompt = prompt
    let named = records.map { (digest: $0.opened.digest, text: $0.opened, place: $0.place) }
    opened = Dictionary(named.map { ($0.digest, $0.text) }, uniquingKeysWith: { one, _ in one })
    audit = SpanAudit(
      answer: answer.text, prompt: prompt.text,
      records: named.map {
        SpanRecord(record: $0.digest, place: $0.place, text: $0.text.spanText)
      }, withdrawn: withdrawn, erased: erased)
  }

  fileprivate subscript(record: Digest) -> OpenedText? { opened[record] }
}

extension FaultSearch {
  /// The first lie about a receipt's spans that the ledger can decide.
  ///
  /// - Parameter texts: nil leaves only what the spans and the run's rows show.
  func spanFault(
    of receipt: Receipt, _ opened: OpenedReceipt, _ rows: Rows, _ texts: SpanTexts?
  ) -> Finding? {
    guard let run = judge.state.run(receipt.run) else { return nil }
    for proof in candidates(of: receipt.spanClaim, rows, texts) {
      if let fault = judge.spanFault(in: receipt, shownBy: proof, run: run) {
        return finding(fault.rawValue, .spans(opened: opened, receipt: receipt, proof: proof))
      }
    }
    return nil
  }

  /// Whatever could show spans to be wrong, the smallest first.
  private func candidates(
    of claim: SpanClaim, _ rows: Rows, _ texts: SpanTexts?
  ) -> [SpanProof] {
    let cited = claim.spans?.spans ?? []
    var proofs: [SpanProof] = [.itself]
    for record in Set(cited.flatMap { $0.sources.map(\.record) }).sorted()
    where rows.row(of: record) == nil {
      let name = RowName(record: record, chunk: 0)
      proofs.append(
        .absent(
          record: record,
          records: rows.recordGap(before: rows.index.records.firstPlace(notBefore: name)),
          decoys: rows.decoyGap(before: rows.index.decoys.firstPlace(notBefore: name))))
    }
    for (place, span) in cited.enumerated() {
      let found = span.sources.compactMap { rows.row(of: $0.record) }
      proofs += zip(found, found.dropFirst()).map {
        .disordered(span: UInt32(place), first: $0, second: $1)
      }
    }
    guard let texts, texts.audit.fault(in: claim.spans) != nil else { return proofs }
    for record in Set(cited.flatMap { $0.sources.map(\.record) }).sorted() {
      guard let text = texts[record] else { continue }
      proofs.append(.source(answer: texts.answer, record: text))
    }
    proofs.append(.texts(answer: texts.answer, prompt: texts.prompt))
    return proofs + omissions(from: cited, rows, texts)
  }

  /// Every source that an honest receipt cites and this one does not.
  private func omissions(
    from cited: [CitedSpan], _ rows: Rows, _ texts: SpanTexts
  ) -> [SpanProof] {
    (texts.audit.evidence()?.spans ?? []).flatMap { span in
      let listed = cited.first { $0.range == span.range }?.sources.map(\.record) ?? []
      return span.sources.compactMap { source -> SpanProof? in
        guard !listed.contains(source.record), let text = texts[source.record],
          let row = rows.row(of: source.record)
        else { return nil }
        let last = listed.count == SpanLimits.mostSources ? listed.last : nil
        return .omitted(
          OmittedSource(
            answer: texts.answer, prompt: texts.prompt, record: text, row: row, run: span.range,
            last: last.flatMap { rows.row(of: $0) }))
      }
    }
  }
}
