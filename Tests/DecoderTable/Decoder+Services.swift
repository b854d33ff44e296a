internal import AttributionRules
internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Datanets
internal import Ledger
internal import ModelFactory
internal import OpenLoRA
internal import Primitives

extension Decoder {
  /// What the services keep and exchange beside the ledger.
  static let services: [Decoder] = [
    .canonical(LedgerStatus.self, samples: [status]),
    .canonical(TransactionOutcome.self),
    .canonical(HistoryPage<StatementLine>.self, named: "HistoryPage.statement"),
    .canonical(HistoryPage<TransactionSummary>.self, named: "HistoryPage.transactions"),
    .canonical(HistoryPage<PlacedEvent>.self, named: "HistoryPage.events"),
    .canonical(RunManifest.self, samples: [manifest]),
    .canonical(RunTexts.self, samples: texts.map { [$0.canonicalBytes] }),
    .canonical(RecordText.self, samples: text.map { [$0.canonicalBytes] }),
    .canonical(RetrainJob.self),
    .canonical(SignedRunCard.self, samples: card),
    .canonical(UnsettledAnswer.self),
    .canonical(SealedReceipt.self),
    .canonical(ReceiptEnvelope.self),
    .canonical(RevealVerdict.self),
    .canonical(InfluenceIndex.self),
    .canonical(InfluenceEvidence.self),
    .canonical(Evidence.self, samples: [evidence]),
    .canonical(RetrievalEvidence.self),
    .canonical(PassageEvidence.self),
    .canonical(ScoreEvidence.self),
    .canonical(SpanProof.self),
    .canonical(InstructionRecord.self, samples: record.map { [$0.canonicalBytes] }),
    Decoder(
      "ContributionBundle", samples: [bundle], read: { try ContributionBundle(blob: $0) },
      fault: { $0.blob == $1 ? nil : "it encodes to other bytes" }),
    Decoder(
      "HeldOutSet", samples: [heldOut], read: { try HeldOutSet(blob: $0) },
      fault: { $0.blob == $1 ? nil : "it encodes to other bytes" }),
    Decoder(
      "InstructionRecord.lines", samples: [lines],
      read: { try InstructionRecord.parse(lines: $0) }),
    Decoder(
      "HeldOutItem.lines", samples: [heldOutLines], read: { try HeldOutItem.parse(lines: $0) }),
    Decoder(
      "HistoryPlace.text", samples: [Array("12.0.3".utf8), Array("12.begin.3".utf8)],
      read: { String(validating: $0, as: UTF8.self).flatMap { HistoryPlace(text: $0) } },
      fault: { Array("\($0)".utf8) == $1 ? nil : "it is written in other words" }),
  ]

  private static let status = LedgerStatus(
    chain: ChainRecord(id: Identifier(.zero), name: "n", symbol: "s", supply: .zero),
    parameters: LedgerParameters(),
    header: BlockHeader(
      chain: Identifier(.zero), height: .genesis, time: BlockTime(milliseconds: 0),
      previous: .zero, transactionsRoot: .zero, resultsRoot: .zero, stateRoot: .zero)
  ).canonicalBytes

  private static let manifest = RunManifest(
    baseWeights: .zero, snapshotRoot: .zero, trained: [.zero], decoys: [], decoyDraw: .zero,
    recipe: TrainingRecipe(epochs: 1, learningRateInMillionths: 2, seed: 3, systemMessage: "s"),
    adapter: .zero, adapterSettings: .zero, tracingAdapter: .zero, curvature: .zero, index: .zero,
    texts: .zero,
    codeVersion: "v"
  ).canonicalBytes

  private static let card: [[UInt8]] = {
    guard let key = SigningKey(seed: [UInt8](repeating: 1, count: 32)) else { return [] }
    let losses = [HeldOutLosses(microNats: [5]), HeldOutLosses(microNats: [6])]
    let card = RunCard(
      run: Identifier(.zero), heldOut: [.zero], codeVersion: "v", seeds: 2, halfStop: 1,
      questions: [QueryVector(values: [Int16](repeating: 1, count: 64))], halves: losses,
      contributors: ContributorRetrainings(subsets: .leaveOneOut, stop: 1, losses: losses))
    return [SignedRunCard(card, by: key).canonicalBytes]
  }()

  private static let evidence = Evidence(
    influence: InfluenceEvidence(
      query: QueryVector(values: [Int16](repeating: 1, count: 64)), decoyScores: [2], floor: 3,
      records: [ScoredRecord(record: .zero, chunk: 1, score: 4)]),
    spans: SpanEvidence(
      spans: [CitedSpan(range: AnswerRange(start: 1, end: 2), surprisal: 3, sources: [])]),
    retrieval: RetrievalEvidence(
      likelihoods: AnswerLikelihoods(base: -4, adapter: -3, context: -2, both: -1),
      passages: [RetrievedPassage(record: .zero, drop: -5)])
  ).canonicalBytes

  private static let record = try? InstructionRecord(term: "t", question: "q?", answer: "an")

  private static let text = record.map { RecordText(record: $0, salt: .zero) }

  private static let texts = text.flatMap { text in
    let names = (1...3).map { index in
      TextName(
        SnapshotText(
          text, place: CommitPlace(height: .genesis, indexInBlock: 3, indexInContribution: index)))
    }
    let elsewhere = TextName(place: names[2].place, record: .zero, blob: names[2].blob)
    return try? RunTexts(
      records: Array(names.prefix(2)),
      elsewhere: [ElsewhereText(text: elsewhere, contribution: .zero, siblings: [.zero])])
  }

  private static let bundle =
    record.flatMap { try? ContributionBundle(records: [$0, $0], secret: .zero).blob } ?? []

  private static let heldOut =
    record.flatMap { try? HeldOutSet(items: [HeldOutItem(domain: "d", record: $0)]).blob } ?? []

  private static let lines = Array(
    """
    {"term": "a", "question": "b\\u00e9\\n", "answer": "c"}
    {"answer": "z", "question": "😀", "term": "x"}

    """.utf8)

  private static let heldOutLines = Array(
    #"{"term": "a", "question": "b", "answer": "c", "contributor": "d"}"#.utf8)
}
