internal import Primitives

/// What disputes do to runs: hold them, let them go, or slash them.
extension LedgerState {
  /// Opens one more dispute about a run: bond and stake stay where they are until it ends.
  ///
  /// - Throws: `runNotFound`; `runNotSound` if the run is slashed or its bond is back.
  mutating func holdRun(_ run: Identifier<Run>) throws(Rejection) {
    guard var standing = standing(of: run) else { throw .model(.runNotFound) }
    guard standing.settles, standing.openDisputes < .max else { throw .model(.runNotSound) }
    standing.openDisputes += 1
    standing.status = .disputed
    set(.standing(of: run), to: standing)
    emit(.runDisputed, run.digest)
  }

  /// Ends one dispute about a run that was held; after the last one the run stands as before.
  mutating func releaseRun(_ run: Identifier<Run>, at time: BlockTime, height: Height) {
    guard let record = self.run(run), var standing = standing(of: run), standing.openDisputes > 0
    else { preconditionFailure("only a held run is released") }
    standing.openDisputes -= 1
    if standing.openDisputes == 0, standing.status == .disputed {
      let isFinal = record.challengeEnds.hasCome(at: time, height: height)
      standing.status = isFinal ? .final : .open
    }
    let epoch = record.epoch
    if let release = heldOut(of: epoch.datanet, epoch: epoch.epoch)?.release {
      schedule(.releaseEpoch(epoch), at: release)
    }
    set(.standing(of: run), to: standing)
  }

  /// Slashes a run: takes a share of its bond and of everything staked on it, rounded down.
  ///
  /// Its service ends for good. Rewards already earned stay with whoever earned them.
  ///
  /// - Returns: what `target` received.
  @discardableResult
  mutating func slashRun(
    _ run: Identifier<Run>, by share: Share, to target: Holder
  ) throws(Rejection) -> Amount {
    guard var standing = standing(of: run) else { throw .model(.runNotFound) }
    let ofBond = standing.bond.part(share)
    try move(ofBond, from: .runBonds, to: target, for: .runBondSlash)
    standing.bond = standing.bond.minus(ofBond)
    standing.status = .slashed
    set(.standing(of: run), to: standing)

    var ofStake = Amount.zero
    if var pool = stakePool(of: run) {
      ofStake = pool.tokens.part(share)
      try move(ofStake, from: .runStakes, to: target, for: .runStakeSlash)
      pool.tokens = pool.tokens.minus(ofStake)
      set(.stakePool(of: run), to: pool)
    }
    let taken = Amount(baseUnits: ofBond.baseUnits + ofStake.baseUnits)
    emit(.runSlashed, run.digest, amount: taken)
    return taken
  }
}
