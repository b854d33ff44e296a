import Ledger
import Primitives

/// Slow books of who voted what and put up how much, kept from blocks and results alone; a count
/// walks over everyone.
///
/// They share the messages and the delegations with the ledger, none of its rules.
struct VoteModel {
  struct Voice {
    var option: VoteOption
    var isOwn: Bool
  }

  private(set) var deposits: [Identifier<Proposal>: [Identifier<Account>: UInt128]] = [:]
  private(set) var votes: [Identifier<Proposal>: [Identifier<Account>: Voice]] = [:]
  private(set) var wrapped: [Identifier<Account>: [Identifier<Account>: UInt128]] = [:]
  private var trustees: [Identifier<Account>: Identifier<Account>] = [:]
  private(set) var contents: [Identifier<Proposal>: ProposalContent] = [:]

  mutating func enter(_ executed: ExecutedBlock) {
    for (transaction, result) in zip(executed.block.transactions, executed.results)
    where result.rejection == nil {
      let content = transaction.content
      enter(content.message, by: content.signer, ordering: content.ordering)
    }
  }

  private mutating func enter(
    _ message: Message, by signer: Identifier<Account>, ordering: TransactionOrdering
  ) {
    switch message {
    case .submitProposal(let proposal):
      let id = Identifier<Proposal>(creator: signer, ordering: ordering)
      contents[id] = proposal.content
      deposits[id, default: [:]][signer, default: 0] += proposal.deposit.baseUnits
    case .depositForProposal(let deposit):
      deposits[deposit.proposal, default: [:]][signer, default: 0] += deposit.amount.baseUnits
    case .castVote(let vote):
      votes[vote.proposal, default: [:]][signer] = Voice(option: vote.option, isOwn: true)
    case .castEntrustedVotes(let cast):
      for account in cast.accounts where trustees[account] == signer {
        if votes[cast.proposal]?[account]?.isOwn == true { continue }
        votes[cast.proposal, default: [:]][account] = Voice(option: cast.option, isOwn: false)
      }
    case .entrustVote(let trust): trustees[signer] = trust.to
    case .wrapStake(let wrap):
      wrapped[wrap.validator, default: [:]][signer, default: 0] += wrap.shares
    case .unwrapStake(let unwrap):
      wrapped[unwrap.validator, default: [:]][signer, default: 0] -= unwrap.shares
    case .transferWrappedStake(let transfer):
      wrapped[transfer.validator, default: [:]][signer, default: 0] -= transfer.shares
      wrapped[transfer.validator, default: [:]][transfer.to, default: 0] += transfer.shares
    default: break
    }
  }

  /// Counts a vote from nothing.
  func count(
    _ proposal: Identifier<Proposal>, active: ActiveSet, stakes: any StateReader
  ) -> VoteCount {
    var sums: [VoteOption?: UInt128] = [:]
    var bonded: UInt128 = 0
    for member in active.members {
      guard let validator = stakes.validator(member.validator) else { continue }
      var shares: [VoteOption?: UInt128] = [:]
      for person in everyone {
        let own = stakes.delegations(of: person.account)
          .filter { $0.name.validator == member.validator }
          .reduce(UInt128(0)) { $0 + $1.record.shares }
        let voice = votes[proposal]?[person.account] ?? votes[proposal]?[member.validator]
        shares[voice?.option, default: 0] += own
      }
      let tokens = validator.tokens.baseUnits
      bonded += tokens
      for (option, part) in divide(tokens, by: shares, of: validator.shares) {
        sums[option, default: 0] += part
      }
    }
    var count = VoteCount()
    count.yes = Amount(baseUnits: sums[.yes] ?? 0)
    count.no = Amount(baseUnits: sums[.no] ?? 0)
    count.abstain = Amount(baseUnits: sums[.abstain] ?? 0)
    count.veto = Amount(baseUnits: sums[.veto] ?? 0)
    count.bonded = Amount(baseUnits: bonded)
    return count
  }

  /// Floors first, then one unit each by largest remainder, silence last; products bit by bit.
  private func divide(
    _ tokens: UInt128, by shares: [VoteOption?: UInt128], of all: UInt128
  ) -> [(VoteOption?, UInt128)] {
    guard all > 0 else { return [] }
    let order: [VoteOption?] = [.yes, .no, .abstain, .veto, nil]
    var parts: [UInt128] = []
    var remainders: [UInt128] = []
    for option in order {
      // ⌊tokens · part / all⌋ by adding tokens bit by bit of the part.
      var (quotient, remainder): (UInt128, UInt128) = (0, 0)
      for bit in (0..<120).reversed() {
        quotient *= 2
        remainder *= 2
        if (shares[option] ?? 0) >> bit & 1 == 1 {
          quotient += tokens / all
          remainder += tokens % all
        }
        quotient += remainder / all
        remainder %= all
      }
      parts.append(quotient)
      remainders.append(remainder)
    }
    let rest = Int(tokens - parts.reduce(0, +))
    let places = order.indices.sorted {
      remainders[$0] == remainders[$1] ? $0 < $1 : remainders[$0] > remainders[$1]
    }
    for place in places.prefix(rest) { parts[place] += 1 }
    return Array(zip(order, parts))
  }

  /// What the design's words make of a count, in whole numbers of a thousandth of the shares.
  func decision(_ count: VoteCount, under parameters: GovernanceParameters) -> ProposalStatus? {
    let (yes, no) = (count.yes.baseUnits, count.no.baseUnits)
    let (abstain, veto) = (count.abstain.baseUnits, count.veto.baseUnits)
    let voted = yes + no + abstain + veto
    func thousandths(_ share: Share) -> UInt128 { UInt128(share.partsPerBillion / 1_000_000) }
    if voted == 0 || voted * 1000 < count.bonded.baseUnits * thousandths(parameters.quorum) {
      return .rejected
    }
    if veto * 1000 > voted * thousandths(parameters.vetoShare) { return .vetoed }
    if yes * 1000 > (yes + no + veto) * thousandths(parameters.threshold) { return nil }
    return .rejected
  }
}
