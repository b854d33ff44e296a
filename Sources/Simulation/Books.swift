internal import Ledger
internal import Primitives

/// What every holder has by the journal alone: the second entry of double-entry bookkeeping.
struct Books: Sendable {
  private var sums: [Holder: UInt128] = [:]
  /// What was ever moved for each cause.
  private var totals: [MoveCause: UInt128] = [:]

  /// Books that begin with what a state says.
  init(_ state: some StateReader) {
    for (holder, amount) in state.allBalances() { add(amount.baseUnits, to: holder) }
    for cause in MoveCause.allCases { totals[cause] = state.total(of: cause).baseUnits }
  }

  /// Books movements in any order; between them a sum may be below zero, and wraps around.
  mutating func post(_ movements: some Sequence<Movement>) {
    for movement in movements {
      add(0 &- movement.amount.baseUnits, to: movement.from)
      add(movement.amount.baseUnits, to: movement.to)
      totals[movement.cause, default: 0] += movement.amount.baseUnits
    }
  }

  /// What the books and the balances say differently; nil if they agree.
  func difference(from balances: [(holder: Holder, amount: Amount)]) -> String? {
    for (holder, amount) in balances where sums[holder, default: 0] != amount.baseUnits {
      return "\(holder) has \(amount), and by the journal \(sums[holder, default: 0])"
    }
    guard balances.count == sums.count else {
      return "\(sums.count) holders have something by the journal, \(balances.count) by the state"
    }
    return nil
  }

  /// The first cause of which the state says another total; nil if there is none.
  func difference(fromTotalsIn state: some StateReader) -> String? {
    MoveCause.allCases.first { state.total(of: $0).baseUnits != totals[$0, default: 0] }
      .map {
        "for \($0) \(state.total(of: $0)) were moved, and by the journal \(totals[$0, default: 0])"
      }
  }

  private mutating func add(_ units: UInt128, to holder: Holder) {
    let sum = sums[holder, default: 0] &+ units
    sums[holder] = sum == 0 ? nil : sum
  }
}
