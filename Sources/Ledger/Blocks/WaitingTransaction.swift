public import Primitives

/// What a transaction that waits for a block can be told at once.
public struct WaitingTransaction: Sendable {
  /// The sequence its account must use next, when nothing else of the account waits.
  public let nextSequence: UInt64
  /// Why no coming block can hold it, as far as it and the state can tell without the others that
  /// wait; its sequence is not looked at.
  public let rejection: Rejection?
}

extension StateReader {
  /// Looks at a transaction that asks to wait for the block of `height`.
  ///
  /// Cost: a look-up or two.
  public func waiting(
    _ checked: CheckedTransaction, on chain: Identifier<Chain>, parameters: AccountParameters,
    height: Height
  ) -> WaitingTransaction {
    let content = checked.transaction.content
    let record = account(content.signer) ?? AccountRecord()
    return WaitingTransaction(
      nextSequence: record.sequence,
      rejection: rejection(
        of: checked, by: record, on: chain, parameters: parameters, height: height
      ).map(Rejection.transaction))
  }

  private func rejection(
    of checked: CheckedTransaction, by record: AccountRecord, on chain: Identifier<Chain>,
    parameters: AccountParameters, height: Height
  ) -> TransactionRejection? {
    let content = checked.transaction.content
    guard content.chain == chain else { return .wrongChain }
    guard height <= content.expiry else { return .expired }
    guard record.isOpened(by: content.publicKey, of: content.signer) else { return .wrongKey }
    if case .unordered(let expiry, let nonce) = content.ordering {
      let name = NonceName(expiry: expiry, account: content.signer, nonce: nonce)
      guard self.record(.nonce(name)) == nil else { return .nonceUsed }
    }
    guard content.fee >= parameters.minimumFee(forGas: checked.gas) else { return .feeTooSmall }
    guard content.fee <= record.balance else { return .feeNotCovered }
    return nil
  }
}
