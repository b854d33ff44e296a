public import Primitives

extension LedgerState {
  /// Applies a deposit to the signer's bond.
  ///
  /// - Throws: `account_insufficient_balance`.
  public mutating func apply(
    _ message: DepositServerBond, in context: BlockContext
  ) throws(Rejection) {
    try move(
      message.amount, from: .account(context.signer), to: .serverBond(context.signer),
      for: .serverBond)
    emit(.serverBondDeposited, context.signer.digest, amount: message.amount)
  }

  /// Applies a withdrawal from the signer's bond: what stays must cover its open batches.
  ///
  /// - Throws: `bondTooSmall`; `account_insufficient_balance`.
  public mutating func apply(
    _ message: WithdrawServerBond, in context: BlockContext
  ) throws(Rejection) {
    let bond = balance(of: .serverBond(context.signer))
    guard let rest = try? bond.subtracting(message.amount) else {
      throw .account(.insufficientBalance)
    }
    guard
      context.parameters.receipts.allows(
        openMoney: openContributorMoney(of: context.signer), bond: rest)
    else { throw .receipt(.bondTooSmall) }
    try move(
      message.amount, from: .serverBond(context.signer), to: .account(context.signer),
      for: .serverBondReturn)
    emit(.serverBondWithdrawn, context.signer.digest, amount: message.amount)
  }
}

extension ReceiptParameters {
  /// Whether a bond stands behind so much contributors' money: money ÷ audit rate ≤ bond.
  ///
  /// Whoever lies in all of it and is audited at that rate loses more than the lies bring.
  public func allows(openMoney: Amount, bond: Amount) -> Bool {
    let needed = openMoney.baseUnits.multipliedFullWidth(
      by: UInt128(Share.whole.partsPerBillion))
    let covered = bond.baseUnits.multipliedFullWidth(by: UInt128(auditRate.partsPerBillion))
    return (needed.high, needed.low) <= (covered.high, covered.low)
  }
}
