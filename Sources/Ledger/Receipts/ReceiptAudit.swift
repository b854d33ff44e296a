public import AttributionRules
internal import Cryptography
public import Primitives

/// What is wrong with a receipt; the raw values are stable.
public enum ReceiptFault: String, Error, CaseIterable, Sendable {
  /// Its adapters, run or channel are not on this ledger, or they do not belong together.
  case unknownSubject = "receipt_unknown_subject"
  /// The payer's side did not sign this order.
  case orderNotSigned = "receipt_order_not_signed"
  /// The request is not the one that was ordered.
  case requestDiffers = "receipt_request_differs"
  /// The answer is not the one the receipt names.
  case answerDiffers = "receipt_answer_differs"
  /// The fee does not follow from tokens and price, or exceeds the order's maximum.
  case feeWrong = "receipt_fee_wrong"
  /// The index is not the one the run record commits to.
  case indexDiffers = "receipt_index_differs"
  /// A decoy's score does not follow from the query vector and the index.
  case decoyScoreWrong = "receipt_decoy_score_wrong"
  /// The floor does not follow from the decoys.
  case floorWrong = "receipt_floor_wrong"
  /// A listed record's score is wrong, one is missing, or the list is out of order.
  case evidenceWrong = "receipt_evidence_wrong"
  /// A likelihood of the answer is above one.
  case likelihoodsWrong = "receipt_likelihoods_wrong"
  /// There is no passage, one stands there twice or out of commit order, or is no record of the
  /// run's snapshot.
  case passagesWrong = "receipt_passages_wrong"
  /// The texts that its spans are judged by are not those of prompt and answer.
  case textDiffers = "receipt_text_differs"
  /// The spans are not those that stand in the run's texts.
  case spansWrong = "receipt_spans_wrong"
  /// The payouts do not follow from evidence and uplift.
  case payoutWrong = "receipt_payout_wrong"
  /// The ledger has not settled a receipt with this digest.
  case notSettled = "receipt_not_settled"
  /// When it was settled the order had expired, its rates were not the adapter's, or its fee terms
  /// not the batch's.
  case termsDiffer = "receipt_terms_differ"
  /// The query vector is not the answer's gradient (level 3, recomputed by the engine).
  case queryWrong = "receipt_query_wrong"
  /// The model does not give this answer (level 3, replayed by the engine).
  case answerNotReproduced = "receipt_answer_not_reproduced"
}

/// The checks of a receipt that need no engine: levels 1 and 2 of DESIGN section 5.
public struct ReceiptAudit: Sendable {
  public let state: any StateReader

  public init(state: any StateReader) { self.state = state }

  /// Recomputes everything that is integer arithmetic and compares it with the ledger.
  ///
  /// The cheapest and most telling check comes first, and the first fault found is thrown.
  ///
  /// - Parameters:
  ///   - index: the run's published index.
  ///   - spans: answer and prompt as text, and the run's published texts; nil leaves spans
  ///     unjudged, for whoever has no tokenizer.
  /// - Throws: ``ReceiptFault``.
  /// - Complexity: O(rows · dimensions) integer operations, and O(texts) for spans.
  public func check(
    _ published: PublishedReceipt, index: InfluenceIndex, spans: SpanAudit? = nil
  ) throws(ReceiptFault) {
    let receipt = published.receipt
    let run = try checkSubjects(of: receipt)
    try checkOrder(of: published)
    let contributors = try checkFee(of: receipt)
    guard index.root == run.claim.indexRoot, index.decoyRoot == run.claim.decoyRoot else {
      throw .indexDiffers
    }
    try Self.check(receipt.evidence.influence, index: index)
    try check(receipt.evidence.retrieval, index: index)
    if let spans {
      guard published.hasTexts(answer: spans.answer, prompt: spans.prompt) else {
        throw .textDiffers
      }
      guard spans.fault(in: receipt.evidence.spans) == nil else { throw .spansWrong }
    }
    try Self.checkPayouts(of: receipt, pool: contributors, run: run, index: index)
    try checkTerms(of: receipt.order.order, in: settledBatch(of: published))
  }

  /// Returns the batch of which the receipt is a leaf.
  private func settledBatch(of published: PublishedReceipt) throws(ReceiptFault) -> BatchRecord {
    let receipt = published.receipt
    guard let settlement = published.settlement, let batch = state.batch(settlement.batch) else {
      throw .notSettled
    }
    let leaf = settlement.opened.leaf
    guard settlement.isOn(batch), state.record(.voidReceipt(settlement.leaf)) == nil,
      leaf.receipt == receipt.digest, leaf.fee == receipt.fee,
      leaf.order == receipt.order.digest
    else { throw .notSettled }
    return batch
  }

  /// Judges expiry, rates and terms by the rule that a dispute would.
  private func checkTerms(of order: Order, in batch: BatchRecord) throws(ReceiptFault) {
    let adapter = state.adapter(order.adapter)
    guard let fault = batch.fault(of: order, on: adapter) else { return }
    // A final batch may be older than the rates that the ledger remembers, and nobody disputes it.
    let isRateForgotten =
      fault == .termsDiffer && batch.status == .final && order.terms == batch.terms.digest
      && adapter?.formerRates != nil
    guard isRateForgotten else { throw .termsDiffer }
  }

