internal import Primitives

extension LedgerState {
  /// Applies a registration: the signer's bond grows, and later disputes may draw it.
  ///
  /// - Throws: `bondTooSmall`, `notVerifier` while retiring, `verifiersFull`;
  ///   `account_insufficient_balance`.
  public mutating func apply(
    _ message: RegisterVerifier, in context: BlockContext
  ) throws(Rejection) {
    let holder = Holder.verifierBond(context.signer)
    if let verifier = verifier(context.signer) {
      guard verifier.retires == nil else { throw .dispute(.notVerifier) }
    } else {
      guard verifiers().count < DisputeParameters.verifierMaximum else {
        throw .dispute(.verifiersFull)
      }
      set(
        .verifier(context.signer),
        to: VerifierRecord(registeredAt: context.height, openSeats: 0, retires: nil))
    }
    try move(message.bond, from: .account(context.signer), to: holder, for: .verifierBond)
    guard balance(of: holder) >= context.parameters.disputes.verifierBond else {
      throw .dispute(.bondTooSmall)
    }
    emit(.verifierRegistered, context.signer.digest, amount: message.bond)
  }

  /// Applies a retirement: the signer is drawn no more, and its bond returns after the window.
  ///
  /// - Throws: `notVerifier`.
  public mutating func apply(
    _ message: RetireVerifier, in context: BlockContext
  ) throws(Rejection) {
    guard var verifier = verifier(context.signer), verifier.retires == nil else {
      throw .dispute(.notVerifier)
    }
    let end = context.parameters.disputes.retirementWindow.end(from: context)
    verifier.retires = end
    set(.verifier(context.signer), to: verifier)
    schedule(.retireVerifier(context.signer), at: end)
    emit(.verifierRetiring, context.signer.digest)
  }

  /// Returns the bond of a verifier whose retirement has come, once it sits on no panel.
  mutating func finishRetirement(
    ofVerifier account: Identifier<Account>, now: Deadline
  ) throws(Rejection) {
    guard let verifier = verifier(account), verifier.openSeats == 0, let end = verifier.retires,
      end.hasCome(at: now.time, height: now.height)
    else { return }
    let bond = balance(of: .verifierBond(account))
    set(.verifier(account), to: nil)
    try move(
      bond, from: .verifierBond(account), to: .account(account), for: .verifierBondReturn)
    emit(.verifierRetired, account.digest, amount: bond)
  }

  mutating func changeSeats(
    of account: Identifier<Account>, _ change: (inout UInt32) -> Void
  ) {
    guard var verifier = verifier(account) else {
      preconditionFailure("a verifier stays while it sits on a panel")
    }
    change(&verifier.openSeats)
    set(.verifier(account), to: verifier)
  }
}
