internal import Primitives

extension LedgerState {
  /// Applies a vote with the signer's own stake.
  ///
  /// - Throws: `proposalNotFound`, `voteClosed`, `noStake`.
  public mutating func apply(
    _ message: CastVote, in context: BlockContext
  ) throws(Rejection) {
    try checkOpen(message.proposal, in: context)
    guard hasVoice(context.signer) else { throw .governance(.noStake) }
    setVote(
      BallotName(proposal: message.proposal, account: context.signer),
      to: VoteRecord(option: message.option, castBy: nil))
    emit(.voteCast, message.proposal.digest)
  }

  /// Applies votes in the names of others.
  ///
  /// - Throws: `proposalNotFound`, `voteClosed`, `accountsUnsorted`, `nothingEntrusted`.
  public mutating func apply(
    _ message: CastEntrustedVotes, in context: BlockContext
  ) throws(Rejection) {
    try checkOpen(message.proposal, in: context)
    guard !message.accounts.isEmpty, message.accounts.isStrictlySorted(by: { $0 }) else {
      throw .governance(.accountsUnsorted)
    }
    let names = message.accounts.map { BallotName(proposal: message.proposal, account: $0) }
      .filter { name in
        voteTrustee(of: name.account) == context.signer && hasVoice(name.account)
          // A vote that its owner cast stands.
          && vote(name).map { $0.castBy != nil } ?? true
      }
    guard !names.isEmpty else { throw .governance(.nothingEntrusted) }
    for name in names {
      setVote(name, to: VoteRecord(option: message.option, castBy: context.signer))
      emit(.entrustedVoteCast, name.account.digest)
    }
  }

  /// Applies whom the signer lets vote in its name; votes already cast stand.
  ///
  /// - Throws: `entrustedToSelf`.
  public mutating func apply(
    _ message: EntrustVote, in context: BlockContext
  ) throws(Rejection) {
    guard message.to != context.signer else { throw .governance(.entrustedToSelf) }
    if let former = voteTrustee(of: context.signer) {
      set(.entrustedVote(EntrustedVoteName(to: former, by: context.signer)), to: nil)
    }
    set(.voteTrustee(context.signer), to: message.to)
    if let trustee = message.to {
      set(.entrustedVote(EntrustedVoteName(to: trustee, by: context.signer)), to: true)
      emit(.voteEntrusted, trustee.digest)
    } else {
      emit(.voteEntrusted, context.signer.digest)
    }
  }

  private func checkOpen(
    _ id: Identifier<Proposal>, in context: BlockContext
  ) throws(Rejection) {
    guard let record = proposal(id) else { throw .governance(.proposalNotFound) }
    guard case .voting(let end) = record.status,
      !end.hasCome(at: context.time, height: context.height)
    else { throw .governance(.voteClosed) }
  }

  /// Writes a vote and moves its voter's shares to where it now speaks.
  private mutating func setVote(_ name: BallotName, to record: VoteRecord) {
    let former = vote(name)?.option
    set(.vote(name), to: record)
    guard former != record.option else { return }
    for (validator, shares) in voteShares(of: name.account) {
      changeDirectVotes(DirectVotesName(proposal: name.proposal, validator: validator)) {
        if let former { $0[former] -= shares }
        $0[record.option] += shares
      }
    }
  }

  private mutating func changeDirectVotes(
    _ name: DirectVotesName, _ change: (inout DirectVotes) -> Void
  ) {
    var votes = directVotes(name)
    change(&votes)
    set(.directVotes(name), to: votes.sum == 0 ? nil : votes)
  }

  /// Keeps the votes in step with a delegation's shares; whatever writes them calls this.
  ///
  /// So a vote is always counted with the stake of the moment, and its end needs to look at nobody
  /// but validators. Cost: a look-up for each open vote.
  mutating func recountVotes(with name: DelegationName, from old: UInt128, to new: UInt128) {
    guard old != new else { return }
    for proposal in openVotes {
      guard let vote = vote(BallotName(proposal: proposal, account: name.delegator)) else {
        continue
      }
      changeDirectVotes(DirectVotesName(proposal: proposal, validator: name.validator)) {
        $0[vote.option] -= old
        $0[vote.option] += new
      }
    }
  }
}
