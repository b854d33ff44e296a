internal import CanonicalCoding
internal import Primitives

extension LedgerState {
  /// Judges what the consensus engine reports, before any transaction of the block.
  ///
  /// Rewards come first, so that the stake that earned them is paid before it is slashed.
  mutating func beginBlock(
    _ report: ConsensusReport, at moment: Moment, _ parameters: LedgerParameters
  ) {
    do {
      try shareFees(report)
      for misbehaviour in report.misbehaviours {
        try judge(misbehaviour, at: moment, parameters.staking)
      }
      for vote in report.votes { try count(vote, at: moment, parameters.staking) }
    } catch {
      precondition(!isIntact, "purses cover what the rules take from them: \(error)")
    }
  }

  /// Ends a validator that signed twice: once, and only if the offence is not too old.
  private mutating func judge(
    _ misbehaviour: Misbehaviour, at moment: Moment, _ parameters: StakingParameters
  ) throws(Rejection) {
    guard let id = validator(at: misbehaviour.validator), var record = validator(id),
      record.offence == nil, !misbehaviour.isTooOld(at: moment, parameters.unbonding)
    else { return }
    let taken = record.slash(parameters.doubleSignSlash)
    record.status = .tombstoned(
      Offence(
        // The set of a block was chosen one block before the one whose stake it is.
        height: Height(max(misbehaviour.height.number, 1) - 1),
        judged: Deadline(time: moment.time, height: moment.height),
        fraction: parameters.doubleSignSlash))
    setValidator(id, to: record)
    set(.signing(id), to: nil)
    try move(taken, from: .bondedStake, to: .treasury, for: .stakeSlash)
    emit(.validatorSlashed, id.digest, amount: taken)
    emit(.validatorTombstoned, id.digest)
  }

  /// Counts a validator's absence, and jails it when there are too many in the window.
  private mutating func count(
    _ vote: ConsensusVote, at moment: Moment, _ parameters: StakingParameters
  ) throws(Rejection) {
    guard let id = validator(at: vote.validator), var record = validator(id),
      record.status == .standing
    else { return }
    let size = parameters.signedBlocksWindow
    let known = signing(id)
    var signing =
      known?.window == size ? known : nil
    if signing == nil { signing = SigningRecord(start: moment.height, window: size) }
    guard var signing else { return }
    signing.enter(signed: vote.signed, at: moment.height)
    guard signing.hasMissedTooMany(at: moment.height, parameters.minimumSigned) else {
      if signing != known { set(.signing(id), to: signing) }
      return
    }
    let taken = record.slash(parameters.downtimeSlash)
    try move(taken, from: .bondedStake, to: .treasury, for: .stakeSlash)
    emit(.validatorSlashed, id.digest, amount: taken)
    jail(id, record, until: parameters.downtimeJail.end(from: moment))
  }
}

extension Misbehaviour {
  /// Whether all stake that stood behind it may have left: older than the window in both measures.
  fileprivate func isTooOld(at moment: Moment, _ window: Window) -> Bool {
    guard height <= moment.height, time <= moment.time else { return false }
    return moment.height.number - height.number > window.blocks
      && moment.time.milliseconds - time.milliseconds > window.milliseconds
  }
}
