public import AttributionRules
public import Ledger
public import Primitives

/// What a receipt is explained with, beside itself.
public struct ExplanationSources {
  public var adapter: AdapterRecord
  public var run: RunRecord
  public var index: InfluenceIndex
  public var terms: FeeTerms
  /// That of the receipt's settlement; nil if it has none.
  public var batch: BatchRecord?
  /// What the payer said, as far as the ledger remembers.
  public var outcome: ReceiptOutcome?
  /// Whether the ledger has found the spans wrong.
  public var areSpansStruck: Bool
  /// The answer's text, as the model's tokens say it.
  public var answer: String
  public var datamodelScore: Explanation.DatamodelScore?
  /// A record's text, where it is published.
  public var text: (Digest) -> Explanation.Text?

  public init(
    adapter: AdapterRecord, run: RunRecord, index: InfluenceIndex, terms: FeeTerms,
    batch: BatchRecord?, outcome: ReceiptOutcome? = nil, areSpansStruck: Bool = false,
    answer: String, datamodelScore: Explanation.DatamodelScore? = nil,
    text: @escaping (Digest) -> Explanation.Text?
  ) {
    self.adapter = adapter
    self.run = run
    self.index = index
    self.terms = terms
    self.batch = batch
    self.outcome = outcome
    self.areSpansStruck = areSpansStruck
    self.answer = answer
    self.datamodelScore = datamodelScore
    self.text = text
  }

  fileprivate func contributor(of record: Digest) -> Identifier<Account>? {
    index.origin(of: record).map { Identifier($0.contributor) }
  }
}

extension Explanation {
  /// Explains a receipt whose arithmetic was checked.
  ///
  /// - Throws: ``ReceiptFault`` with `feeWrong` or `payoutWrong` if it was not.
  /// - Complexity: O(list · log rows).
  public init(
    of published: PublishedReceipt, from sources: ExplanationSources
  ) throws(ReceiptFault) {
    let receipt = published.receipt
    let evidence = receipt.evidence
    guard
      let parts = try? sources.terms.feeParts(
        of: receipt.order.order, tokensIn: receipt.tokensIn, tokensOut: receipt.tokensOut)
    else { throw .feeWrong }
    guard
      let pay = try? sources.run.contributorPay(
        of: parts.contributors, evidence: evidence, index: sources.index),
      pay.payouts.map(Payout.init) == receipt.payouts
    else { throw .payoutWrong }
    let earned = Earned(pay.earnings)

    self.receipt = receipt.order.order.signedDigest
    model = sources.adapter.offer.name
    ensemble = EnsembleShare(receipt.order.order)
    run = receipt.run
    question =
      (try? ChatRequest(parsing: published.disclosure.request))?.messages
      .last { $0.role == .user }?.content ?? ""
    answer = sources.answer
    tokensIn = receipt.tokensIn
    tokensOut = receipt.tokensOut
    fee = receipt.fee
    self.parts = Self.parts(parts, refund: receipt.refund)
    contributors = Self.contributors(earned, of: receipt, run: sources.run)
    records = Self.records(evidence.influence, earned, sources)
    components = evidence.retrieval.map { Components($0.likelihoods) }
    passages = (evidence.retrieval?.passages ?? []).map { passage in
      RetrievedPassage(
        record: passage.record, contributor: sources.contributor(of: passage.record),
        dropInMicroNats: passage.drop, amount: earned.byPassage[passage.record] ?? .zero,
        text: sources.text(passage.record))
    }
    spans = evidence.spans.map { evidence in
      evidence.spans.map { VerbatimSpan($0, sources) }
    }
    certainty = Certainty(
      decoyCount: sources.index.decoys.count, recordCount: sources.index.records.count,
      isListFull: evidence.influence.records.count >= ContributorPay.longestList,
      datamodelScore: sources.datamodelScore)
    settlement = Settlement(of: published, in: sources.batch)
    areSpansStruck = sources.areSpansStruck
    outcome = sources.outcome.map(Outcome.init)
  }

  private static func parts(_ parts: FeeParts, refund: Amount) -> [FeePart] {
    // The payouts and the refund are the contributors' part.
    let payouts = (try? parts.contributors.subtracting(refund)) ?? .zero
    return [
      FeePart(payee: .contributors, amount: payouts),
      FeePart(payee: .refund, amount: refund),
      FeePart(payee: .adapterOwner, amount: parts.adapterOwner),
      FeePart(payee: .server, amount: parts.server),
      FeePart(payee: .baseModel, amount: parts.baseModel),
      FeePart(payee: .adapterStakers, amount: parts.adapterStakers),
      FeePart(payee: .validators, amount: parts.validators),
      FeePart(payee: .treasury, amount: parts.treasury),
      FeePart(payee: .platform, amount: parts.platformFee),
    ]
  }

