internal import Ledger
internal import Primitives

/// What every holder has by the journal alone: the second entry of double-entry bookkeeping.
struct Books: Sendable {
  private var sums: [Holder: UInt128] = [:]

  init(_ balances: [(holder: Holder, amount: Amount)]) {
    for (holder, amount) in balances { add(amount.baseUnits, to: holder) }
  }

  /// Books movements in any order; between them a sum may be below zero, and wraps around.
  mutating func post(_ movements: some Sequence<Movement>) {
    for movement in movements {
      add(0 &- movement.amount.baseUnits, to: movement.from)
      add(movement.amount.baseUnits, to: movement.to)
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

  private mutating func add(_ units: UInt128, to holder: Holder) {
    let sum = sums[holder, default: 0] &+ units
    sums[holder] = sum == 0 ? nil : sum
  }
}
