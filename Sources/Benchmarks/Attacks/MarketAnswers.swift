internal import AttributionRules
internal import Cryptography
internal import Ledger
internal import Primitives

/// Answers that were sold, as their server settled them.
struct MarketBatch {
  let id: Identifier<Batch>
  let contents: BatchContents
  let receipts: [Receipt]

  func opened(_ place: Int) -> OpenedReceipt {
    OpenedReceipt(
      leaf: contents.receipts[place], proof: contents.receiptsTree.proof(ofLeaf: place))
  }
}

/// What a server changes of what it should settle.
struct ServerLie: Sendable {
  /// In each receipt's influence evidence; the payouts follow from it.
  var evidence: @Sendable (InfluenceEvidence, AttackMarket) -> InfluenceEvidence = { own, _ in own }
  /// In each receipt.
  var receipt: @Sendable (inout Receipt, AttackMarket) -> Void = { _, _ in }
  /// In the leaves.
  var contents: @Sendable (inout BatchContents, AttackMarket) -> Void = { _, _ in }

  static let none = ServerLie()
}

extension AttackMarket {
  static let answerCount = 4
  private static let tokensEach: UInt32 = 1000

  /// The fees of everything that is settled at once, in tokens.
  func fees() throws -> Double {
    try Double(Self.answerCount)
      * ledger.parameters.receipts.terms.fee(
        of: order(1), tokensIn: Self.tokensEach, tokensOut: Self.tokensEach
      ).inTokens
  }

  private func order(_ number: UInt64) -> Order {
    Order(
      chain: ledger.id, channel: channel, number: number,
      request: Self.mark("request \(number)"), adapter: adapter, rateIn: Self.rate,
      rateOut: Self.rate, terms: ledger.parameters.receipts.terms.digest,
      maximumFee: Self.tokens(10), nonce: Self.mark("nonce \(number)"),
      expiry: BlockTime(milliseconds: ledger.time.milliseconds + 86_400_000),
      isPublic: true)
  }

  /// An answer's gradient, drawn by its number.
  static func query(of number: UInt64) -> QueryVector {
    var random = SeededGenerator(seed: number)
    return QueryVector(values: (0..<64).map { _ in Int16(random.next(below: 2000)) - 1000 })
  }

  /// The receipt of an answer with its gradient's evidence.
  func receipt(_ number: UInt64, _ lie: ServerLie = .none) throws -> Receipt {
    let evidence = index.evidence(for: Self.query(of: number))
    return try receipt(number, Evidence(influence: lie.evidence(evidence, self)))
  }

  /// The receipt of an answer with this evidence, its payouts as they follow.
  func receipt(_ number: UInt64, _ evidence: Evidence) throws -> Receipt {
    let order = order(number)
    let parts = try ledger.parameters.receipts.terms.feeParts(
      of: order, tokensIn: Self.tokensEach, tokensOut: Self.tokensEach)
    guard let record = ledger.state.run(run) else { preconditionFailure("the run is submitted") }
    let pay = try record.contributorPay(of: parts.contributors, evidence: evidence, index: index)
    return Receipt(
      order: order.signed(by: ledger.key(MarketParty.payer)),
      payer: ledger.account(MarketParty.payer), server: ledger.account(MarketParty.server),
      baseModel: baseModel, run: run, answer: Self.mark("answer \(number)"),
      answerText: Self.mark("text \(number)"), promptText: Self.mark("prompt \(number)"),
      tokensIn: Self.tokensEach, tokensOut: Self.tokensEach, fee: parts.fee, evidence: evidence,
      payouts: pay.payouts.map(Payout.init), refund: pay.refund)
  }

  /// Settles answers as the server.
  mutating func settle(_ lie: ServerLie = .none) throws -> MarketBatch {
    let receipts = try (1...UInt64(Self.answerCount)).map { number in
      var receipt = try receipt(number, lie)
      lie.receipt(&receipt, self)
      return receipt
    }
    var builder = SettlementBatchBuilder(terms: ledger.parameters.receipts.terms)
    guard let record = ledger.state.channel(channel) else {
      preconditionFailure("the channel is open")
    }
    for receipt in receipts { try builder.add(receipt.settled, on: record) }
    var contents = try builder.finish()
    lie.contents(&contents, self)
    let id = try send(
      .settleBatch(contents.message), by: MarketParty.server, making: Batch.self)
    return MarketBatch(id: id, contents: contents, receipts: receipts)
  }

