internal import CanonicalCoding
internal import Cryptography
internal import Primitives

// An outcome says that an answer was useful, which influence can't: it is shown, and never divides
// any money.

extension LedgerState {
  /// Applies what a payer says of an answer: once a receipt, within the claim window of its
  /// settlement.
  ///
  /// - Throws: `batchNotOpen` for a batch that is void or unknown, `leafNotOpened`, `provedWrong`,
  ///   `outcomeLate`, `notPayer`, `outcomeGiven`.
  public mutating func apply(
    _ message: ReportOutcome, in context: BlockContext
  ) throws(Rejection) {
    guard let batch = batch(message.batch), batch.status != .voided else {
      throw .receipt(.batchNotOpen)
    }
    let leaf = message.opened.leaf
    guard message.opened.stands(in: batch), let channel = channel(leaf.channel),
      let adapter = adapter(leaf.adapter), channel.server == batch.server
    else { throw .receipt(.leafNotOpened) }
    let name = BatchLeafName(batch: message.batch, leaf: UInt32(message.opened.proof.leafIndex))
    guard record(.voidReceipt(name)) == nil else { throw .receipt(.provedWrong) }
    let end = context.parameters.receipts.claimWindow.end(
      from: batch.settledTime, height: batch.settledAt)
    guard !end.hasCome(at: context.time, height: context.height) else {
      throw .receipt(.outcomeLate)
    }
    guard message.isFrom(channel, sender: context.signer, on: chainRecord?.id) else {
      throw .receipt(.notPayer)
    }
    guard outcome(name) == nil else { throw .receipt(.outcomeGiven) }
    set(.outcome(name), to: message.outcome)
    schedule(.forgetOutcomes(message.batch), at: end)
    try count(
      message.outcome, leaf, isOwn: channel.isOwnSide(adapter.owner), of: name.batch,
      isOpen: batch.status == .open)
    emit(.outcomeReported, leaf.receipt, amount: leaf.fee)
  }

  private mutating func count(
    _ outcome: ReceiptOutcome, _ leaf: ReceiptLeaf, isOwn: Bool, of batch: Identifier<Batch>,
    isOpen: Bool
  ) throws(Rejection) {
    let one = OutcomeTotals(of: outcome, fee: leaf.fee, isOwn: isOwn)
    guard isOpen else {
      var income = income(of: leaf.adapter)
      income.outcomes = try sum(income.outcomes, one)
      return set(.adapterIncome(leaf.adapter), to: income)
    }
    let tree = BatchAdapterName(batch: batch, adapter: leaf.adapter)
    set(.openOutcomes(tree), to: try sum(record(.openOutcomes(tree)) ?? OutcomeTotals(), one))
  }

  private func sum(
    _ one: OutcomeTotals, _ other: OutcomeTotals
  ) throws(Rejection) -> OutcomeTotals {
    do throws(ArithmeticError) {
      return try one.adding(other)
    } catch {
      throw .account(.totalFull)
    }
  }

  /// Counts a final batch's fees of an adapter, and what was said of its receipts.
  mutating func countIncome(
    of draws: [DrawRecord], adapter: Identifier<Adapter>, in batch: Identifier<Batch>,
    owner: Identifier<Account>
  ) {
    var income = income(of: adapter)
    let tree = BatchAdapterName(batch: batch, adapter: adapter)
    do throws(ArithmeticError) {
      for draw in draws.compactMap(\.standing) {
        income.fees = try income.fees.adding(draw.fee)
        guard channel(draw.channel)?.isOwnSide(owner) == true else { continue }
        income.own = try income.own.adding(draw.fee)
      }
      income.outcomes = try income.outcomes.adding(record(.openOutcomes(tree)) ?? OutcomeTotals())
    } catch {
      // More than all money there is passed through one adapter: what is shown stays as it is.
      return set(.openOutcomes(tree), to: nil)
    }
    set(.openOutcomes(tree), to: nil)
    set(.adapterIncome(adapter), to: income)
  }

  /// Takes back what was said of a receipt that is void now; its fee counts for nothing.
  mutating func dropOutcome(of name: BatchLeafName, _ leaf: ReceiptPart) {
    guard let outcome = outcome(name) else { return }
    set(.outcome(name), to: nil)
    let tree = BatchAdapterName(batch: name.batch, adapter: leaf.adapter)
    guard let totals = record(.openOutcomes(tree)) else { return }
    let isOwn =
      adapter(leaf.adapter).flatMap { channel(leaf.channel)?.isOwnSide($0.owner) } == true
    set(
      .openOutcomes(tree),
      to: totals.subtracting(OutcomeTotals(of: outcome, fee: leaf.fee, isOwn: isOwn)))
  }

  /// Removes at most `limit` of what payers said of a batch's receipts; the sums stay.
  ///
  /// - Returns: how many; fewer than `limit` means that none is left.
  mutating func forgetOutcomes(of batch: Identifier<Batch>, limit: Int) -> Int {
    let records = records(
      in: .outcomes, prefix: batch.canonicalBytes, limit: limit, named: BatchLeafName.self,
      as: ReceiptOutcome.self)
    for record in records { set(.outcome(record.name), to: nil) }
    return records.count
  }
}

extension ReportOutcome {
  /// Whether a channel's payer, or the key that signs its orders, says so.
  fileprivate func isFrom(
    _ channel: ChannelRecord, sender: Identifier<Account>, on chain: Identifier<Chain>?
  ) -> Bool {
    guard let signature else { return channel.payer == sender }
    guard let chain else { return false }
    let digest = Self.signedDigest(of: outcome, opened.leaf.receipt, chain: chain)
    return channel.signingKey.verifies(signature, over: digest.bytes)
  }
}

extension OutcomeTotals {
  fileprivate init(of outcome: ReceiptOutcome, fee: Amount, isOwn: Bool) {
    self.init(own: isOwn ? fee : .zero)
    switch outcome {
    case .accepted: accepted = fee
    case .rejected: rejected = fee
    case .passed: passed = fee
    }
  }

  fileprivate func adding(_ other: OutcomeTotals) throws(ArithmeticError) -> OutcomeTotals {
    OutcomeTotals(
      accepted: try accepted.adding(other.accepted), rejected: try rejected.adding(other.rejected),
      passed: try passed.adding(other.passed), own: try own.adding(other.own))
  }

  /// Nil for nothing left.
  fileprivate func subtracting(_ other: OutcomeTotals) -> OutcomeTotals? {
    func less(_ one: Amount, _ other: Amount) -> Amount { (try? one.subtracting(other)) ?? .zero }
    let rest = OutcomeTotals(
      accepted: less(accepted, other.accepted), rejected: less(rejected, other.rejected),
      passed: less(passed, other.passed), own: less(own, other.own))
    return rest == OutcomeTotals() ? nil : rest
  }
}
