public import CanonicalCoding
internal import Cryptography
public import Primitives

/// What one receipt's leaf takes of the totals of its draw: the step between two sums.
///
/// Of the sums rather than the leaf's own amounts, for the steps of all leaves make up the totals
/// whatever the leaves say.
public struct ReceiptPart: Hashable, CanonicalCodable {
  public var channel: Identifier<Channel>
  public var adapter: Identifier<Adapter>
  public var receipt: Digest
  public var fee: Amount
  public var payouts: Amount
  public var refund: Amount

  public init(
    channel: Identifier<Channel>, adapter: Identifier<Adapter>, receipt: Digest, fee: Amount,
    payouts: Amount, refund: Amount
  ) {
    self.channel = channel
    self.adapter = adapter
    self.receipt = receipt
    self.fee = fee
    self.payouts = payouts
    self.refund = refund
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
    encoder.encode(adapter)
    encoder.encode(receipt)
    encoder.encode(fee)
    encoder.encode(payouts)
    encoder.encode(refund)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
    adapter = try decoder.decode()
    receipt = try decoder.decode()
    fee = try decoder.decode()
    payouts = try decoder.decode()
    refund = try decoder.decode()
  }
}

/// What the void receipts of a draw took of its totals together.
public struct VoidTotals: Hashable, CanonicalCodable {
  public var count: UInt32
  /// Went back to the payer.
  public var fee: Amount
  /// Are paid all the same, with the server's money.
  public var payouts: Amount
  /// Went back with the fee.
  public var refund: Amount
  /// The part of the refund that corrections had handed out before, and the server's bond replaced.
  public var replaced: Amount

  public init(
    count: UInt32 = 0, fee: Amount = .zero, payouts: Amount = .zero, refund: Amount = .zero,
    replaced: Amount = .zero
  ) {
    self.count = count
    self.fee = fee
    self.payouts = payouts
    self.refund = refund
    self.replaced = replaced
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(count)
    encoder.encode(fee)
    encoder.encode(payouts)
    encoder.encode(refund)
    encoder.encode(replaced)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    count = try decoder.decode()
    fee = try decoder.decode()
    payouts = try decoder.decode()
    refund = try decoder.decode()
    replaced = try decoder.decode()
  }
}

extension DrawRecord {
  /// What its escrow still holds of it: what its channel paid, and what the server put in for void
  /// receipts.
  var money: UInt128 {
    draw.fee.baseUnits - void.fee.baseUnits + void.payouts.baseUnits + void.replaced.baseUnits
      - correctedPayouts.baseUnits - correctedRefund.baseUnits
  }

  /// The refund that is still to be handed out.
  var openRefund: Amount {
    draw.refund.lowered(by: correctedRefund).lowered(by: void.refund.lowered(by: void.replaced))
  }

  /// The totals of the receipts that stand; nil if the void ones leave none that are possible.
  var standing: BatchDraw? {
    guard let fee = try? draw.fee.subtracting(void.fee),
      let payouts = try? draw.payouts.subtracting(void.payouts),
      let refund = try? draw.refund.subtracting(void.refund), void.count <= draw.receiptCount
    else { return nil }
    var standing = draw
    standing.receiptCount -= void.count
    standing.fee = fee
    standing.payouts = payouts
    standing.refund = refund
    return standing
  }
}

extension BatchJudge {
  /// What a leaf takes of its draw, given the leaf before it.
  ///
  /// - Parameter before: nil for the first leaf of a draw.
  /// - Returns: nil if a sum falls, so that nobody can say.
  /// - Throws: `notOpened` if a leaf is not in its place.
  func part(
    of opened: OpenedReceipt, after before: OpenedReceipt?
  ) throws(Rejection) -> ReceiptPart? {
    let place = opened.proof.leafIndex
    guard opened.stands(in: batch), let (record, first) = batch.draw(ofLeaf: place),
      before?.stands(in: batch) != false,
      before.map({ $0.proof.leafIndex + 1 }) ?? first == place, (before == nil) == (place == first)
    else { throw .dispute(.notOpened) }
    let draw = record.draw
    let isLast = place + 1 == first + UInt64(draw.receiptCount)
    func step(
      _ sum: (ReceiptLeaf) -> Amount, total: Amount
    ) -> Amount? {
      let end = isLast ? total : sum(opened.leaf)
      return try? end.subtracting(before.map { sum($0.leaf) } ?? .zero)
    }
    guard let fee = step(\.feeSum, total: draw.fee),
      let payouts = step(\.payoutsSum, total: draw.payouts),
      let refund = step(\.refundSum, total: draw.refund)
    else { return nil }
    return ReceiptPart(
      channel: draw.channel, adapter: draw.adapter, receipt: opened.leaf.receipt, fee: fee,
      payouts: payouts, refund: refund)
  }
}

