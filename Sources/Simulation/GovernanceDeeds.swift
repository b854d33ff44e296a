internal import Ledger
internal import Primitives

extension Deed {
  static let governanceDeeds: [Deed] = [
    Deed(4) { $0.submitProposal() },
    Deed(6) { $0.depositForProposal() },
    Deed(30) { $0.castVote() },
    Deed(5) { $0.entrustVote() },
    Deed(8) { $0.castEntrustedVotes() },
    Deed(6) { $0.wrapStake() },
    Deed(4) { $0.unwrapStake() },
    Deed(6) { $0.transferWrappedStake() },
  ]
}

// MARK: - Proposals
extension World {
  fileprivate mutating func submitProposal() -> Intent? {
    guard mayMake(.submitProposal, every: 100) else { return nil }
    let proposal = SubmitProposal(
      title: isCareless && chance(1, in: 3) ? "" : "proposal at \(chain.height)",
      summary: "", document: chance(1, in: 2) ? digest() : nil,
      content: chance(1, in: 4) ? .text : parameterChange(),
      deposit: amount(isCareless ? 0 : 10_000, 60_000))
    return Intent(anyone(), .submitProposal(proposal))
  }

  fileprivate mutating func depositForProposal() -> Intent? {
    let state = state
    guard
      let proposal = pick(
        proposals,
        where: { id in
          guard case .depositing = state.proposal(id)?.status else { return false }
          return true
        })
    else { return nil }
    let id = isCareless && chance(1, in: 6) ? Identifier(digest()) : proposal
    let message = DepositForProposal(proposal: id, amount: amount(1_000, 40_000))
    return Intent(anyone(), .depositForProposal(message))
  }

  /// What most people think of a proposal; its name decides.
  private mutating func opinion(of proposal: Identifier<Proposal>) -> VoteOption {
    guard !chance(1, in: 8) else { return pick(VoteOption.allCases) ?? .abstain }
    switch proposal.digest.bytes[0] {
    case 0..<160: return .yes
    case 160..<210: return .no
    case 210..<225: return .abstain
    default: return .veto
    }
  }

  private mutating func votedProposal() -> Identifier<Proposal>? {
    let state = state
    return pick(proposals) { id in
      guard case .voting = state.proposal(id)?.status else { return false }
      return true
    }
  }

  fileprivate mutating func castVote() -> Intent? {
    guard let proposal = votedProposal() else { return nil }
    let voter = chance(1, in: 2) ? (pick(state.activeSet.members)?.validator ?? anyone()) : anyone()
    let id = isCareless && chance(1, in: 6) ? Identifier(digest()) : proposal
    return Intent(voter, .castVote(CastVote(proposal: id, option: opinion(of: proposal))))
  }

  fileprivate mutating func entrustVote() -> Intent? {
    let account = anyone()
    let trustee = chance(1, in: 5) ? nil : isCareless ? account : actors[below(4)].account
    return Intent(account, .entrustVote(EntrustVote(to: trustee)))
  }

  fileprivate mutating func castEntrustedVotes() -> Intent? {
    guard let proposal = votedProposal() else { return nil }
    let trustee = actors[below(4)].account
    var accounts = state.entrustedVotes(to: trustee, limit: CastEntrustedVotes.accountMaximum)
    if isCareless { accounts = chance(1, in: 2) ? accounts.reversed() : [anyone()] }
    let message = CastEntrustedVotes(
      proposal: proposal, option: opinion(of: proposal), accounts: accounts)
    return Intent(trustee, .castEntrustedVotes(message))
  }
}

// MARK: - Crowds
extension World {
  /// Votes for as many as one message may vote for: an expensive message, whatever becomes of it.
  mutating func crowdedVotes() -> Intent? {
    let accounts = actors.map(\.account).sorted().prefix(CastEntrustedVotes.accountMaximum)
    guard let proposal = pick(proposals) else { return nil }
    return Intent(
      anyone(),
      .castEntrustedVotes(
        CastEntrustedVotes(proposal: proposal, option: .abstain, accounts: Array(accounts))))
  }
}

// MARK: - Parameters
extension World {
  /// Other values for one subject: mostly within what genesis allows, as short as the first ones.
  private mutating func parameterChange() -> ProposalContent {
    let parameters = chain.parameters
    var change: ParameterChange
    switch below(9) {
    case 0:
      var accounts = parameters.accounts
      accounts.minimumGasPrice = Amount(baseUnits: 1 + UInt128(random.next(below: 1_000_000_000)))
      accounts.nonceMaximum = 2 + UInt32(below(6))
      change = .accounts(accounts)
    case 1: change = .models(.simulated(by: &random))
    case 2:
      change = .channels(
        ChannelParameters(closingWindow: .about(seconds: 8, blocks: 4, by: &random)))
    case 3: change = .receipts(.simulated(by: &random))
    case 4:
      var staking = StakingParameters.simulated(by: &random)
      if chance(1, in: 4) { staking.terms = [] }
      change = .staking(staking)
    case 5: change = .governance(.simulated(by: &random))
    case 6: change = .agents(.simulated(by: &random))
    case 7: change = .subsidy(.simulated(by: &random))
    default: change = .disputes(.simulated(by: &random))
    }
    if isCareless, chance(1, in: 2) {
      var receipts = parameters.receipts
      receipts.auditRate = .zero
      change = .receipts(receipts)
    }
    let replaced = isCareless && chance(1, in: 4)
    return .parameters(
      change: change,
      replacing: replaced ? digest() : parameters.current(change.subject).digest)
  }
}

// MARK: - Wrapped stake
extension World {
  private mutating func shares(of held: UInt128) -> UInt128 {
    part(of: Amount(baseUnits: held)).baseUnits
  }

  fileprivate mutating func wrapStake() -> Intent? {
    guard
      let found = delegation(where: { name, record in
        name.number == 0 && name.delegator != name.validator
      })
    else { return nil }
    let message = WrapStake(
      validator: found.name.validator, shares: shares(of: found.record.shares))
    return Intent(found.name.delegator, .wrapStake(message))
  }

  fileprivate mutating func unwrapStake() -> Intent? {
    guard let found = delegation(where: { name, _ in name.number == DelegationName.wrapped }) else {
      return nil
    }
    let message = UnwrapStake(
      validator: found.name.validator, shares: shares(of: found.record.shares))
    return Intent(found.name.delegator, .unwrapStake(message))
  }

  fileprivate mutating func transferWrappedStake() -> Intent? {
    guard let found = delegation(where: { name, _ in name.number == DelegationName.wrapped }) else {
      return nil
    }
    let name = found.name
    var target = chance(1, in: 3) ? actors[below(3)].account : anyone()
    if target == name.delegator || target == name.validator, !isCareless { target = anyone() }
    if isCareless, chance(1, in: 3) {
      target = chance(1, in: 2) ? name.delegator : name.validator
    }
    let message = TransferWrappedStake(
      validator: name.validator, to: target, shares: shares(of: found.record.shares))
    return Intent(name.delegator, .transferWrappedStake(message))
  }
}
