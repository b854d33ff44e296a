internal import CanonicalCoding
public import Primitives

extension LedgerState {
  /// Applies a withdrawal: use stops at once.
  ///
  /// Versions not yet published that list the contribution are void. Erasure takes effect once the
  /// last window open on the contribution is over; until then it is as if retrieval was off.
  ///
  /// - Throws: `contributionNotFound`, `contributionNotRevealed`; `notContributor` if the signer is
  ///   neither contributor nor owner; `withdrawalBackwards`.
  public mutating func apply(
    _ message: WithdrawContribution, in context: BlockContext
  ) throws(Rejection) {
    guard let datanet = contribution(message.contribution)?.datanet else {
      throw .datanet(.contributionNotFound)
    }
    var contribution = try revealed(message.contribution, of: datanet)
    guard
      contribution.contributor == context.signer || self.datanet(datanet)?.owner == context.signer
    else { throw .datanet(.notContributor) }
    guard message.use > contribution.use, !contribution.isErasing else {
      throw .datanet(.withdrawalBackwards)
    }

    for number in contribution.versions { void(VersionName(datanet: datanet, number: number)) }
    contribution.use = min(message.use, .retrievalOff)
    contribution.isErasing = message.use == .erased
    set(.contribution(message.contribution), to: contribution)
    emit(.contributionWithdrawn, message.contribution.digest)
    if contribution.isErasing {
      continueErasure(of: message.contribution, at: context.time, height: context.height)
    }
  }

  /// Ends a version that is not published.
  private mutating func void(_ name: VersionName) {
    guard var version = version(name.number, of: name.datanet),
      version.status == .draft || version.status == .accepted
    else { return }
    version.status = .void
    set(.version(name), to: version)
    emit(.versionVoided, name.datanet.digest)
  }

  /// Waits for the next epoch that measures a contribution to be paid, and after the last one for a
  /// challenge window, which outlasts that of every run and batch there is.
  private mutating func continueErasure(
    of id: Identifier<Contribution>, at time: BlockTime, height: Height
  ) {
    guard let contribution = contribution(id), let window = parameters?.receipts.challengeWindow
    else { return }
    var ends = window.end(from: time, height: height)
    for number in contribution.versions {
      guard let version = version(number, of: contribution.datanet),
        version.status == .published
      else { continue }
      let epoch = EpochName(datanet: contribution.datanet, epoch: version.heldOutEpoch)
      guard let release = heldOut(of: epoch.datanet, epoch: epoch.epoch)?.release else {
        set(.erasure(ErasureName(epoch: epoch, contribution: id)), to: true)
        return
      }
      ends = ends.later(release)
    }
    schedule(.eraseContribution(id), at: ends)
  }

  /// Goes on with at most `limit` erasures that waited for an epoch to be paid.
  ///
  /// - Returns: how many; fewer than `limit` means that none is left.
  mutating func continueErasures(
    of epoch: EpochName, limit: Int, at time: BlockTime, height: Height
  ) -> Int {
    let waiting = records(
      in: .erasures, prefix: epoch.canonicalBytes, limit: limit, named: ErasureName.self,
      as: Bool.self)
    for (name, _) in waiting {
      set(.erasure(name), to: nil)
      continueErasure(of: name.contribution, at: time, height: height)
    }
    return waiting.count
  }

  /// Erases a contribution: whoever holds its text, salt or rows must destroy them.
  mutating func erase(_ id: Identifier<Contribution>) {
    guard var contribution = contribution(id) else { return }
    contribution.use = .erased
    contribution.isErasing = false
    set(.contribution(id), to: contribution)
    emit(.contributionErased, id.digest)
  }
}

extension StateReader {
  /// Whether an account may be paid for a run's answers: some contribution of its own has positive
  /// uplift in the run, and neither is erased nor will be.
  ///
  /// Fees that would go to erased contributions wait: a settlement that asks this leaves them in the
  /// run's escrow while adapters of the run are on offer.
  ///
  /// Cost: one look-up for each of the account's contributions in the run.
  public func mayPay(_ account: Identifier<Account>, of run: RunRecord) -> Bool {
    run.claim.uplift.contains { entry in
      guard entry.contributor == account, entry.uplift > 0,
        let contribution = contribution(entry.contribution)
      else { return false }
      return !contribution.isErasing && contribution.use < .erased
    }
  }
}
