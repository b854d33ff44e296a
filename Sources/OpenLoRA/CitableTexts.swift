internal import Attribution
internal import AttributionRules
internal import ClientAPI
internal import Primitives

/// The texts that an adapter's answers may cite: those of its run, without what was withdrawn.
///
/// The ledger is asked of every answer's sources, so that use stops at once; an index of what is
/// left is made then, and the first with the first answer.
actor CitableTexts {
  nonisolated let published: PublishedTexts
  private var withdrawn: Set<Digest>
  private var index: SpanIndex?

  init(_ published: PublishedTexts) {
    self.published = published
    withdrawn = published.withdrawn
  }

  /// Finds what of an answer stands verbatim in the texts; nil if answer or prompt is too long.
  ///
  /// Cost: the first answer's, and that of each withdrawal, sorts all texts: 13 MB a second.
  func spans(
    answer: [UInt8], prompt: [UInt8], ledger: any LedgerClient
  ) async throws -> SpanEvidence? {
    guard max(answer.count, prompt.count) <= SpanLimits.longestText else { return nil }
    while true {
      let evidence = try current().evidence(answer: answer, prompt: prompt)
      let cited = evidence.spans.flatMap { $0.sources.map(\.record) }
      let gone = try await published.withdrawn(among: cited, on: ledger)
      guard !gone.isEmpty else { return evidence }
      withdrawn.formUnion(gone)
      index = nil
    }
  }

  private func current() throws -> SpanIndex {
    if let index { return index }
    let made = try SpanIndex(published.spanRecords.filter { !withdrawn.contains($0.record) })
    index = made
    return made
  }
}
