import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

/// Lies about spans, found by whoever has the texts and decided by the ledger.
@Suite struct SpanProofTests {
  private typealias Lie = @Sendable (inout [CitedSpan]) -> Void

  private static func span(
    _ old: CitedSpan, range: AnswerRange? = nil, surprisal: UInt64? = nil,
    sources: [SpanSource]? = nil
  ) -> CitedSpan {
    CitedSpan(
      range: range ?? old.range, surprisal: surprisal ?? old.surprisal,
      sources: sources ?? old.sources)
  }

  /// An honest receipt cites one record for the answer's beginning, and ten for its end.
  private static let lies: [(code: SpanFault, lie: Lie)] = [
    (.rangeWrong, { $0.reverse() }),
    (.notWorthy, { $0[0] = span($0[0], surprisal: 3) }),
    (.sourcesWrong, { $0[0] = span($0[0], sources: []) }),
    (
      .sourcesWrong,
      { $0[1] = span($0[1], sources: $0[1].sources.dropLast() + $0[1].sources.prefix(1)) }
    ),
    (.surprisalWrong, { $0[0] = span($0[0], surprisal: $0[0].surprisal + 1) }),
    (
      .rangeWrong,
      { $0[1] = span($0[1], range: AnswerRange(start: $0[1].range.start, end: 4_000)) }
    ),
    (
      .sourceAbsent,
      { spans in
        let stranger = SpanSource(record: digest("stranger"), offset: 0)
        spans[0] = span(spans[0], sources: spans[0].sources + [stranger])
      }
    ),
    (
      .sourcesDisordered,
      { spans in
        // Carol committed after bob, whose records the ten are.
        let later = SpanSource(record: DisputeStory.text("record 3").digest, offset: 0)
        spans[1] = span(spans[1], sources: [later] + spans[1].sources.dropLast())
      }
    ),
    (
      .notVerbatim,
      { spans in
        let first = spans[1].sources[0]
        spans[1] = span(
          spans[1],
          sources: [SpanSource(record: first.record, offset: first.offset + 1)]
            + spans[1].sources.dropFirst())
      }
    ),
    (
      .notMaximal,
      { spans in
        let range = spans[1].range
        let shorter = AnswerRange(start: range.start + 1, end: range.end)
        let sources = spans[1].sources.map { SpanSource(record: $0.record, offset: $0.offset + 1) }
        spans[1] = span(spans[1], range: shorter, sources: sources)
      }
    ),
    (.sourceOmitted, { $0[1] = span($0[1], sources: $0[1].sources.dropLast()) }),
    (.spanOmitted, { $0.removeFirst() }),
    (.spanOmitted, { $0 = [] }),
  ]

  private static func lie(_ edit: @escaping Lie) -> (inout Receipt) -> Void {
    { receipt in
      guard let honest = receipt.evidence.spans else { return }
      var spans = honest.spans
      edit(&spans)
      receipt.evidence.spans = SpanEvidence(spans: spans)
    }
  }

  @Test func `the story's honest receipts cite one record and ten`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    let spans = try #require(batch.receipts[0].evidence.spans?.spans)
    #expect(spans.map(\.sources.count) == [1, SpanLimits.mostSources])
    #expect(try story.findings(in: batch).isEmpty)
  }

  @Test func `every lie about spans is found and proved, costs the bond and moves no payout`()
    throws
  {
    let start = try DisputeStory()
    var honest = start
    let expected = try honest.paid(try honest.batch())
    for (code, edit) in Self.lies {
      var story = start
      let batch = try story.batch(lie: Self.lie(edit))
      let findings = try story.findings(in: batch)
      #expect(findings.map(\.code) == [code.rawValue])
      let proof = try #require(findings.first).message
      let before = story.balance(of: alice)
      try story.chain.success(proof, by: alice)
      #expect(story.balance(of: alice) + TestChain.fee == before + batch.partOfSlash(40))
      let name = BatchLeafName(batch: batch.id, leaf: 1)
      #expect(story.chain.state.record(.struckSpans(name)) == true)
      #expect(try story.findings(in: batch).isEmpty)
      #expect(
        try story.chain.rejection(of: proof, by: alice) == .dispute(.alreadyCorrected))
      if code == .spanOmitted { #expect(try story.paid(batch) == expected) }
    }
  }

  @Test func `a receipt without spans is wrong once answer and prompt are shown`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: { $0.evidence.spans = nil })
    let findings = try story.findings(in: batch)
    #expect(findings.map(\.code) == [SpanFault.absent.rawValue])
    try story.chain.success(try #require(findings.first).message, by: alice)
  }

  @Test func `other texts than the receipt's, and rows of another index, show nothing`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: Self.lie { $0[0] = Self.span($0[0], surprisal: 9_999) })
    func proof(_ proof: SpanProof, _ place: Int = 1) -> Message {
      batch.proof(
        .spans(opened: batch.opened(place), receipt: batch.receipts[place], proof: proof))
    }
    let (answer, prompt) = (DisputeStory.answer(2), DisputeStory.prompt(2))
    var salted = answer
    salted.salt = digest("another")
    let stranger = OpenedRecord(
      record: story.index.records[0], proof: story.rows.proof(ofLeaf: 1))
    let text = DisputeStory.text("record 4")
    let nothing: [Message] = [
      proof(.itself), proof(.texts(answer: salted, prompt: prompt)),
      proof(.texts(answer: answer, prompt: DisputeStory.prompt(1))),
      proof(.source(answer: salted, record: text)), proof(.source(answer: answer, record: text)),
      proof(.disordered(span: 1, first: stranger, second: stranger)),
      proof(.disordered(span: 7, first: story.opened(1), second: story.opened(0))),
      proof(
        .omitted(
          OmittedSource(
            answer: answer, prompt: prompt, record: text, row: stranger,
            run: AnswerRange(start: 0, end: 9), last: nil))),
      proof(.texts(answer: DisputeStory.answer(1), prompt: DisputeStory.prompt(1)), 0),
    ]
    for message in nothing {
      #expect(try story.chain.rejection(of: message, by: alice) == .dispute(.noFault))
    }
    try story.chain.success(proof(.texts(answer: answer, prompt: prompt)), by: alice)
  }

  @Test func `a record that is withdrawn by now is not missed`() throws {
    var story = try DisputeStory()
    let batch = try story.batch(lie: Self.lie { $0.removeFirst() })
    let message = try #require(try story.findings(in: batch).first).message
    let group = try #require(
      story.index.origin(of: DisputeStory.text("record 2").digest)?.group)
    let key = StateKey<ContributionRecord>.contribution(Identifier(group))
    var contribution = try #require(story.chain.state.record(key))
    contribution.use = .retrievalOff
    story.chain.apply([StateWrite(key: key.bytes, value: contribution.canonicalBytes)])
    #expect(try story.chain.rejection(of: message, by: alice) == .dispute(.noFault))
  }
}
