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
      nonce: digest(), expiry: BlockTime(milliseconds: now.milliseconds + 1_000))
    let (tokensIn, tokensOut) = (UInt32(1 + below(100_000)), UInt32(1 + below(20_000)))
    let query = QueryVector(values: (0..<64).map { _ in Int16(below(2000)) - 1000 })
    let evidence = adapter.run.index.evidence(for: query)
    guard
      let parts = try? chain.parameters.receipts.terms.feeParts(
        of: order, tokensIn: tokensIn, tokensOut: tokensOut),
      let pay = try? run.contributorPay(
        of: parts.contributors, evidence: evidence, index: adapter.run.index)
    else { return nil }
    return Receipt(
      order: order.signed(by: channel.key), payer: record.payer, server: record.server,
      baseModel: run.claim.baseModel, run: offer.run, answer: digest(), tokensIn: tokensIn,
      tokensOut: tokensOut, fee: parts.fee, evidence: evidence,
      payouts: pay.payouts.map(Payout.init), refund: pay.refund)
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
