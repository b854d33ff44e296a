import Ledger
import Primitives

/// Slow books of the subsidy pool's epochs.
struct ReferenceSubsidies {
  /// What the treasury got of fees since genesis.
  var treasuryIncome: UInt128 = 0
  /// The epoch that runs, if one does.
  private(set) var epoch: (number: UInt64, before: UInt128, paid: UInt128, ends: Deadline)?
  /// What each account was given, in all epochs.
  private(set) var given: [Identifier<Account>: UInt128] = [:]

  /// The first gift begins the first epoch.
  mutating func fund(_ amount: UInt128, ends: Deadline) {
    guard amount > 0, epoch == nil else { return }
    epoch = (1, treasuryIncome, 0, ends)
  }

  /// What the pool adds for an amount that others paid: its share, as far as pool and cap go.
  mutating func match(
    _ amount: UInt128, of payee: Identifier<Account>, pool: UInt128, share: Share
  ) -> UInt128 {
    guard let epoch else { return 0 }
    let cap = (treasuryIncome - epoch.before) / 2 - epoch.paid
    let subsidy = min(amount * UInt128(share.partsPerBillion) / 1_000_000_000, cap, pool)
    self.epoch?.paid += subsidy
    given[payee, default: 0] += subsidy
    return subsidy
  }

  /// Ends the epoch whose deadline this is: another follows while the pool has money.
  mutating func close(at deadline: Deadline, pool: UInt128, nextEnds: Deadline) {
    guard let ended = epoch, ended.ends == deadline else { return }
    epoch = pool > 0 ? (ended.number + 1, treasuryIncome, 0, nextEnds) : nil
  }

  /// Whether the ledger's own records say the same.
  func agree(with state: some StateReader) -> Bool {
    let kept = state.subsidyEpoch
    guard kept?.number == epoch?.number, kept?.paid.baseUnits == epoch?.paid,
      kept?.treasuryIncomeBefore.baseUnits == epoch?.before
    else { return false }
    return everyone.allSatisfy {
      state.income(of: $0.account).subsidy.baseUnits == given[$0.account, default: 0]
    }
  }
}
