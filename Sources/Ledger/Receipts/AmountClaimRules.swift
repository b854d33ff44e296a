public import CanonicalCoding
public import Primitives

extension LedgerState {
  /// Applies claims on final batches: pays each payee, or lets what is less than the dust threshold
  /// accrue.
  ///
  /// - Throws: `batchEmpty`, `batchNotFinal`, `epochNotReleased`, `epochWithheld`, `runSlashed`, `alreadyClaimed`,
  ///   `claimNotProven`; then none is paid.
  public mutating func apply(
    _ message: ClaimAmounts, in context: BlockContext
  ) throws(Rejection) {
    guard !message.claims.isEmpty else { throw .receipt(.batchEmpty) }
    for claim in message.claims { try pay(claim, in: context) }
  }

  private mutating func pay(
    _ claim: AmountClaim, in context: BlockContext
  ) throws(Rejection) {
    let tree = BatchAdapterName(batch: claim.batch, adapter: claim.adapter)
    guard batch(claim.batch)?.status == .final, var amounts = batchAmounts(tree) else {
      throw .receipt(.batchNotFinal)
    }
    guard runRepair(amounts.run) == nil else { throw .receipt(.runSlashed) }
    guard !isHeld(amounts.run), let epoch = run(amounts.run)?.epoch,
      let heldOut = heldOut(of: epoch.datanet, epoch: epoch.epoch), let release = heldOut.release,
      release.hasCome(at: context.time, height: context.height)
    else { throw .receipt(.epochNotReleased) }
    guard !heldOut.isWithheld else { throw .receipt(.epochWithheld) }
    let name = BatchPayeeName(batch: claim.batch, adapter: claim.adapter, payee: claim.payee)
    guard batchClaim(name) == nil, amounts.unclaimed > .zero else {
      throw .receipt(.alreadyClaimed)
    }
    guard let proven = claim.proven(in: amounts) else { throw .receipt(.claimNotProven) }
    // What corrections took is no more than the leaves say, but nothing here relies on it.
    let due = (try? proven.amount.subtracting(batchCorrection(name))) ?? .zero
    guard let unclaimed = try? amounts.unclaimed.subtracting(due) else {
      throw .receipt(.claimNotProven)
    }
    amounts.unclaimed = unclaimed
    set(.batchClaim(name), to: due)
    set(.batchCorrection(name), to: nil)
    keep(amounts, of: tree, at: Moment(context))
    try payOrAccrue(due, of: amounts.run, to: claim.payee, in: context)
    try meter(claim: due, own: min(proven.own, due), of: claim.payee, in: context)
  }

  /// Pays a contributor together with what has accrued, or lets it all accrue.
  private mutating func payOrAccrue(
    _ amount: Amount, of run: Identifier<Run>, to payee: Identifier<Account>,
    in context: BlockContext
  ) throws(Rejection) {
    let accrued = dust(of: payee)
    guard let sum = try? accrued.adding(amount) else { throw .account(.totalFull) }
    guard sum >= context.parameters.receipts.dustThreshold else {
      try move(amount, from: .contributorEscrow(run), to: .dust, for: .dustAccrual)
      set(.dust(payee), to: sum == .zero ? nil : sum)
      emit(.dustAccrued, payee.digest, amount: amount)
      return
    }
    try move(
      amount, from: .contributorEscrow(run), to: .account(payee), for: .contributorRelease)
    try move(accrued, from: .dust, to: .account(payee), for: .dustPayment)
    set(.dust(payee), to: nil)
    emit(.claimPaid, payee.digest, amount: sum)
  }
}

extension StateReader {
  /// What an account has claimed and not been paid, being less than the dust threshold.
  public func dust(of account: Identifier<Account>) -> Amount { record(.dust(account)) ?? .zero }
}

extension StateKey {
  public static func dust(_ account: Identifier<Account>) -> StateKey<Amount> {
    .init(.dust, account)
  }
}
