public import Primitives

/// What one payee's part of an answer is in proportion to.
public struct PayeeWeight: Hashable, Sendable {
  public let account: Identifier<Account>
  public let weight: UInt64

  public init(account: Identifier<Account>, weight: UInt64) {
    self.account = account
    self.weight = weight
  }
}

/// Puts receipts together into a batch: leaves, running sums and trees.
///
/// Cost: linear in receipts and payouts but for sorting the distinct payees; no allocation a leaf.
public struct SettlementBatchBuilder: Sendable {
  private let terms: FeeTerms
  private var receipts: [ReceiptLeaf] = []
  private var orders: [SignedOrder] = []
  private var payouts: [Entry] = []
  /// Where each receipt's payouts end.
  private var payoutEnds: [Int] = []
  private var payees: [Identifier<Account>] = []
  private var payeeIndexes: [Identifier<Account>: UInt32] = [:]
  private var isSorted = true

  /// One payee's part of one receipt.
  private struct Entry {
    var payee: UInt32
    var isOwn: Bool
    var amount: Amount
  }

  /// - Parameter terms: those that every order names.
  public init(terms: FeeTerms) { self.terms = terms }

  public var receiptCount: Int { receipts.count }

  /// Adds one receipt.
  ///
  /// - Parameter channel: the order's channel as the ledger has it: who pays and who serves.
  /// - Throws: ``ArithmeticError/overflow`` if an amount needs more than 128 bits; then nothing has
  ///   been added.
  public mutating func add(
    _ settled: SettledReceipt, on channel: ChannelRecord
  ) throws(ArithmeticError) {
    let order = settled.order.order
    let fee = try terms.fee(of: order, tokensIn: settled.tokensIn, tokensOut: settled.tokensOut)
    var sum = Amount.zero
    for payout in settled.payouts { sum = try sum.adding(payout.amount) }
    for payout in settled.payouts {
      payouts.append(
        Entry(
          payee: index(of: payout.account), isOwn: channel.isOwnSide(payout.account),
          amount: payout.amount))
    }
    append(
      ReceiptLeaf(
        channel: order.channel, adapter: order.adapter, number: order.number,
        receipt: settled.receipt, order: settled.order.digest, tokensIn: settled.tokensIn,
        tokensOut: settled.tokensOut, fee: fee, payouts: sum, refund: settled.refund,
        feeSum: .zero, payoutsSum: .zero, refundSum: .zero))
    orders.append(settled.order)
  }

  /// Divides the contributors' part of one answer by weights, then adds its receipt.
  ///
  /// The same as dividing by `splitByLargestRemainder` and adding what comes of it.
  ///
  /// - Parameters:
  ///   - settled: its payouts and refund are set here.
  ///   - weights: strictly sorted by account; if none is positive, the part is refunded.
  /// - Throws: ``ArithmeticError/overflow`` if an amount or a sum needs more than 128 bits.
  public mutating func add(
    _ settled: SettledReceipt, dividedBy weights: [PayeeWeight], on channel: ChannelRecord
  ) throws(ArithmeticError) {
    let order = settled.order.order
    let pool = try terms.feeParts(
      of: order, tokensIn: settled.tokensIn, tokensOut: settled.tokensOut
    ).contributors
    let parts = try splitByLargestRemainder(pool, weights: weights.map { UInt128($0.weight) })
    var divided = settled
    divided.payouts = []
    divided.refund = pool
    for (payee, part) in zip(weights, parts) where part > .zero {
      divided.payouts.append(Payout(account: payee.account, amount: part))
      divided.refund = try divided.refund.subtracting(part)
    }
    try add(divided, on: channel)
  }

  private mutating func append(_ leaf: ReceiptLeaf) {
    if let last = receipts.last, !last.precedes(leaf) { isSorted = false }
    receipts.append(leaf)
    payoutEnds.append(payouts.count)
  }

