internal import CanonicalCoding
internal import Cryptography
public import Primitives

/// Decides level 1 of a dispute: whether opened leaves show a batch to be wrong.
///
/// Whatever is wrong with a batch's arithmetic shows in one leaf, in two adjacent ones, or in a leaf
/// and the document it names; so nobody needs the whole batch to be right.
public struct BatchJudge: Sendable {
  let state: any StateReader
  let chain: Identifier<Chain>
  let batch: BatchRecord
  let id: Identifier<Batch>

  /// Nil if the batch does not exist or is no longer open.
  public init?(of id: Identifier<Batch>, in state: any StateReader) {
    guard let batch = state.batch(id), batch.status == .open, let chain = state.chainRecord?.id
    else { return nil }
    self.state = state
    self.chain = chain
    self.batch = batch
    self.id = id
  }

  /// Returns the fault that the evidence shows; nil if it shows none.
  ///
  /// Cost: a Merkle path for every opened leaf, and one signature check for an order.
  public func fault(shownBy evidence: BatchEvidence) -> BatchFault? {
    switch evidence {
    case .receipt(let opened): receiptFault(opened)
    case .adjacentReceipts(let first, let second): adjacentFault(first, second)
    case .order(let opened, let order): orderFault(opened, order)
    case .sameNumber(let one, let other): twiceFault(one, other)
    case .document(let opened, let receipt): documentFault(opened, receipt)
    case .amount(let adapter, let opened): amountFault(adapter, opened)
    case .adjacentAmounts(let adapter, let first, let second):
      adjacentFault(adapter, first, second)
    case .overpaid(let opened, let amounts): overpaidFault(opened, amounts)
    case .unreadableReceipt(let bytes, let proof):
      (try? ReceiptLeaf(canonicalBytes: bytes)) == nil
        && proof.leafCount == UInt64(batch.receiptCount)
        && proof.proves(bytes, under: batch.receiptsRoot) ? .leafUnreadable : nil
    case .unreadableAmount(let adapter, let bytes, let proof):
      amounts(of: adapter).flatMap { amounts in
        (try? AmountLeaf(canonicalBytes: bytes)) == nil
          && proof.leafCount == UInt64(amounts.leafCount)
          && proof.proves(bytes, under: amounts.root) ? .leafUnreadable : nil
      }
    }
  }

  func amounts(of adapter: Identifier<Adapter>) -> BatchAmountsRecord? {
    state.batchAmounts(BatchAdapterName(batch: id, adapter: adapter))
  }
}

// MARK: - Receipt leaves

extension BatchJudge {
  private func receiptFault(_ opened: OpenedReceipt) -> BatchFault? {
    guard opened.stands(in: batch) else { return nil }
    let leaf = opened.leaf
    guard let (record, first) = batch.draw(ofLeaf: opened.proof.leafIndex) else { return nil }
    let draw = record.draw
    guard leaf.channel == draw.channel, leaf.adapter == draw.adapter,
      leaf.number > record.previousNumber, leaf.number <= draw.highestNumber
    else { return .receiptMisplaced }
    if opened.proof.leafIndex == first {
      guard leaf.feeSum == leaf.fee, leaf.payoutsSum == leaf.payouts,
        leaf.refundSum == leaf.refund
      else { return .receiptSumWrong }
    }
    if opened.proof.leafIndex + 1 == first + UInt64(draw.receiptCount) {
      guard leaf.number == draw.highestNumber else { return .receiptMisplaced }
      guard leaf.feeSum == draw.fee, leaf.payoutsSum == draw.payouts,
        leaf.refundSum == draw.refund
      else { return .receiptSumWrong }
    }
    return nil
  }

  private func adjacentFault(
    _ first: OpenedReceipt, _ second: OpenedReceipt
  ) -> BatchFault? {
    guard first.stands(in: batch), second.stands(in: batch),
      first.proof.leafIndex + 1 == second.proof.leafIndex
    else { return nil }
    let (one, next) = (first.leaf, second.leaf)
    // Where a draw begins, each leaf's own place tells.
    guard one.isOfDraw(of: next) else { return nil }
    guard one.number < next.number else { return .receiptsUnsorted }
    let isRight =
      one.feeSum.isLess(by: next.fee, than: next.feeSum)
      && one.payoutsSum.isLess(by: next.payouts, than: next.payoutsSum)
      && one.refundSum.isLess(by: next.refund, than: next.refundSum)
    return isRight ? nil : .receiptSumWrong
  }

  private func twiceFault(_ one: OpenedReceipt, _ other: OpenedReceipt) -> BatchFault? {
    guard one.stands(in: batch), other.stands(in: batch),
      one.proof.leafIndex != other.proof.leafIndex, one.leaf.channel == other.leaf.channel,
      one.leaf.number == other.leaf.number
    else { return nil }
    return .numberTwice
  }

  private func orderFault(_ opened: OpenedReceipt, _ signed: SignedOrder) -> BatchFault? {
    let (leaf, order) = (opened.leaf, signed.order)
    guard opened.stands(in: batch), leaf.order == signed.digest else { return nil }
    guard order.chain == chain, order.channel == leaf.channel, order.adapter == leaf.adapter,
      order.number == leaf.number, state.namesEnsemble(order)
    else { return .orderDiffers }
    guard let channel = state.channel(leaf.channel), signed.isSigned(by: channel.signingKey)
    else { return .orderNotSigned }
    if let fault = batch.fault(of: order, on: state.adapter(leaf.adapter)) { return fault }
    guard
      let parts = try? batch.terms.feeParts(
        of: order, tokensIn: leaf.tokensIn, tokensOut: leaf.tokensOut),
      parts.fee == leaf.fee, leaf.fee <= order.maximumFee,
      leaf.payouts.isLess(by: leaf.refund, than: parts.contributors)
    else { return .feeWrong }
    return nil
  }

  private func documentFault(_ opened: OpenedReceipt, _ receipt: Receipt) -> BatchFault? {
    let leaf = opened.leaf
    guard opened.stands(in: batch), leaf.receipt == receipt.digest else { return nil }
    var payouts = Amount.zero
    for payout in receipt.payouts {
      guard let sum = try? payouts.adding(payout.amount) else { return .documentDiffers }
      payouts = sum
    }
    let channel = state.channel(leaf.channel)
    let isSame =
      receipt.order.digest == leaf.order && receipt.payer == channel?.payer
      && receipt.server == batch.server && receipt.run == state.adapter(leaf.adapter)?.offer.run
      && receipt.tokensIn == leaf.tokensIn && receipt.tokensOut == leaf.tokensOut
      && receipt.fee == leaf.fee && payouts == leaf.payouts && receipt.refund == leaf.refund
      && receipt.payouts.isStrictlySorted(by: { $0.account })
    return isSame ? nil : .documentDiffers
  }
}

extension BatchRecord {
  /// What is wrong with an order's expiry, rates or fee terms, as of when the batch was settled.
  func fault(of order: Order, on adapter: AdapterRecord?) -> BatchFault? {
    guard settledTime <= order.expiry else { return .orderExpired }
    guard
      adapter?.accepts(
        rateIn: order.rateIn, rateOut: order.rateOut, at: settledTime, height: settledAt) == true,
      order.terms == terms.digest
    else { return .termsDiffer }
    return nil
  }
}

extension Amount {
  /// Whether `self` + `difference` is `other`.
  func isLess(by difference: Amount, than other: Amount) -> Bool {
    (try? adding(difference)) == other
  }
}
