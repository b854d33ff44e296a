internal import AttributionRules
internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let receiptDeeds: [Deed] = [
    Deed(20) { $0.settleReceipts() },
    Deed(6) { $0.depositServerBond() },
    Deed(5) { $0.withdrawServerBond() },
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
    _ record: ChannelRecord, editing edit: (inout Order) -> Void = { _ in }
  ) -> Receipt? {
    guard let offer = state.adapter(adapter.id)?.offer, let run = state.run(offer.run) else {
      return nil
    }
    var order = Order(
      chain: chain.id, channel: channel.id, number: number, request: digest(), adapter: adapter.id,
      rateIn: offer.rateIn, rateOut: offer.rateOut,
      split: chain.parameters.receipts.split.digest, maximumFee: Amount(thousandths: 20_000),
      nonce: digest(), expiry: BlockTime(milliseconds: now.milliseconds + 1_000))
    edit(&order)
    let (tokensIn, tokensOut) = (UInt32(1 + below(100_000)), UInt32(1 + below(20_000)))
    let query = QueryVector(values: (0..<64).map { _ in Int16(below(2000)) - 1000 })
    let evidence = adapter.run.index.evidence(for: query)
    guard
      let parts = try? chain.parameters.feeParts(
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

// MARK: - One by one
extension World {
  fileprivate mutating func settleReceipts() -> Intent? {
    guard mayMake(.settleReceipts, every: 30), let (known, record) = soldChannel(of: nil) else {
      return nil
    }
    var receipts: [SettledReceipt] = []
    for place in 0..<(1 + below(3)) {
      guard let adapter = soldAdapter() else { return nil }
      let number = record.lastNumber + 1 + UInt64(place)
      let fault = isCareless ? below(14) : 0
      var generator = random
      let sold = sale(of: adapter, number: number, on: known, record) { order in
        Self.spoil(&order, as: fault, by: &generator)
      }
      random = generator
      guard let sold else { return nil }
      receipts.append(spoiled(sold.settled, as: fault))
    }
    if isCareless, chance(1, in: 12) { receipts = [] }
    let message = SettleReceipts(channel: name(known.id), receipts: receipts)
    return Intent(signer(record.server), .settleReceipts(message))
  }

  /// One thing that no order may say.
  private static func spoil(_ order: inout Order, as fault: Int, by random: inout SeededGenerator) {
    switch fault {
    case 1: order.chain = Identifier(digest(by: &random))
    case 2: order.number = order.number > 3 ? 1 : 0
    case 3: order.expiry = BlockTime(milliseconds: order.expiry.milliseconds - 2_000)
    case 4: order.rateIn = Amount(baseUnits: order.rateIn.baseUnits + 1)
    case 5: order.split = digest(by: &random)
    case 6: order.maximumFee = Amount(baseUnits: 1)
    case 7: order.adapter = Identifier(digest(by: &random))
    default: break
    }
  }

  /// One thing that no settlement may say.
  private mutating func spoiled(_ settled: SettledReceipt, as fault: Int) -> SettledReceipt {
    var settled = settled
    switch fault {
    case 8: settled.order = settled.order.order.signed(by: key())
    case 9: settled.payouts.append(Payout(account: anyone(), amount: .zero))
    case 10:
      settled.payouts.append(Payout(account: anyone(), amount: Amount(baseUnits: 1)))
      settled.payouts.sort { $0.account < $1.account }
    case 11: settled.refund = Amount(baseUnits: settled.refund.baseUnits + 1)
    case 12: settled.receipt = pick(self.settled)?.receipt ?? settled.receipt
    // More than any channel has.
    case 13: settled.tokensOut = .max
    default: break
    }
    return settled
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
