internal import Cryptography
internal import Primitives

extension BatchJudge {
  func amountFault(_ adapter: Identifier<Adapter>, _ opened: OpenedAmount) -> BatchFault? {
    guard let amounts = amounts(of: adapter), opened.stands(in: amounts) else { return nil }
    let leaf = opened.leaf
    guard let draw = batch.draw(ofLeaf: UInt64(leaf.receipt))?.record.draw,
      draw.adapter == adapter, leaf.amount > .zero
    else { return .amountMisplaced }
    guard let run = state.run(amounts.run), run.mayPay(leaf.payee) else { return .payeeStranger }
    if opened.proof.leafIndex == 0 {
      guard leaf.sum == leaf.amount, leaf.ownSum == own(leaf) else { return .amountSumWrong }
    }
    if opened.proof.leafIndex + 1 == UInt64(amounts.leafCount) {
      guard leaf.sum == amounts.payouts else { return .amountSumWrong }
    }
    return nil
  }

  func adjacentFault(
    _ adapter: Identifier<Adapter>, _ first: OpenedAmount, _ second: OpenedAmount
  ) -> BatchFault? {
    guard let amounts = amounts(of: adapter), first.stands(in: amounts),
      second.stands(in: amounts), first.proof.leafIndex + 1 == second.proof.leafIndex
    else { return nil }
    let (one, next) = (first.leaf, second.leaf)
    guard (one.payee, one.receipt) < (next.payee, next.receipt) else { return .amountsUnsorted }
    let isRight =
      one.sum.isLess(by: next.amount, than: next.sum)
      && one.ownSum.isLess(by: own(next), than: next.ownSum)
    return isRight ? nil : .amountSumWrong
  }

  /// Any leaf may pay too little as long as another pays too much: the totals are equal.
  func overpaidFault(_ opened: OpenedReceipt, _ leaves: [OpenedAmount]) -> BatchFault? {
    guard opened.stands(in: batch), let amounts = amounts(of: opened.leaf.adapter),
      leaves.isStrictlySorted(by: { $0.proof.leafIndex })
    else { return nil }
    var sum = Amount.zero
    for amount in leaves {
      guard amount.stands(in: amounts),
        UInt64(amount.leaf.receipt) == opened.proof.leafIndex
      else { return nil }
      guard let next = try? sum.adding(amount.leaf.amount) else { return .receiptOverpaid }
      sum = next
    }
    return sum > opened.leaf.payouts ? .receiptOverpaid : nil
  }

  /// The part of a leaf's amount that comes from the payee's own side.
  private func own(_ leaf: AmountLeaf) -> Amount {
    guard let draw = batch.draw(ofLeaf: UInt64(leaf.receipt))?.record.draw,
      let channel = state.channel(draw.channel)
    else { return .zero }
    return channel.isOwnSide(leaf.payee) ? leaf.amount : .zero
  }
}
