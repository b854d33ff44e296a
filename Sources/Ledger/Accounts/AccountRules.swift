internal import Primitives

extension LedgerState {
  /// Applies a transfer: moves the amount from the signer to the account named.
  public mutating func apply(
    _ message: Transfer, in context: BlockContext
  ) throws(Rejection) {
    noteFunder(of: message.to, by: context.signer, amount: message.amount)
    try move(
      message.amount, from: .account(context.signer), to: .account(message.to), for: .transfer)
    emit(.transferred, message.to.digest, amount: message.amount)
  }

  /// Applies a transfer to many: moves each amount in the order of the list, or none at all.
  ///
  /// - Throws: `noPayments`, `insufficientBalance`.
  public mutating func apply(
    _ message: TransferToMany, in context: BlockContext
  ) throws(Rejection) {
    guard !message.payments.isEmpty else { throw .account(.noPayments) }
    for payment in message.payments {
      noteFunder(of: payment.to, by: context.signer, amount: payment.amount)
      try move(
        payment.amount, from: .account(context.signer), to: .account(payment.to), for: .transfer)
      emit(.transferred, payment.to.digest, amount: payment.amount)
    }
  }

  /// Keeps who first gave an account money; a fact that the subsidy meter goes by.
  mutating func noteFunder(
    of account: Identifier<Account>, by funder: Identifier<Account>, amount: Amount
  ) {
    guard amount > .zero, self.account(account) == nil, self.funder(of: account) == nil else {
      return
    }
    set(.funder(account), to: funder)
  }

  /// Moves money from one holder to another: the only way a balance ever changes after genesis.
  ///
  /// - Throws: ``AccountRejection/insufficientBalance`` if `source` holds less.
  mutating func move(
    _ amount: Amount, from source: Holder, to target: Holder, for cause: MoveCause
  ) throws(Rejection) {
    guard let rest = try? balance(of: source).subtracting(amount) else {
      throw .account(.insufficientBalance)
    }
    guard let total = try? total(of: cause).adding(amount) else { throw .account(.totalFull) }
    guard amount > .zero else { return }

    set(.total(cause), to: total)
    book(Movement(from: source, to: target, amount: amount, cause: cause))
    guard source != target else { return }
    setBalance(of: source, to: rest)
    guard let sum = try? balance(of: target).adding(amount) else {
      preconditionFailure("balances sum to the supply, which genesis bounds")
    }
    setBalance(of: target, to: sum)
  }

  /// Creates money; for genesis only.
  mutating func mint(_ amount: Amount, to holder: Holder) { setBalance(of: holder, to: amount) }

  private mutating func setBalance(of holder: Holder, to amount: Amount) {
    guard case .account(let id) = holder else {
      return set(.purse(holder), to: amount == .zero ? nil : amount)
    }
    updateAccount(id) { $0.balance = amount }
  }

  /// Changes what is known of an account; nothing is kept of one that has nothing and sent nothing.
  mutating func updateAccount(
    _ id: Identifier<Account>, _ change: (inout AccountRecord) -> Void
  ) {
    var record = account(id) ?? AccountRecord()
    change(&record)
    set(.account(id), to: record == AccountRecord() ? nil : record)
  }
}
