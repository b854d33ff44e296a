internal import AttributionRules
internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let receiptDeeds: [Deed] = [
    Deed(6) { $0.depositServerBond() },
    Deed(5) { $0.withdrawServerBond() },
    Deed(2) { $0.fundSubsidyPool() },
  ]
}

// MARK: - Answers
extension World {
  /// An adapter that answers are sold of, with the rows behind its run.
  mutating func soldAdapter() -> (id: Identifier<Adapter>, run: KnownRun)? {
    let (state, time, height) = (state, now, Height(chain.height + 1))
    let sold = adapters.filter { id in
      guard let adapter = state.adapter(id), adapter.settles(at: time, height: height) else {
        return false
      }
      return state.standing(of: adapter.offer.run)?.settles == true
    }
    guard let id = pick(isCareless ? adapters : sold), let run = state.adapter(id)?.offer.run,
      let known = runs.first(where: { $0.id == run })
    else { return nil }
    return (id, known)
  }

  /// A channel that answers are sold on, and the next number of its orders.
  mutating func soldChannel(
    of server: Identifier<Account>?
  ) -> (known: KnownChannel, record: ChannelRecord)? {
    let state = state
    let fits: (KnownChannel) -> Bool = { known in
      guard let channel = state.channel(known.id) else { return false }
      return channel.status != .closed && (server.map { $0 == channel.server } ?? true)
    }
    guard let known = pick(channels, where: fits), let record = state.channel(known.id) else {
      return nil
    }
    return (known, record)
  }

  /// The order for an answer, and the receipt that it led to, all of it honest.
  mutating func sale(
    of adapter: (id: Identifier<Adapter>, run: KnownRun), number: UInt64, on channel: KnownChannel,
    _ record: ChannelRecord
  ) -> Receipt? {
    guard let offer = state.adapter(adapter.id)?.offer, let run = state.run(offer.run) else {
      return nil
    }
    let order = Order(
      chain: chain.id, channel: channel.id, number: number, request: digest(), adapter: adapter.id,
      rateIn: offer.rateIn, rateOut: offer.rateOut,
      terms: chain.parameters.receipts.terms.digest, maximumFee: Amount(thousandths: 20_000),
      nonce: digest(), expiry: BlockTime(milliseconds: now.milliseconds + 1_000),
      isPublic: chance(1, in: 2))
    let (tokensIn, tokensOut) = (UInt32(1 + below(100_000)), UInt32(1 + below(20_000)))
    let query = QueryVector(values: (0..<64).map { _ in Int16(below(2000)) - 1000 })
    let evidence = Evidence(
      influence: adapter.run.index.evidence(for: query),
      retrieval: chance(1, in: 2) ? retrieval(from: adapter.run) : nil)
    guard
      let parts = try? chain.parameters.receipts.terms.feeParts(
        of: order, tokensIn: tokensIn, tokensOut: tokensOut),
      let pay = try? run.contributorPay(
        of: parts.contributors, evidence: evidence, index: adapter.run.index)
    else { return nil }
    return Receipt(
      order: order.signed(by: channel.key), payer: record.payer, server: record.server,
      baseModel: run.claim.baseModel, run: offer.run, answer: digest(), answerText: digest(),
      promptText: digest(), tokensIn: tokensIn, tokensOut: tokensOut, fee: parts.fee,
      evidence: evidence,
      payouts: pay.payouts.map(Payout.init), refund: pay.refund)
  }
}

// MARK: - Retrieved passages
extension World {
  /// What an answer was likely with and without passages of a run's snapshot.
  private mutating func retrieval(from run: KnownRun) -> RetrievalEvidence? {
    let state = state
    let records = random.shuffled((run.index.records + run.index.decoys).map(\.record))
    let found = records.prefix(1 + below(4)).compactMap { record in
      run.index.origin(of: record).flatMap {
        state.contribution(Identifier($0.group))?.priority
      }.map { (record: record, priority: $0) }
    }
    guard !found.isEmpty else { return nil }
    return RetrievalEvidence(
      likelihoods: AnswerLikelihoods(
        base: -Int64(below(9_000_000)), adapter: -Int64(below(9_000_000)),
        context: -Int64(below(9_000_000)), both: -Int64(below(5_000_000))),
      passages: found.sorted { $0.priority < $1.priority }.map {
        RetrievedPassage(record: $0.record, drop: Int64(below(3_000_000)) - 1_000_000)
      })
  }
}

// MARK: - Bonds
extension World {
  fileprivate mutating func depositServerBond() -> Intent? {
    let server = server()
    guard state.balance(of: .serverBond(server)) < Amount(thousandths: 1_000_000) || isCareless
    else { return nil }
    return Intent(server, .depositServerBond(DepositServerBond(amount: amount(1_000, 400_000))))
  }

  fileprivate mutating func withdrawServerBond() -> Intent? {
    let server = server()
    let bond = state.balance(of: .serverBond(server))
    guard bond > .zero || isCareless else { return nil }
    return Intent(
      server, .withdrawServerBond(WithdrawServerBond(amount: part(of: bond))))
  }
}

// MARK: - The subsidy
extension World {
  fileprivate mutating func fundSubsidyPool() -> Intent? {
    Intent(anyone(), .fundSubsidyPool(FundSubsidyPool(amount: amount(1, 20_000))))
  }
}
