internal import Primitives

extension LedgerState {
  /// Brings a passed change into force; due when its timelock ends.
  mutating func enact(_ id: Identifier<Proposal>, at now: Moment) {
    guard var record = proposal(id), case .timelocked = record.status,
      case .parameters(let change, let replacing) = record.proposal.content,
      let former = parameters
    else { return }
    let new = former.applying(change)
    if former.current(change.subject).digest == replacing, new.mayFollow(former) {
      set(.parameters, to: new)
      retireTerms(of: former, for: new, at: now)
      record.status = .accepted
      emit(.proposalAccepted, id.digest)
    } else {
      record.status = .superseded
      emit(.proposalSuperseded, id.digest)
    }
    set(.proposal(id), to: record)
  }

  /// Keeps replaced fee terms for the orders that name them.
  private mutating func retireTerms(
    of former: LedgerParameters, for new: LedgerParameters, at now: Moment
  ) {
    let terms = former.receipts.terms
    guard terms != new.receipts.terms else { return }
    set(
      .retiredTerms(terms.digest),
      to: RetiredTerms(
        terms: terms,
        settledUntil: BlockTime(
          milliseconds: now.time.milliseconds + former.governance.termsNotice)))
  }
}
