internal import Primitives

extension LedgerState {
  /// Applies a new proposal: takes its first deposit, and opens the vote if that is enough.
  ///
  /// - Throws: `titleMissing`, `depositTooSmall`; `outOfBounds` or `notInForce` for numbers that
  ///   could never come into force as things are; `votesFull`; `account_insufficient_balance`.
  public mutating func apply(
    _ message: SubmitProposal, in context: BlockContext
  ) throws(Rejection) {
    let parameters = context.parameters.governance
    guard !message.title.isEmpty else { throw .governance(.titleMissing) }
    guard message.deposit >= parameters.initialDeposit else {
      throw .governance(.depositTooSmall)
    }
    if case .parameters(let change, let replacing) = message.content {
      let current = context.parameters.current(change.subject)
      guard current.digest == replacing, current != change else {
        throw .governance(.notInForce)
      }
      guard context.parameters.applying(change).mayFollow(context.parameters) else {
        throw .governance(.outOfBounds)
      }
    }
    let id = context.newIdentifier(of: Proposal.self)
    let end = parameters.depositWindow.end(from: context)
    let record = ProposalRecord(
      proposer: context.signer, proposal: message, submittedAt: context.height, deposit: .zero,
      status: .depositing(until: end), count: nil)
    emit(.proposalSubmitted, id.digest)
    try deposit(message.deposit, for: id, record, in: context)
    schedule(.endDeposits(id), at: end)
  }

  /// Applies a deposit, and opens the vote once deposits reach the minimum.
  ///
  /// - Throws: `proposalNotFound`, `depositClosed`, `depositTooSmall`, `votesFull`;
  ///   `account_insufficient_balance`.
  public mutating func apply(
    _ message: DepositForProposal, in context: BlockContext
  ) throws(Rejection) {
    guard let record = proposal(message.proposal) else { throw .governance(.proposalNotFound) }
    guard case .depositing(let end) = record.status,
      !end.hasCome(at: context.time, height: context.height)
    else { throw .governance(.depositClosed) }
    guard message.amount > .zero else { throw .governance(.depositTooSmall) }
    try deposit(message.amount, for: message.proposal, record, in: context)
  }

  /// Takes a deposit from the signer and writes the proposal's record.
  private mutating func deposit(
    _ amount: Amount, for id: Identifier<Proposal>, _ record: ProposalRecord,
    in context: BlockContext
  ) throws(Rejection) {
    try move(
      amount, from: .account(context.signer), to: .proposalDeposits, for: .proposalDeposit)
    let name = BallotName(proposal: id, account: context.signer)
    var record = record
    guard let own = try? proposalDeposit(name).adding(amount),
      let sum = try? record.deposit.adding(amount)
    else { preconditionFailure("deposits are covered by the purse, which the supply bounds") }
    record.deposit = sum
    if amount > .zero { set(.proposalDeposit(name), to: own) }
    emit(.proposalDeposited, id.digest, amount: amount)
    if sum >= context.parameters.governance.minimumDeposit {
      record.status = .voting(until: try openVote(on: id, in: context))
    }
    set(.proposal(id), to: record)
  }

  /// Adds a proposal to those voted on, and returns when its vote ends.
  private mutating func openVote(
    on id: Identifier<Proposal>, in context: BlockContext
  ) throws(Rejection) -> Deadline {
    let open = openVotes
    guard open.count < Int(context.parameters.governance.votingMaximum) else {
      throw .governance(.votesFull)
    }
    let end = context.parameters.governance.votingWindow.end(from: context)
    set(.openVotes, to: OpenVotes(proposals: (open + [id]).sorted()))
    schedule(.countVote(id), at: end)
    emit(.voteOpened, id.digest)
    return end
  }

  /// Ends a proposal whose deposits never reached the minimum; due when its deposit window ends.
  mutating func endDeposits(for id: Identifier<Proposal>, at now: Moment) {
    guard var record = proposal(id), case .depositing = record.status else { return }
    record.status = .lapsed
    set(.proposal(id), to: record)
    schedule(.returnDeposits(id), at: now.deadline)
    emit(.proposalLapsed, id.digest)
  }

  /// Returns at most `limit` deposits of a proposal that is no longer voted on: to the treasury if
  /// it was vetoed, else to whoever put them up.
  ///
  /// - Returns: how many; fewer than `limit` means that none is left.
  mutating func returnDeposits(
    of id: Identifier<Proposal>, limit: Int
  ) throws(Rejection) -> Int {
    let isForfeit = proposal(id)?.status == .vetoed
    let deposits = proposalDeposits(of: id, limit: limit)
    for (name, amount) in deposits {
      set(.proposalDeposit(name), to: nil)
      try move(
        amount, from: .proposalDeposits, to: isForfeit ? .treasury : .account(name.account),
        for: isForfeit ? .proposalDepositForfeit : .proposalDepositReturn)
      emit(
        isForfeit ? .proposalDepositForfeited : .proposalDepositReturned, name.account.digest,
        amount: amount)
    }
    return deposits.count
  }
}
