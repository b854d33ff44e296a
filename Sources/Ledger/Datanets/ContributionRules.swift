internal import Primitives

extension LedgerState {
  /// Applies a commit: takes the datanet's deposit and fixes the contribution's priority.
  ///
  /// - Throws: `notFound`, `closed`; `notAllowed` if the datanet is not open and the signer not a
  ///   contributor; `curatorContributes` if the signer committed to a held-out set of the datanet;
  ///   `account_insufficient_balance` for the deposit.
  public mutating func apply(
    _ message: CommitContribution, in context: BlockContext
  ) throws(Rejection) {
    guard let datanet = datanet(message.datanet) else { throw .datanet(.notFound) }
    guard !datanet.isClosed else { throw .datanet(.closed) }
    let name = MemberName(datanet: message.datanet, account: context.signer)
    var member = member(name)
    guard datanet.isOpen || datanet.owner == context.signer || member.isContributor else {
      throw .datanet(.notAllowed)
    }
    guard member.heldOutParts == 0, member.contributions < .max else {
      throw .datanet(.curatorContributes)
    }
    try move(
      datanet.contributionDeposit, from: .account(context.signer), to: .contributionDeposits,
      for: .contributionDeposit)

    member.contributions += 1
    set(.member(name), to: member)
    let id = context.newIdentifier(of: Contribution.self)
    set(
      .contribution(id),
      to: ContributionRecord(
        datanet: message.datanet, contributor: context.signer, commitment: message.commitment,
        priority: Priority(height: context.height, index: context.index),
        deposit: datanet.contributionDeposit))
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

  /// Applies a curator's verdicts on contributions.
  ///
  /// - Throws: `notFound`, `notCurator`, `contributionsUnsorted`; by what is listed
  ///   `contributionNotFound`, `contributionNotRevealed`, `alreadyJudged`, `ownContribution`.
  public mutating func apply(
    _ message: JudgeContributions, in context: BlockContext
  ) throws(Rejection) {
    try checkCurator(context.signer, of: message.datanet, orOwner: true)
    let verdicts: [(ContributionVerdict, [Identifier<Contribution>])] = [
      (.accepted, message.accepted), (.rejected, message.rejected),
    ]
    guard verdicts.contains(where: { !$0.1.isEmpty }),
      verdicts.allSatisfy({ $0.1.isStrictlySorted(by: { $0 }) })
    else { throw .datanet(.contributionsUnsorted) }
    for (verdict, contributions) in verdicts {
      for id in contributions {
        var contribution = try revealed(id, of: message.datanet)
        guard contribution.verdict == .pending else { throw .datanet(.alreadyJudged) }
        guard contribution.contributor != context.signer else {
          throw .datanet(.ownContribution)
        }
        contribution.verdict = verdict
        set(.contribution(id), to: contribution)
        let kind: EventKind =
          verdict == .accepted ? .contributionAccepted : .contributionRejected
        emit(kind, id.digest)
      }
    }
  }

  /// Returns a datanet's contribution that is revealed.
  func revealed(
    _ id: Identifier<Contribution>, of datanet: Identifier<Datanet>
  ) throws(Rejection) -> ContributionRecord {
    guard let contribution = contribution(id), contribution.datanet == datanet else {
      throw .datanet(.contributionNotFound)
    }
    guard contribution.content != nil else { throw .datanet(.contributionNotRevealed) }
    return contribution
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
