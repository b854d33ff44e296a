internal import Primitives

/// What one receipt of an open batch should have paid to contributors and back to its payer.
///
/// Both lists are strictly sorted by account; with the refunds they have the same sum.
struct BatchCorrection {
  let batch: Identifier<Batch>
  /// Of the receipt's draw.
  let channel: Identifier<Channel>
  let adapter: Identifier<Adapter>
  /// As the batch's leaves have it.
  let wrong: [Payout]
  let wrongRefund: Amount
  let right: [Payout]
  let rightRefund: Amount
}

extension LedgerState {
  /// Corrects one receipt of an open batch: whoever got too little is paid at once, as far as the
  /// epoch allows, and as much is kept from the claims of whoever got too much.
  ///
  /// - Throws: `batchNotOpen`, `wrongSum`.
  mutating func correct(_ correction: BatchCorrection) throws(Rejection) {
    guard var batch = batch(correction.batch), batch.status == .open,
      let place = batch.draws.firstIndex(where: {
        $0.draw.channel == correction.channel && $0.draw.adapter == correction.adapter
      }), let offer = offer(of: correction.adapter)
    else { throw .receipt(.batchNotOpen) }
    let name = BatchAdapterName(batch: correction.batch, adapter: correction.adapter)
    guard var amounts = batchAmounts(name) else { throw .receipt(.batchNotOpen) }

    let gains = correction.right.exceeding(correction.wrong)
    let losses = correction.wrong.exceeding(correction.right)
    let refundGain = correction.rightRefund.saturatingExcess(over: correction.wrongRefund)
    let refundLoss = correction.wrongRefund.saturatingExcess(over: correction.rightRefund)
    guard let gained = gains.sum, let lost = losses.sum,
      let moved = try? lost.adding(refundLoss), (try? gained.adding(refundGain)) == moved,
      let unclaimed = try? amounts.unclaimed.subtracting(lost),
      moved <= balance(of: .batchEscrow(correction.batch))
    else { throw .receipt(.wrongSum) }
    // A leaf or a document may say more than its draw has; only the draw's part is there to correct.
    let draw = batch.draws[place]
    let correctedPayouts = try sum(draw.correctedPayouts, lost)
    let correctedRefund = try sum(draw.correctedRefund, refundLoss)
    guard correctedPayouts <= draw.draw.payouts, correctedRefund <= draw.draw.refund else {
      throw .receipt(.wrongSum)
    }

    try move(moved, from: .batchEscrow(correction.batch), to: .feePool, for: .answerFee)
    try pay(refundGain, to: purse(of: correction.channel), for: .answerRefund)
    try pay(gained, to: .contributorEscrow(offer.adapter.offer.run), for: .contributorsPart)
    try credit(gains, on: offer.adapter.offer.run)
    for gain in gains {
      let isOwn = channel(correction.channel)?.isOwnSide(gain.account) == true
      try meter(gain.amount, own: isOwn ? gain.amount : .zero, of: gain.account)
    }
    for loss in losses {
      let payee = BatchPayeeName(
        batch: correction.batch, adapter: correction.adapter, payee: loss.account)
      set(.batchCorrection(payee), to: try sum(batchCorrection(payee), loss.amount))
    }
    amounts.unclaimed = unclaimed
    set(.batchAmounts(name), to: amounts)
    batch.draws[place].correctedPayouts = correctedPayouts
    batch.draws[place].correctedRefund = correctedRefund
    set(.batch(correction.batch), to: batch)
    emit(.batchCorrected, correction.batch.digest, amount: moved)
  }

  private func sum(_ one: Amount, _ other: Amount) throws(Rejection) -> Amount {
    guard let sum = try? one.adding(other) else { throw .receipt(.wrongSum) }
    return sum
  }
}

extension [Payout] {
  /// What each account has here beyond what it has in `other`; nothing is left out or zero.
  fileprivate func exceeding(_ other: [Payout]) -> [Payout] {
    compactMap { payout in
      let less = other.first { $0.account == payout.account }?.amount ?? .zero
      let excess = payout.amount.saturatingExcess(over: less)
      return excess == .zero ? nil : Payout(account: payout.account, amount: excess)
    }
  }

  /// Nil if it overflows.
  fileprivate var sum: Amount? {
    var sum = Amount.zero
    for payout in self {
      guard let next = try? sum.adding(payout.amount) else { return nil }
      sum = next
    }
    return sum
  }
}

extension Amount {
  fileprivate func saturatingExcess(over other: Amount) -> Amount {
    (try? subtracting(other)) ?? .zero
  }
}
