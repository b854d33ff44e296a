internal import Primitives

extension LedgerState {
  /// Applies a commit: takes the datanet's deposit and fixes the contribution's priority.
  ///
  /// - Throws: `datanet_not_found`; `account_insufficient_balance` for the deposit.
  public mutating func apply(
    _ message: CommitContribution, in context: BlockContext
  ) throws(Rejection) {
    guard let datanet = datanet(message.datanet) else { throw .datanet(.notFound) }
    try move(
      datanet.contributionDeposit, from: .account(context.signer), to: .contributionDeposits,
      for: .contributionDeposit)

    let id = context.newIdentifier(of: Contribution.self)
    set(
      .contribution(id),
      to: ContributionRecord(
        datanet: message.datanet, contributor: context.signer, commitment: message.commitment,
        priority: Priority(height: context.height, index: context.index),
        deposit: datanet.contributionDeposit, content: nil))
    emit(.contributionCommitted, id.digest, amount: datanet.contributionDeposit)
  }

  /// Applies a reveal: records the content and returns the deposit.
  ///
  /// Whoever committed the same records earlier stays their first contributor, even if they reveal
  /// later; a later commit of records already revealed is refused, and its deposit stays.
  ///
  /// - Throws: `contributionNotFound`, `notContributor`, `alreadyRevealed`, `revealTooEarly`,
  ///   `commitmentMismatch`, `noRecords`, `recordsNotFirst`.
  public mutating func apply(
    _ message: RevealContribution, in context: BlockContext
  ) throws(Rejection) {
    var contribution = try revealable(message, in: context)
    if let first = firstContribution(ofRecordsRoot: message.recordsRoot),
      let earlier = self.contribution(first), earlier.priority < contribution.priority
    {
      throw .datanet(.recordsNotFirst)
    }

    contribution.content = ContributionContent(
      recordsRoot: message.recordsRoot, recordCount: message.recordCount, blob: message.blob)
    set(.contribution(message.contribution), to: contribution)
    set(.firstContribution(message.recordsRoot), to: message.contribution)
    try move(
      contribution.deposit, from: .contributionDeposits, to: .account(context.signer),
      for: .contributionDepositReturn)
    emit(.contributionRevealed, message.contribution.digest, amount: contribution.deposit)
  }

  /// Returns the committed record that `message` rightly reveals.
  private func revealable(
    _ message: RevealContribution, in context: BlockContext
  ) throws(Rejection) -> ContributionRecord {
    guard let contribution = contribution(message.contribution) else {
      throw .datanet(.contributionNotFound)
    }
    guard contribution.contributor == context.signer else { throw .datanet(.notContributor) }
    guard contribution.content == nil else { throw .datanet(.alreadyRevealed) }
    guard contribution.priority.height < context.height else { throw .datanet(.revealTooEarly) }
    guard message.recordCount > 0 else { throw .datanet(.noRecords) }
    let commitment = CommitContribution.commitment(
      contributor: context.signer, salt: message.salt, recordsRoot: message.recordsRoot)
    guard contribution.commitment == commitment else { throw .datanet(.commitmentMismatch) }
    return contribution
  }
}