extension LedgerState {
  /// Voids one receipt of an open batch: its payer has the whole fee back, its contributors are paid
  /// what the leaves say out of the server's bond, and all else in the batch pays as it would.
  ///
  /// What no bond covers, or would leave totals that nobody can divide, voids the batch instead.
  ///
  /// - Throws: `alreadyCorrected`, `batchNotOpen`.
  mutating func voidReceipt(
    _ name: BatchLeafName, _ part: ReceiptPart
  ) throws(Rejection) {
    guard record(.voidReceipt(name)) == nil else { throw .dispute(.alreadyCorrected) }
    // Nothing is left to correct.
    try overruleRepair(of: name)
    dropOutcome(of: name, part)
    set(.voidReceipt(name), to: true)
    do throws(Rejection) {
      try attempt { state throws(Rejection) in try state.takeOut(part, name) }
    } catch {
      try void(name.batch)
    }
    emit(.receiptVoided, part.receipt, amount: part.fee)
  }

  private mutating func takeOut(
    _ part: ReceiptPart, _ name: BatchLeafName
  ) throws(Rejection) {
    guard var batch = batch(name.batch), batch.status == .open,
      let place = batch.draws.firstIndex(where: {
        $0.draw.channel == part.channel && $0.draw.adapter == part.adapter
      })
    else { throw .receipt(.batchNotOpen) }
    let handedOut = min(record(.correctedReceipt(name)) ?? .zero, part.refund)
    var totals = batch.draws[place].void
    guard let fee = try? totals.fee.adding(part.fee),
      let payouts = try? totals.payouts.adding(part.payouts),
      let refund = try? totals.refund.adding(part.refund),
      let replaced = try? totals.replaced.adding(handedOut),
      let backing = try? part.payouts.adding(handedOut)
    else { throw .receipt(.wrongSum) }
    totals.count += 1
    (totals.fee, totals.payouts, totals.refund, totals.replaced) = (fee, payouts, refund, replaced)
    batch.draws[place].void = totals
    let draws = batch.draws.filter { $0.draw.adapter == part.adapter }
    guard draws.allSatisfy({ $0.standing != nil }), (try? batch.parts(of: draws)) != nil else {
      throw .receipt(.wrongSum)
    }
    guard backing <= balance(of: .serverBond(batch.server)) else {
      throw .dispute(.payoutsImpossible)
    }
    try move(
      backing, from: .serverBond(batch.server), to: .batchEscrow(name.batch), for: .receiptBacking)
    try move(
      part.fee, from: .batchEscrow(name.batch), to: purse(of: part.channel), for: .receiptReturn)
    set(.batch(name.batch), to: batch)
  }
}

extension StateKey {
  /// That a receipt is void: its payer has the fee back.
  public static func voidReceipt(_ name: BatchLeafName) -> StateKey<Bool> {
    .init(.voidReceipts, name)
  }

  /// What a disputed answer's receipt takes of its batch; nil once the dispute is closed.
  static func disputedReceipt(_ id: Identifier<Dispute>) -> StateKey<ReceiptPart> {
    .init(.disputedReceipts, id)
  }
}

extension ReceiptSettlement {
  /// The receipt's place on the ledger.
  public var leaf: BatchLeafName {
    BatchLeafName(batch: batch, leaf: UInt32(truncatingIfNeeded: opened.proof.leafIndex))
  }
}