  private mutating func index(of payee: Identifier<Account>) -> UInt32 {
    if let index = payeeIndexes[payee] { return index }
    let index = UInt32(payees.count)
    payees.append(payee)
    payeeIndexes[payee] = index
    return index
  }

  /// Sorts what was added and runs the sums.
  /// - Throws: ``ArithmeticError/overflow`` if a sum needs more than 128 bits.
  public consuming func finish() throws(ArithmeticError) -> BatchContents {
    let order = isSorted ? Array(receipts.indices) : sortedIndexes()
    var leaves: [ReceiptLeaf] = []
    leaves.reserveCapacity(receipts.count)
    for index in order {
      var leaf = receipts[index]
      let previous = leaves.last.flatMap { $0.isOfDraw(of: leaf) ? $0 : nil }
      leaf.feeSum = try leaf.fee.adding(previous?.feeSum ?? .zero)
      leaf.payoutsSum = try leaf.payouts.adding(previous?.payoutsSum ?? .zero)
      leaf.refundSum = try leaf.refund.adding(previous?.refundSum ?? .zero)
      leaves.append(leaf)
    }
    var amounts: [AdapterAmounts] = []
    for adapter in adapters(of: leaves) {
      amounts.append(
        AdapterAmounts(
          adapter: adapter, leaves: try amountLeaves(of: adapter, leaves: leaves, order: order)))
    }
    return BatchContents(
      terms: terms.digest, receipts: leaves, orders: order.map { orders[$0] }, amounts: amounts)
  }

  private func sortedIndexes() -> [Int] {
    receipts.indices.sorted { receipts[$0].precedes(receipts[$1]) }
  }

  private func adapters(of leaves: [ReceiptLeaf]) -> [Identifier<Adapter>] {
    var adapters: [Identifier<Adapter>] = []
    for leaf in leaves where !adapters.contains(leaf.adapter) { adapters.append(leaf.adapter) }
    return adapters.sorted()
  }

  /// Deals the payouts out by payee, keeping the receipts' order: a counting sort.
  private func amountLeaves(
    of adapter: Identifier<Adapter>, leaves: [ReceiptLeaf], order: [Int]
  ) throws(ArithmeticError) -> [AmountLeaf] {
    let ranks = payees.indices.sorted { payees[$0] < payees[$1] }
    var starts = [Int](repeating: 0, count: payees.count)
    for (position, leaf) in leaves.enumerated() where leaf.adapter == adapter {
      for entry in entries(of: order[position]) { starts[Int(payouts[entry].payee)] += 1 }
    }
    var total = 0
    for payee in ranks { (starts[payee], total) = (total, total + starts[payee]) }
    var dealt = [(entry: Int, receipt: UInt32)](repeating: (0, 0), count: total)
    for (position, leaf) in leaves.enumerated() where leaf.adapter == adapter {
      for entry in entries(of: order[position]) {
        let payee = Int(payouts[entry].payee)
        dealt[starts[payee]] = (entry, UInt32(position))
        starts[payee] += 1
      }
    }
    var result: [AmountLeaf] = []
    result.reserveCapacity(total)
    var sum = Amount.zero
    var ownSum = Amount.zero
    for (entry, receipt) in dealt {
      let payout = payouts[entry]
      sum = try sum.adding(payout.amount)
      if payout.isOwn { ownSum = try ownSum.adding(payout.amount) }
      result.append(
        AmountLeaf(
          payee: payees[Int(payout.payee)], receipt: receipt, amount: payout.amount, sum: sum,
          ownSum: ownSum))
    }
    return result
  }

  private func entries(of receipt: Int) -> Range<Int> {
    (receipt == 0 ? 0 : payoutEnds[receipt - 1])..<payoutEnds[receipt]
  }
}

extension ReceiptLeaf {
  /// The order of a batch's leaves.
  func precedes(_ other: ReceiptLeaf) -> Bool {
    (channel, adapter, number) < (other.channel, other.adapter, other.number)
  }

  func isOfDraw(of other: ReceiptLeaf) -> Bool {
    channel == other.channel && adapter == other.adapter
  }
}
