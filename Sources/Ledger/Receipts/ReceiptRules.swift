internal import Primitives

extension LedgerState {
  /// Applies a batch of receipts: takes each fee from the channel's escrow and divides it.
  ///
  /// - Throws: a ``ReceiptRejection`` for the first receipt that breaks a rule; then none settles.
  public mutating func apply(
    _ message: SettleReceipts, in context: BlockContext
  ) throws(Rejection) {
    guard !message.receipts.isEmpty else { throw .receipt(.batchEmpty) }
    guard let channel = channel(message.channel) else { throw .channel(.notFound) }
    guard channel.server == context.signer else { throw .receipt(.notServer) }
    guard channel.status != .closed else { throw .receipt(.channelClosed) }
    for receipt in message.receipts {
      try settle(receipt, on: message.channel, in: context)
    }
  }

  private mutating func settle(
    _ settled: SettledReceipt, on id: Identifier<Channel>, in context: BlockContext
  ) throws(Rejection) {
    guard receipt(settled.receipt) == nil else { throw .receipt(.alreadySettled) }
    let order = settled.order.order
    guard var channel = channel(id) else { throw .channel(.notFound) }
    try check(settled.order, on: id, channel, in: context)
    let offer = try checkOffer(of: order, in: context)
    guard
      let parts = try? context.parameters.feeParts(
        of: order, tokensIn: settled.tokensIn, tokensOut: settled.tokensOut),
      parts.fee <= order.maximumFee
    else { throw .receipt(.feeAboveMaximum) }
    guard parts.fee <= balance(of: .channelEscrow(id)) else { throw .receipt(.escrowTooSmall) }
    try check(settled, paysOut: parts.contributors, of: offer.run)

    try divide(parts, of: settled, on: id, channel, offer: offer)
    channel.lastNumber = order.number
    set(.channel(id), to: channel)
    set(
      .receipt(settled.receipt),
      to: ReceiptRecord(
        channel: id, number: order.number, adapter: order.adapter, settledAt: context.height,
        tokensIn: settled.tokensIn, tokensOut: settled.tokensOut, fee: parts.fee,
        refund: settled.refund))
    emit(.receiptSettled, settled.receipt, amount: parts.fee)
  }

  /// Checks that the payer's side agreed to this answer, once.
  private func check(
    _ signed: SignedOrder, on id: Identifier<Channel>, _ channel: ChannelRecord,
    in context: BlockContext
  ) throws(Rejection) {
    let order = signed.order
    guard order.chain == context.chain, order.channel == id else { throw .receipt(.wrongChannel) }
    guard order.number > channel.lastNumber else { throw .receipt(.numberUsed) }
    guard context.time <= order.expiry else { throw .receipt(.orderExpired) }
    guard signed.isSigned(by: channel.signingKey) else { throw .receipt(.badOrderSignature) }
  }

  /// Checks that the payer agreed to the terms on offer, and returns who stands behind them.
  private func checkOffer(
    of order: Order, in context: BlockContext
  ) throws(Rejection) -> AdapterOffer {
    let offer = try settledOffer(of: order.adapter, in: context)
    guard
      offer.adapter.accepts(
        rateIn: order.rateIn, rateOut: order.rateOut, at: context.time, height: context.height)
    else { throw .receipt(.wrongRates) }
    guard order.split == context.parameters.receipts.split.digest else {
      throw .receipt(.wrongSplit)
    }
    return offer
  }

  /// Checks that the payouts go to contributors who improved the model and hand out `part` whole.
  private func check(
    _ settled: SettledReceipt, paysOut part: Amount, of run: RunRecord
  ) throws(Rejection) {
    guard settled.payouts.isStrictlySorted(by: { $0.account }),
      settled.payouts.allSatisfy({ $0.amount > .zero })
    else { throw .receipt(.payoutsUnsorted) }
    guard settled.payouts.allSatisfy({ run.mayPay($0.account) }) else {
      throw .receipt(.payoutToStranger)
    }
    var sum = settled.refund
    for payout in settled.payouts {
      guard let next = try? sum.adding(payout.amount) else { throw .receipt(.wrongSum) }
      sum = next
    }
    guard sum == part else { throw .receipt(.wrongSum) }
  }

  /// Moves a fee through the fee pool to everyone it belongs to; the pool ends as empty as before.
  private mutating func divide(
    _ parts: FeeParts, of settled: SettledReceipt, on id: Identifier<Channel>,
    _ channel: ChannelRecord, offer: AdapterOffer
  ) throws(Rejection) {
    try move(parts.fee, from: .channelEscrow(id), to: .feePool, for: .answerFee)
    let adapter = settled.order.order.adapter
    try handOut(parts, of: adapter, offer, server: channel.server)
    try pay(settled.refund, to: .channelEscrow(id), for: .answerRefund)
    for payout in settled.payouts {
      try pay(
        payout.amount, to: .contributorEscrow(offer.adapter.offer.run), for: .contributorsPart)
    }
    addClaims(settled.payouts, on: offer.adapter.offer.run, epoch: offer.run.epoch)
  }
}
