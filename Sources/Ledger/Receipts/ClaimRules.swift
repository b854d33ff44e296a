internal import CanonicalCoding
public import Primitives

extension LedgerState {
  /// Adds to what contributors have coming; the money is in the run's escrow already.
  mutating func addClaims(_ payouts: [Payout], on run: Identifier<Run>, epoch: EpochName) {
    for payout in payouts {
      let name = ClaimName(epoch: epoch, run: run, account: payout.account)
      guard let sum = try? claim(name).adding(payout.amount) else {
        preconditionFailure("claims are covered by the escrow, which the supply bounds")
      }
      set(.claim(name), to: sum)
    }
    // An epoch released before pays new claims too, at the end of the block.
    if let release = heldOut(of: epoch.datanet, epoch: epoch.epoch)?.release {
      schedule(.releaseEpoch(epoch), at: release)
    }
  }

  /// Pays at most `limit` claims of an epoch, in the order of their names; to the treasury if the
  /// epoch's held-out set was withheld.
  ///
  /// - Returns: how many were paid; fewer than `limit` means that none is left.
  mutating func release(_ epoch: EpochName, limit: Int) throws(Rejection) -> Int {
    let isWithheld = heldOut(of: epoch.datanet, epoch: epoch.epoch)?.isWithheld == true
    // What is held goes on when the dispute about its run is over.
    let due = claims(of: epoch).filter { !isHeld($0.name.run) }.prefix(limit)
    for (name, amount) in due {
      set(.claim(name), to: nil)
      guard !isWithheld else {
        try move(amount, from: .contributorEscrow(name.run), to: .treasury, for: .claimForfeit)
        emit(.claimForfeited, name.account.digest, amount: amount)
        continue
      }
      try move(
        amount, from: .contributorEscrow(name.run), to: .account(name.account),
        for: .contributorRelease)
      emit(.claimPaid, name.account.digest, amount: amount)
    }
    return due.count
  }
}

extension StateReader {
  /// What contributors have coming from an epoch, sorted by run and account.
  public func claims(
    of epoch: EpochName, limit: Int = .max
  ) -> [(name: ClaimName, amount: Amount)] {
    records(
      in: .claims, prefix: epoch.canonicalBytes, limit: limit, named: ClaimName.self,
      as: Amount.self
    ).map { ($0.name, $0.record) }
  }
}
