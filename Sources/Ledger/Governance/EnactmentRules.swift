internal import Primitives

extension LedgerState {
  /// Brings a passed change into force; due when its timelock ends.
  mutating func enact(_ id: Identifier<Proposal>, at now: Moment) {
    guard var record = proposal(id), case .timelocked = record.status,
      case .parameters(let change, let replacing) = record.proposal.content,
      let former = parameters
    else { return }
    let new = former.applying(change)
    if former.current(change.subject).digest == replacing, new.isWithinBounds {
      set(.parameters, to: new)
      retireSplit(of: former, for: new, at: now)
      record.status = .accepted
      emit(.proposalAccepted, id.digest)
    } else {
      record.status = .superseded
      emit(.proposalSuperseded, id.digest)
    }
    set(.proposal(id), to: record)
  }

  /// Keeps a replaced fee split for the orders that name it.
  private mutating func retireSplit(
    of former: LedgerParameters, for new: LedgerParameters, at now: Moment
  ) {
    let split = former.receipts.split
    guard split != new.receipts.split else { return }
    set(
      .retiredSplit(split.digest),
      to: RetiredSplit(
        split: split,
        settledUntil: BlockTime(
          milliseconds: now.time.milliseconds + former.governance.splitGrace)))
  }
}
