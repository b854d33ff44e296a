extension LedgerState {
  /// Lets a transaction in: takes its fee and advances its signer's sequence.
  ///
  /// - Throws: a ``TransactionRejection``, and then nothing has changed.
  mutating func admit(
    _ content: TransactionContent, in context: BlockContext
  ) throws(Rejection) {
    let signer = context.signer
    let sequence = account(signer)?.sequence ?? 0
    guard content.chain == context.chain else { throw .transaction(.wrongChain) }
    guard context.height <= content.expiry else { throw .transaction(.expired) }
    guard content.sequence == sequence, sequence < .max else {
      throw .transaction(.wrongSequence)
    }
    guard content.fee >= context.parameters.accounts.minimumFee else {
      throw .transaction(.feeTooSmall)
    }
    do {
      try move(content.fee, from: .account(signer), to: .validators, for: .transactionFee)
    } catch {
      throw .transaction(.feeNotCovered)
    }
    set(
      .account(signer),
      to: AccountRecord(publicKey: content.publicKey, sequence: sequence + 1))
  }
}
