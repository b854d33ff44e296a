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
    let record = account(content.signer) ?? AccountRecord()
    guard record.isOpened(by: content.publicKey, of: content.signer) else {
      throw .transaction(.wrongKey)
    }
    var nonce: NonceName?
    switch content.ordering {
    case .sequence(let number):
      guard number == record.sequence, number < .max else { throw .transaction(.wrongSequence) }
    case .unordered(let expiry, let number):
      let name = NonceName(expiry: expiry, account: content.signer, nonce: number)
      try checkNonce(name, of: record, in: context)
      nonce = name
    }
    guard content.fee >= context.parameters.accounts.minimumFee(forGas: checked.gas) else {
      throw .transaction(.feeTooSmall)
    }
    do {
      try move(content.fee, from: .account(content.signer), to: .validators, for: .transactionFee)
    } catch {
      throw .transaction(.feeNotCovered)
    }
    updateAccount(content.signer) { record in
      record.publicKey = content.publicKey
      if nonce == nil { record.sequence += 1 } else { record.openNonces += 1 }
    }
    if let nonce { set(.nonce(nonce), to: true) }
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