  private static func contributors(
    _ earned: Earned, of receipt: Receipt, run: RunRecord
  ) -> [Contributor] {
    receipt.payouts.map { payout in
      let sums = earned.byContributor[payout.account.digest] ?? Earned.Sums()
      let uplift = run.claim.uplift.filter { $0.contributor == payout.account && $0.uplift > 0 }
      return Contributor(
        account: payout.account, amount: payout.amount, byInfluence: sums.influence,
        byUplift: sums.uplift, byRetrieval: sums.retrieval,
        upliftInMicroNats: uplift.reduce(0) { $0 &+ $1.uplift })
    }.sorted { ($1.amount, $0.account) < ($0.amount, $1.account) }
  }

  private static func records(
    _ influence: InfluenceEvidence, _ earned: Earned, _ sources: ExplanationSources
  ) -> [InfluentialRecord] {
    let height = influence.heightOfFloor
    return influence.records.map { listed in
      let origin = sources.index.credit(of: listed.name)?.origin
      return InfluentialRecord(
        record: listed.record, chunk: listed.chunk,
        contributor: Identifier(origin?.contributor ?? .zero),
        heightInThousandths: Self.thousandths(
          listed.score.subtractingSaturated(influence.floor), of: height),
        amount: earned.byRow[listed.name] ?? .zero, text: sources.text(listed.record))
    }
  }

  private static func thousandths(_ part: Int64, of whole: Int64) -> Int64 {
    let ratio = Int128(part) * 1000 / Int128(max(1, whole))
    return Int64(clamping: ratio)
  }
}

/// Earnings by what they are for.
private struct Earned {
  struct Sums {
    var influence = Amount.zero
    var uplift = Amount.zero
    var retrieval = Amount.zero
  }

  var byContributor: [Digest: Sums] = [:]
  var byRow: [RowName: Amount] = [:]
  var byPassage: [Digest: Amount] = [:]

  init(_ earnings: [Earning]) {
    for earning in earnings {
      let amount = earning.amount
      var sums = byContributor[earning.contributor] ?? Sums()
      switch earning.cause {
      case .row(let name):
        sums.influence = sums.influence.addingWithinPool(amount)
        byRow[name] = (byRow[name] ?? .zero).addingWithinPool(amount)
      case .passage(let record):
        sums.retrieval = sums.retrieval.addingWithinPool(amount)
        byPassage[record] = (byPassage[record] ?? .zero).addingWithinPool(amount)
      case .uplift: sums.uplift = sums.uplift.addingWithinPool(amount)
      }
      byContributor[earning.contributor] = sums
    }
  }
}

extension Amount {
  /// The sum of parts of one pool, which never exceeds it.
  fileprivate func addingWithinPool(_ other: Amount) -> Amount {
    Amount(baseUnits: baseUnits &+ other.baseUnits)
  }
}

extension Int64 {
  fileprivate func subtractingSaturated(_ other: Int64) -> Int64 {
    let (difference, overflowed) = subtractingReportingOverflow(other)
    return overflowed ? .max : difference
  }
}

extension InfluenceEvidence {
  /// How far the floor stands above the middle of what decoys score.
  fileprivate var heightOfFloor: Int64 {
    guard !decoyScores.isEmpty else { return 0 }
    return floor.subtractingSaturated(decoyScores.sorted()[(decoyScores.count - 1) / 2])
  }
}

extension Explanation.Components {
  fileprivate init(_ likelihoods: AnswerLikelihoods) {
    let values = ComponentValues(likelihoods)
    self.init(
      adapterInMicroNats: Int64(clamping: values.adapter / 2),
      retrievalInMicroNats: Int64(clamping: values.retrieval / 2))
  }
}

extension Explanation.VerbatimSpan {
  fileprivate init(_ span: CitedSpan, _ sources: ExplanationSources) {
    self.init(
      range: span.range, bits: span.surprisal / 16,
      sources: span.sources.map { source in
        Explanation.Source(
          record: source.record, contributor: sources.contributor(of: source.record),
          text: sources.text(source.record))
      })
  }
}

extension Explanation.Outcome {
  fileprivate init(_ outcome: ReceiptOutcome) {
    self =
      switch outcome {
      case .accepted: .accepted
      case .rejected: .rejected
      case .passed: .passed
      }
  }
}

extension Explanation.Settlement {
  fileprivate init(of published: PublishedReceipt, in batch: BatchRecord?) {
    guard published.settlement != nil, let batch else {
      self = .waiting
      return
    }
    self =
      switch batch.status {
      case .open: .open
      case .final: .final
      case .voided: .voided
      }
  }
}
