public import Primitives

/// What a count of votes decides.
enum VoteOutcome: Hashable, Sendable {
  case passed
  case rejected
  case vetoed
}

extension VoteCount {
  /// The stake that spoke, abstentions included.
  public var turnout: Amount {
    Amount(baseUnits: yes.baseUnits + no.baseUnits + abstain.baseUnits + veto.baseUnits)
  }

  /// Decides; every share is compared exactly, by products that fit into 128 bits because the
  /// supply fits into 96.
  func outcome(under parameters: GovernanceParameters) -> VoteOutcome {
    func isMore(_ amount: Amount, than share: Share, of whole: Amount) -> Bool {
      amount.baseUnits * UInt128(Share.whole.partsPerBillion)
        > whole.baseUnits * UInt128(share.partsPerBillion)
    }
    // Below the quorum: the quorum is more than what spoke.
    let spoken = turnout.baseUnits * UInt128(Share.whole.partsPerBillion)
    guard turnout > .zero, spoken >= bonded.baseUnits * UInt128(parameters.quorum.partsPerBillion)
    else { return .rejected }
    if isMore(veto, than: parameters.vetoShare, of: turnout) { return .vetoed }
    let decided = Amount(baseUnits: turnout.baseUnits - abstain.baseUnits)
    return isMore(yes, than: parameters.threshold, of: decided) ? .passed : .rejected
  }

  /// Adds one validator's stake, handed out to the last unit among the options and those silent.
  mutating func add(_ tokens: Amount, shares: UInt128, direct: DirectVotes, inherited: VoteOption?)
  {
    var votes = direct
    precondition(votes.sum <= shares, "direct votes are of shares that exist")
    let silent = shares - votes.sum
    if let inherited { votes[inherited] += silent }
    guard
      let parts = try? splitByLargestRemainder(
        tokens,
        weights: [votes.yes, votes.no, votes.abstain, votes.veto, shares - votes.sum])
    else { preconditionFailure("a validator's shares fit into 128 bits") }
    // Sums of stakes are below the supply.
    func sum(_ one: Amount, _ other: Amount) -> Amount {
      Amount(baseUnits: one.baseUnits + other.baseUnits)
    }
    yes = sum(yes, parts[0])
    no = sum(no, parts[1])
    abstain = sum(abstain, parts[2])
    veto = sum(veto, parts[3])
    bonded = sum(bonded, tokens)
  }
}

extension StateReader {
  /// Counts the votes on an open proposal with the stakes as they are: what the vote would come to
  /// if it ended now.
  ///
  /// Cost: two look-ups for each active validator, whose number the parameters bound.
  public func voteCount(on proposal: Identifier<Proposal>) -> VoteCount {
    var count = VoteCount()
    for (id, validator) in votingValidators() {
      count.add(
        validator.tokens, shares: validator.shares,
        direct: directVotes(DirectVotesName(proposal: proposal, validator: id)),
        inherited: vote(BallotName(proposal: proposal, account: id))?.option)
    }
    return count
  }
}

extension LedgerState {
  /// Counts a vote and decides; due when its voting window ends.
  mutating func countVote(on id: Identifier<Proposal>, at now: Moment) {
    guard var record = proposal(id), case .voting = record.status,
      let parameters = parameters?.governance
    else { return }
    let count = voteCount(on: id)
    record.count = count
    switch count.outcome(under: parameters) {
    case .rejected:
      record.status = .rejected
      emit(.proposalRejected, id.digest)
    case .vetoed:
      record.status = .vetoed
      emit(.proposalVetoed, id.digest)
    case .passed:
      switch record.proposal.content {
      case .text:
        record.status = .accepted
        emit(.proposalAccepted, id.digest)
      case .parameters:
        let end = parameters.timelock.end(from: now)
        record.status = .timelocked(until: end)
        schedule(.enactProposal(id), at: end)
        emit(.proposalPassed, id.digest)
      }
    }
    set(.proposal(id), to: record)
    set(.openVotes, to: OpenVotes(proposals: openVotes.filter { $0 != id }))
    schedule(.returnDeposits(id), at: now.deadline)
    schedule(.forgetVotes(id), at: now.deadline)
  }

  /// Removes at most `limit` records of a counted vote.
  ///
  /// - Returns: how many; fewer than `limit` means that none is left.
  mutating func forgetVotes(on id: Identifier<Proposal>, limit: Int) -> Int {
    let votes = votes(on: id, limit: limit)
    for (name, _) in votes { set(.vote(name), to: nil) }
    let direct = allDirectVotes(on: id, limit: limit - votes.count)
    for (name, _) in direct { set(.directVotes(name), to: nil) }
    return votes.count + direct.count
  }
}