  /// Waits until nothing can be disputed any more, reveals the held-out set, and has everybody paid.
  mutating func payOut(_ batch: MarketBatch) throws {
    try send(
      .revealHeldOut(
        RevealHeldOut(
          datanet: datanet, epoch: 1, salt: Self.mark("held-out salt"),
          blob: Self.mark("held out"))),
      by: MarketParty.owner)
    try pass(blocks: 24)
    guard ledger.state.batch(batch.id)?.status == .final else { return }
    let claims = batch.contents.claims(of: batch.id)
    // One that pays nothing any more is refused, and the others are not.
    for claim in claims {
      _ = try attempt(
        .claimAmounts(ClaimAmounts(claims: [claim])), by: MarketParty.patron)
    }
  }

  // MARK: - Challenging

  /// What honest challengers find to do about a batch of which all is published: faults of its
  /// receipts, or else one of its leaves.
  func findings(in batch: MarketBatch) -> [FaultSearch.Finding] {
    guard
      let search = FaultSearch(batch: batch.id, contents: batch.contents, state: ledger.state)
    else { return [] }
    let rows = FaultSearch.Rows(index)
    let findings = batch.receipts.enumerated().flatMap { place, receipt in
      search.findings(of: receipt, at: place, rows: rows)
    }
    return findings.isEmpty ? [search.faultOfContents()].compactMap { $0 } : findings
  }

  /// Proves all that there is to prove, and presents what is right instead.
  mutating func challenge(_ batch: MarketBatch, by name: String) throws {
    var findings = findings(in: batch)
    precondition(!findings.isEmpty, "a search finds every lie that integers decide")
    while !findings.isEmpty {
      for finding in findings where ledger.state.batch(batch.id)?.status == .open {
        try send(finding.message, by: name)
      }
      findings = self.findings(in: batch)
    }
  }

  /// Has panels recompute what the challenger disputes, against an accused who stands by it.
  ///
  /// - Parameter accused: whoever answers for all of it.
  mutating func dispute(_ claims: [DisputeClaim], accused: String) throws {
    var ids: [Identifier<Dispute>] = []
    for claim in claims {
      ids.append(ledger.next(Dispute.self, by: MarketParty.challenger))
      let message = OpenDispute(claim: claim, grounds: Self.mark("grounds"))
      try block([(.openDispute(message), MarketParty.challenger)])
    }
    for id in ids {
      let message = AnswerDispute(dispute: id, concedes: false, grounds: Self.mark("answer"))
      try block([(.answerDispute(message), accused)])
    }
    try pass(blocks: 3)
    let seats = ids.flatMap { id in
      panel(of: id).map {
        (name: $0, verdict: RevealVerdict(dispute: id, verdict: .faulty, salt: Self.mark("salt")))
      }
    }
    for (name, verdict) in seats {
      let commitment = verdict.commitment(verifier: ledger.account(name))
      let message = CommitVerdict(dispute: verdict.dispute, commitment: commitment)
      try block([(.commitVerdict(message), name)])
    }
    while ids.contains(where: isCommitting) { try pass(blocks: 1) }
    for (name, verdict) in seats { try block([(.revealVerdict(verdict), name)]) }
    try pass(blocks: 11)
    precondition(
      ids.allSatisfy { ledger.state.dispute($0)?.outcome == .upheld },
      "honest panels find the lie")
  }

  private func isCommitting(to dispute: Identifier<Dispute>) -> Bool {
    guard case .voting(let until, _) = ledger.state.dispute(dispute)?.phase else { return false }
    return !until.hasCome(at: ledger.time, height: ledger.height)
  }

  private func panel(of dispute: Identifier<Dispute>) -> [String] {
    let seats = ledger.state.dispute(dispute)?.panel.map(\.verifier) ?? []
    return MarketParty.verifiers.filter { seats.contains(ledger.account($0)) }
  }
}
