internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Lets a transaction in: takes its fee, and sees to it that it comes in no second time.
  ///
  /// - Throws: a ``TransactionRejection``, and then nothing has changed.
  mutating func admit(
    _ checked: CheckedTransaction, in context: BlockContext
  ) throws(Rejection) {
    let content = checked.transaction.content
    guard content.chain == context.chain else { throw .transaction(.wrongChain) }
    guard context.height <= content.expiry else { throw .transaction(.expired) }
    var record = try record(of: content.signer, openedBy: content.publicKey)
    switch content.ordering {
    case .sequence(let number):
      guard number == record.sequence, number < .max else { throw .transaction(.wrongSequence) }
      record.sequence = number + 1
    case .unordered(let expiry, let nonce):
      try checkNonce(
        NonceName(expiry: expiry, account: content.signer, nonce: nonce), of: record, in: context)
      record.openNonces += 1
    }
    guard content.fee >= context.parameters.accounts.minimumFee(forGas: checked.gas) else {
      throw .transaction(.feeTooSmall)
    }
    do {
      try move(content.fee, from: .account(content.signer), to: .validators, for: .transactionFee)
    } catch {
      throw .transaction(.feeNotCovered)
    }
    set(.account(content.signer), to: record)
    if case .unordered(let expiry, let nonce) = content.ordering {
      set(.nonce(NonceName(expiry: expiry, account: content.signer, nonce: nonce)), to: true)
    }
  }

  /// What is known of an account that `key` opens; its first transaction finds nothing, and then
  /// the key must be the one that names it.
  private func record(
    of account: Identifier<Account>, openedBy key: PublicKey
  ) throws(Rejection) -> AccountRecord {
    if let record = self.account(account) {
      guard record.publicKey == key else { throw .transaction(.wrongKey) }
      return record
    }
    guard Identifier<Account>(key) == account else { throw .transaction(.wrongKey) }
    return AccountRecord(publicKey: key, sequence: 0, openNonces: 0)
  }

  private func checkNonce(
    _ name: NonceName, of record: AccountRecord, in context: BlockContext
  ) throws(Rejection) {
    let accounts = context.parameters.accounts
    guard name.expiry >= context.time else { throw .transaction(.expired) }
    guard name.expiry.milliseconds - context.time.milliseconds <= accounts.nonceLifetime else {
      throw .transaction(.nonceExpiryTooFar)
    }
    guard self.record(.nonce(name)) == nil else { throw .transaction(.nonceUsed) }
    guard record.openNonces < accounts.nonceMaximum else { throw .transaction(.noncesFull) }
  }
}
