internal import Attribution
internal import AttributionRules
internal import ClientAPI
public import LanguageModels
public import Ledger
public import Primitives

extension ReceiptVerifier {
  /// What a receipt should have paid, by the query that its answer really has.
  ///
  /// Whoever disputes a query must say so (docs/spec/disputes.md, level 3). Retrieval is taken as the
  /// receipt has it.
  /// - Throws: ``ReceiptFault`` with `answerNotReproduced` if the request can't be read, `feeWrong`,
  ///   `payoutWrong`; what ``ServedAdapter`` says of an artifact.
  /// - Complexity: one forward and backward pass, and a score a row.
  public func rightPayouts(
    of published: PublishedReceipt, engine: LanguageEngine, weights: Digest
  ) async throws -> RightPayouts {
    let receipt = published.receipt
    let order = receipt.order.order
    let adapter = try await ServedAdapter.load(
      order.adapter, from: ledger, blobs: blobs, engine: engine, weights: weights)
    let query: QueryVector
    do {
      query = try await adapter.query(of: published.disclosure)
      await adapter.unload()
    } catch {
      await adapter.unload()
      throw error
    }
    var evidence = receipt.evidence
    evidence.influence = adapter.scanner.evidence(for: query)
    guard
      let parts = try await ledger.feeTerms(order.terms)?.feeParts(
        of: order, tokensIn: receipt.tokensIn, tokensOut: receipt.tokensOut)
    else { throw ReceiptFault.feeWrong }
    guard
      let pay = try? adapter.run.contributorPay(
        of: parts.contributors, evidence: evidence, index: adapter.index)
    else { throw ReceiptFault.payoutWrong }
    return RightPayouts(payouts: pay.payouts.map(Payout.init), refund: pay.refund)
  }
}
