internal import Attribution
internal import AttributionRules
internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import LanguageModels
internal import Ledger
internal import Primitives
internal import Storage

/// Turns given answers into receipts and settles them on the ledger.
struct AnswerSettlement {
  let engine: LanguageEngine
  let ledger: any LedgerClient
  /// Published receipts, each named by its order's digest.
  let receipts: DocumentFolder
  /// Where what a batch commits to is published.
  let blobs: BlobStore
  let claims: ContributorClaims
  let demands: DemandedData
  let disputes: DisputeAnswers
  let key: SigningKey
  /// The server's, whose batches they are.
  let account: Identifier<Account>

  /// The receipt of an answer, kept on disk before it waits for its batch: an earlier process's, if
  /// it came so far.
  func receipt(
    for answer: UnsettledAnswer, from adapter: ServedAdapter
  ) async throws -> PublishedReceipt {
    let name = answer.order.order.signedDigest.description
    if var kept = try published(name), kept.receipt.order == answer.order,
      kept.disclosure == answer.disclosure
    {
      kept.settlement = nil
      return kept
    }
    let published = try await attributed(answer, to: adapter)
    try receipts.put(published.canonicalBytes, as: name)
    return published
  }

  private func published(_ name: String) throws -> PublishedReceipt? {
    guard let bytes = try receipts.bytes(of: name) else { return nil }
    return try? PublishedReceipt(canonicalBytes: bytes)
  }

  /// Attributes an answer: what it drew on, and who is paid.
  private func attributed(
    _ answer: UnsettledAnswer, to adapter: ServedAdapter
  ) async throws -> PublishedReceipt {
    let request = try ChatRequest(parsing: answer.disclosure.request)
    let tokens = answer.disclosure.answer.map { Int32(bitPattern: $0) }
    let material = try await adapter.material()
    // Without passages: as the run's records were, whose rows the query is compared with.
    let query = try await material.tracing.query(
      prompt: try adapter.prompt(of: request, template: engine.template), answer: tokens)
    let text = answer.disclosure.answerText(by: engine.tokenizer)
    let before = request.promptText(
      system: try await Artifacts(blobs: blobs).systemMessage(
        of: answer.order.order, manifest: adapter.manifest, on: ledger),
      passages: try await adapter.passages(of: answer.passages))
    let evidence = Evidence(
      influence: material.scanner.evidence(for: query),
      spans: try await material.texts.spans(answer: text, prompt: before, ledger: ledger),
      retrieval: try await adapter.retrievalEvidence(
        of: request, records: answer.passages, answer: tokens, engine: engine))

    let order = answer.order.order
    let tokensOut = UInt32(answer.disclosure.answer.count)
    let parts = try await terms(of: order).feeParts(
      of: order, tokensIn: answer.tokensIn, tokensOut: tokensOut)
    let pay = try adapter.run.contributorPay(
      of: parts.contributors, evidence: evidence, index: material.index)
    guard let channel = try await ledger.record(.channel(order.channel)) else {
      throw ServingFailure(.settlementRejected, "the channel is not on the ledger")
    }
    return PublishedReceipt(
      receipt: Receipt(
        order: answer.order, payer: channel.payer, server: channel.server,
        baseModel: adapter.run.claim.baseModel, run: adapter.record.offer.run,
        answer: answer.disclosure.answerDigest,
        answerText: answer.disclosure.saltedAnswer(text).digest,
        promptText: answer.disclosure.saltedPrompt(before).digest, tokensIn: answer.tokensIn,
        tokensOut: tokensOut, fee: parts.fee, evidence: evidence,
        payouts: pay.payouts.map(Payout.init), refund: pay.refund),
      disclosure: answer.disclosure)
  }

  /// The fee terms that an order agreed to.
  private func terms(of order: Order) async throws -> FeeTerms {
    guard let terms = try await ledger.feeTerms(order.terms) else {
      throw ServingFailure(.settlementRejected, "the order's fee terms are not on the ledger")
    }
    return terms
  }

  /// Whether an earlier process settled an order's answer and ended before it could say so.
  ///
  /// Asked of the receipt that it published: one that is made again may differ in the last digit of
  /// a score, and so in its digest.
  func isSettled(_ order: Order) async throws -> Bool {
    try await settled(order.signedDigest) != nil
  }