  private func checkSubjects(of receipt: Receipt) throws(ReceiptFault) -> RunRecord {
    let order = receipt.order.order
    guard let adapter = state.adapter(order.adapter), adapter.offer.run == receipt.run,
      let run = state.run(receipt.run), run.claim.baseModel == receipt.baseModel,
      let channel = state.channel(order.channel), channel.payer == receipt.payer,
      channel.server == receipt.server, state.namesEnsemble(order)
    else { throw .unknownSubject }
    guard receipt.order.isSigned(by: channel.signingKey) else { throw .orderNotSigned }
    return run
  }

  private func checkOrder(of published: PublishedReceipt) throws(ReceiptFault) {
    if let fault = published.disclosureFault { throw fault }
  }

  /// Returns the contributors' part of the fee.
  private func checkFee(of receipt: Receipt) throws(ReceiptFault) -> Amount {
    guard
      let parts = try? state.feeTerms(receipt.order.order.terms)?.feeParts(
        of: receipt.order.order, tokensIn: receipt.tokensIn, tokensOut: receipt.tokensOut),
      parts.fee == receipt.fee, parts.fee <= receipt.order.order.maximumFee
    else { throw .feeWrong }
    return parts.contributors
  }

  static func check(
    _ claimed: InfluenceEvidence, index: InfluenceIndex
  ) throws(ReceiptFault) {
    guard claimed.query.values.count == index.dimension else { throw .evidenceWrong }
    let evidence = index.evidence(for: claimed.query)
    guard claimed.decoyScores == evidence.decoyScores else { throw .decoyScoreWrong }
    guard claimed.floor == evidence.floor else { throw .floorWrong }
    guard claimed.records == evidence.records else { throw .evidenceWrong }
  }

  private func check(
    _ claimed: RetrievalEvidence?, index: InfluenceIndex
  ) throws(ReceiptFault) {
    switch claimed?.fault(index: index, place: state.commitPriority(ofGroup:)) {
    case nil: break
    case .likelihoodPositive: throw .likelihoodsWrong
    case .passagesMiscounted, .passageAbsent, .passagesDisordered: throw .passagesWrong
    }
  }

  static func checkPayouts(
    of receipt: Receipt, pool: Amount, run: RunRecord, index: InfluenceIndex
  ) throws(ReceiptFault) {
    guard
      let pay = try? run.contributorPay(
        of: pool, evidence: receipt.evidence, index: index),
      pay.payouts.map(Payout.init) == receipt.payouts, pay.refund == receipt.refund
    else { throw .payoutWrong }
  }
}

extension StateReader {
  /// Where a content group was committed; nil if the ledger knows no such contribution.
  func commitPriority(ofGroup group: Digest) -> Priority? {
    contribution(Identifier(group))?.priority
  }
}

extension RunRecord {
  /// Divides the contributors' part of a fee by evidence and this run's uplift.
  /// - Throws: ``ArithmeticError/overflow`` if the weights exceed 128 bits.
  public func contributorPay(
    of pool: Amount, evidence: Evidence, index: InfluenceIndex
  ) throws(ArithmeticError) -> ContributorPay {
    try contributorPay(
      of: pool, evidence: evidence, credit: index.credit(of:), passage: index.origin(of:))
  }

  /// Divides it by what single rows of the index say.
  func contributorPay(
    of pool: Amount, evidence: Evidence, credit: (RowName) -> RowCredit?,
    passage: (Digest) -> RecordOrigin?
  ) throws(ArithmeticError) -> ContributorPay {
    try ContributorPay.divide(
      pool, evidence: evidence.influence.records, floor: evidence.influence.floor,
      retrieval: evidence.retrieval, among: PaidGroups(groupUplift), credit: credit,
      passage: passage)
  }

  /// The uplift of each content group, as the division of pay takes it.
  public var groupUplift: [GroupUplift] {
    claim.uplift.map {
      GroupUplift(
        group: $0.contribution.digest, contributor: $0.contributor.digest, microNats: $0.uplift)
    }
  }
}

extension Payout {
  public init(_ payout: ContributorPayout) {
    self.init(account: Identifier(payout.contributor), amount: payout.amount)
  }
}

extension PublishedReceipt {
  /// Whether the receipt names these texts as the answer's and as what stood before it.
  public func hasTexts(answer: [UInt8], prompt: [UInt8]) -> Bool {
    disclosure.saltedAnswer(answer).digest == receipt.answerText
      && disclosure.saltedPrompt(prompt).digest == receipt.promptText
  }

  /// Why the text shown is not that of the receipt: `requestDiffers` or `answerDiffers`.
  public var disclosureFault: ReceiptFault? {
    guard receipt.order.order.isFor(disclosure.request, salt: disclosure.requestSalt) else {
      return .requestDiffers
    }
    return disclosure.answerDigest == receipt.answer ? nil : .answerDiffers
  }
}
