internal import Attribution
internal import AttributionRules
internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import LanguageModels
internal import Ledger
internal import Primitives
internal import Storage

/// Turns a given answer into a receipt and settles it on the ledger.
struct AnswerSettlement {
  let engine: LanguageEngine
  let ledger: any LedgerClient
  /// Published receipts, each named by its order's digest.
  let receipts: DocumentFolder
  let key: SigningKey

  /// Attributes an answer: what it drew on, and who is paid.
  func receipt(
    for answer: UnsettledAnswer, from adapter: ServedAdapter
  ) async throws -> PublishedReceipt {
    let request = try ChatRequest(parsing: answer.disclosure.request)
    let query = try await AnswerTracing(engine: engine, curvature: adapter.curvature).query(
      prompt: adapter.prompt(of: request, template: engine.template),
      answer: answer.disclosure.answer.map { Int32(bitPattern: $0) })
    let evidence = adapter.index.evidence(for: query)

    let order = answer.order.order
    let tokensOut = UInt32(answer.disclosure.answer.count)
    let parts = try await ledger.status().parameters.feeParts(
      of: order, tokensIn: answer.tokensIn, tokensOut: tokensOut)
    let pay = try adapter.run.contributorPay(
      of: parts.contributors, evidence: evidence, index: adapter.index)
    guard let channel = try await ledger.record(.channel(order.channel)) else {
      throw ServingFailure(.settlementRejected, "the channel is not on the ledger")
    }
    return PublishedReceipt(
      receipt: Receipt(
        order: answer.order, payer: channel.payer, server: channel.server,
        baseModel: adapter.run.claim.baseModel, run: adapter.record.offer.run,
        answer: answer.disclosure.answerDigest, tokensIn: answer.tokensIn, tokensOut: tokensOut,
        fee: parts.fee, evidence: evidence, payouts: pay.payouts.map(Payout.init),
        refund: pay.refund),
      disclosure: answer.disclosure)
  }

  /// Whether an earlier process settled an order's answer and ended before it could say so.
  ///
  /// Asked of the receipt that it published: one that is made again may differ in the last digit of
  /// a score, and so in its digest.
  func isSettled(_ order: Order) async throws -> Bool {
    guard let bytes = try receipts.bytes(of: order.signedDigest.description),
      let published = try? PublishedReceipt(canonicalBytes: bytes)
    else { return false }
    return try await ledger.record(.receipt(published.receipt.digest)) != nil
  }

  /// Publishes a receipt and settles it.
  /// - Throws: ``ServingFailure`` with `settlementRejected`.
  func settle(_ published: PublishedReceipt) async throws {
    let receipt = published.receipt
    try receipts.put(
      published.canonicalBytes, as: receipt.order.order.signedDigest.description)
    let outcome = try await ledger.send(
      .settleReceipts(
        SettleReceipts(channel: receipt.order.order.channel, receipts: [receipt.settled])),
      by: key)
    if let rejection = outcome.rejection {
      throw ServingFailure(.settlementRejected, "the ledger refuses the receipt: \(rejection)")
    }
  }
}