  /// The published receipt of an order, once the ledger has settled it.
  func settled(_ order: Digest) async throws -> PublishedReceipt? {
    guard let published = try published(order.description) else { return nil }
    // Of a batch whose place in the account's sequence another transaction took, nothing stands.
    guard let settlement = published.settlement,
      let batch = try await ledger.record(.batch(settlement.batch)), settlement.isOn(batch),
      try await ledger.record(.voidReceipt(settlement.leaf)) == nil
    else { return nil }
    return published
  }

  /// Whether an order's receipt was proved wrong, or the batch in which it stands.
  func isVoided(_ order: Digest) async throws -> Bool {
    guard let settlement = try published(order.description)?.settlement,
      let batch = try await ledger.record(.batch(settlement.batch))
    else { return false }
    guard settlement.opened.stands(in: batch) else { return false }
    if batch.status == .voided { return true }
    return try await ledger.record(.voidReceipt(settlement.leaf)) != nil
  }

  /// Settles receipts that name the same fee terms as one batch.
  ///
  /// - Throws: ``ServingFailure`` with `settlementRejected`; then none is settled.
  func settle(_ published: [PublishedReceipt]) async throws {
    guard let first = published.first else { return }
    let parameters = try await ledger.status().parameters.receipts
    var builder = SettlementBatchBuilder(terms: try await terms(of: first.receipt.order.order))
    for receipt in published.map(\.receipt) {
      guard let channel = try await ledger.record(.channel(receipt.order.order.channel)) else {
        throw ServingFailure(.settlementRejected, "the channel is not on the ledger")
      }
      try builder.add(receipt.settled, on: channel)
    }
    let contents = try builder.finish()
    let encoded = contents.encoded()
    try blobs.put(encoded.bytes)

    try await raiseBondIfNeeded(for: contents, under: parameters)
    if let rejection = try await submit(contents, encoded.message, of: published) {
      throw ServingFailure(
        rejection.mayPass ? .settlementRejected : .settlementImpossible,
        "the ledger refuses the batch: \(rejection)")
    }
  }

  private func submit(
    _ contents: BatchContents, _ message: SettleBatch, of published: [PublishedReceipt]
  ) async throws -> Rejection? {
    let sequence = try await ledger.nextSequence(of: account)
    let batch = Identifier<Batch>(creator: account, sequence: sequence)
    // Kept first: whatever becomes of this process, the next knows where to look.
    for receipt in published {
      let order = receipt.receipt.order.order
      var placed = receipt
      placed.settlement = contents.settlement(of: order, in: batch)
      try receipts.put(placed.canonicalBytes, as: order.signedDigest.description)
    }
    try claims.expect(batch, contents: message.blob)
    return try await ledger.send(
      .settleBatch(message), by: key, of: account, ordering: .sequence(sequence)
    ).rejection
  }

  /// Deposits several times the bond that a batch needs, if there is too little for it; a batch
  /// without its bond would be refused, and its transaction's fee lost.
  private func raiseBondIfNeeded(
    for contents: BatchContents, under parameters: ReceiptParameters
  ) async throws {
    var money = try await ledger.record(.openContributorMoney(account)) ?? .zero
    for draw in contents.draws { money = try money.adding(draw.payouts).adding(draw.refund) }
    let bond = try await ledger.balance(of: .serverBond(account))
    guard !parameters.allows(openMoney: money, bond: bond) else { return }
    let needed = try money.scaledRoundingUp(
      by: UInt128(Share.whole.partsPerBillion), over: UInt128(parameters.auditRate.partsPerBillion))
    let outcome = try await ledger.send(
      .depositServerBond(
        DepositServerBond(amount: try needed.scaledRoundingUp(by: Self.bondReserve, over: 1))),
      by: key, of: account)
    if let rejection = outcome.rejection {
      throw ServingFailure(
        .settlementRejected, "the server's bond is too small and can't be raised: \(rejection)")
    }
  }

  /// How many times the bond a batch needs is deposited at once.
  private static let bondReserve: UInt128 = 8
}
