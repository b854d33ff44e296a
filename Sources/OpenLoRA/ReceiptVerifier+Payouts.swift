internal import Attribution
internal import AttributionRules
internal import ClientAPI
public import LanguageModels
public import Ledger
public import Primitives

extension ReceiptVerifier {
  /// What a receipt should have paid, by the query that its answer really has and by what its
  /// passages really did.
  ///
  /// Whoever disputes a query must say so (docs/spec/disputes.md, level 3).
  /// - Throws: ``ReceiptFault`` with `answerNotReproduced` if the request can't be read, `feeWrong`,
  ///   `payoutWrong`; what ``ServedAdapter`` says of an artifact.
  /// - Complexity: one forward and backward pass, a score a row, and what passages take.
  public func rightPayouts(
    of published: PublishedReceipt, engine: LanguageEngine, weights: Digest
  ) async throws -> RightPayouts {
    try await withAdapter(of: published, engine: engine, weights: weights) { adapter in
      try await rightPayouts(of: published, through: adapter)
    }
  }

  private func rightPayouts(
    of published: PublishedReceipt, through adapter: ServedAdapter
  ) async throws -> RightPayouts {
    let receipt = published.receipt
    let order = receipt.order.order
    var evidence = receipt.evidence
    let material = try await adapter.material()
    evidence.influence = material.scanner.evidence(
      for: try await adapter.query(of: published.disclosure))
    evidence.retrieval = try await retrieval(of: published, through: adapter)
    guard
      let parts = try await ledger.feeTerms(order.terms)?.feeParts(
        of: order, tokensIn: receipt.tokensIn, tokensOut: receipt.tokensOut)
    else { throw ReceiptFault.feeWrong }
    guard
      let pay = try? adapter.run.contributorPay(
        of: parts.contributors, evidence: evidence, index: material.index)
    else { throw ReceiptFault.payoutWrong }
    return RightPayouts(payouts: pay.payouts.map(Payout.init), refund: pay.refund)
  }

  // MARK: - A panel's verdict

  /// The part of a receipt's money by which payouts may differ from the recomputed ones.
  public static let payoutTolerance = 0.005

  /// What a member of a panel finds about an answer: faulty if the model does not give it.
  ///
  /// - Throws: what ``ServedAdapter`` says of an artifact: then nothing can be found.
  public func verdict(
    onAnswerOf published: PublishedReceipt, engine: LanguageEngine, weights: Digest
  ) async throws -> Verdict {
    try await withAdapter(of: published, engine: engine, weights: weights) { adapter in
      do {
        try await checkAnswer(of: published, through: adapter)
        return .sound
      } catch let fault as ReceiptFault {
        return fault == .answerNotReproduced ? .faulty : .sound
      }
    }
  }

  /// What a member of a panel finds about a query: faulty if it, or what the passages did, is not the
  /// given answer's, and the payouts that the opener names are the recomputed ones but for rounding.
  ///
  /// - Throws: what ``ServedAdapter`` says of an artifact: then nothing can be found.
  public func verdict(
    onQueryOf published: PublishedReceipt, right: RightPayouts, engine: LanguageEngine,
    weights: Digest
  ) async throws -> Verdict {
    try await withAdapter(of: published, engine: engine, weights: weights) { adapter in
      do {
        _ = try await checkQuery(of: published, through: adapter)
        return .sound
      } catch is ReceiptFault {}
      do {
        let recomputed = try await rightPayouts(of: published, through: adapter)
        return recomputed.isClose(to: right) ? .faulty : .sound
      } catch is ReceiptFault {
        // Nobody could say what is right.
        return .sound
      }
    }
  }
}

extension RightPayouts {
  /// Whether half the sum of what payees and payer get differently is within the tolerance.
  fileprivate func isClose(to other: RightPayouts) -> Bool {
    let (mine, others) = (amounts, other.amounts)
    let difference = Set(mine.keys).union(others.keys).reduce(0.0) {
      $0 + abs(mine[$1, default: 0] - others[$1, default: 0]) / 2
    }
    return difference <= max(1, mine.values.reduce(0, +) * ReceiptVerifier.payoutTolerance)
  }

  /// In base units; the payer's refund under nil.
  private var amounts: [Identifier<Account>?: Double] {
    var amounts: [Identifier<Account>?: Double] = [nil: Double(refund.baseUnits)]
    for payout in payouts { amounts[payout.account, default: 0] += Double(payout.amount.baseUnits) }
    return amounts
  }
}
