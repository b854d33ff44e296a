internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let contributionDeeds: [Deed] = [
    Deed(16) { $0.commitContribution() },
    Deed(24) { $0.revealContribution() },
    Deed(16) { $0.judgeContributions() },
    Deed(3) { $0.withdrawContribution() },
    Deed(12) { $0.draftVersion() },
    Deed(14) { $0.acceptVersion() },
    Deed(12) { $0.publishVersion() },
  ]
}

// MARK: - Contributions
extension World {
  fileprivate mutating func commitContribution() -> Intent? {
    guard mayMake(.commitContribution, every: 30), let (known, record) = openDatanet() else {
      return nil
    }
    let contributor = record.isOpen ? anyone() : chance(1, in: 3) ? record.owner : anyone()
    // Some commit to what somebody else has shown.
    let copied = chance(1, in: 10) ? pick(contributions)?.recordsRoot : nil
    let (salt, root) = (digest(), copied ?? digest())
    let message = CommitContribution(
      datanet: name(known.id),
      commitment: CommitContribution.commitment(
        contributor: contributor, salt: salt, recordsRoot: root))
    return Intent(
      contributor, .commitContribution(message), .contribution(salt: salt, recordsRoot: root))
  }

  fileprivate mutating func revealContribution() -> Intent? {
    let state = state
    // One in eight is never shown: its name decides. What others have shown, hardly anybody shows.
    guard
      let known = pick(
        contributions,
        where: {
          state.contribution($0.id)?.content == nil && $0.id.digest.bytes[0] % 8 > 0
        }),
      isCareless || chance(1, in: 12)
        || state.firstContribution(ofRecordsRoot: known.recordsRoot) == nil
    else { return nil }
    let isWrong = isCareless && chance(1, in: 4)
    let message = RevealContribution(
      contribution: name(known.id), salt: isWrong ? digest() : known.salt,
      recordsRoot: known.recordsRoot,
      recordCount: isCareless && chance(1, in: 4) ? 0 : 1 + UInt32(below(100)), blob: digest())
    return Intent(signer(known.contributor), .revealContribution(message))
  }

  fileprivate mutating func judgeContributions() -> Intent? {
    guard let (known, record) = openDatanet(),
      let judge = judge(of: known, record, orOwner: true)
    else { return nil }
    let state = state
    let waiting = contributions.filter {
      guard $0.datanet == known.id, let record = state.contribution($0.id) else { return false }
      return isCareless
        || record.content != nil && record.verdict == .pending && record.contributor != judge
    }.prefix(6)
    guard !waiting.isEmpty else { return nil }
    var (accepted, rejected): ([Identifier<Contribution>], [Identifier<Contribution>]) = ([], [])
    for contribution in waiting {
      if chance(1, in: 8) {
        rejected.append(contribution.id)
      } else {
        accepted.append(contribution.id)
      }
    }
    if !(isCareless && chance(1, in: 2)) {
      accepted.sort()
      rejected.sort()
    }
    let message = JudgeContributions(
      datanet: known.id, accepted: accepted, rejected: rejected)
    return Intent(judge, .judgeContributions(message))
  }

  fileprivate mutating func withdrawContribution() -> Intent? {
    let state = state
    guard
      let known = pick(
        contributions,
        where: { known in
          guard let record = state.contribution(known.id) else { return false }
          return record.content != nil && record.use < .retrievalOff && !record.isErasing
        }), let use = pick(Array(ContributionUse.allCases.dropFirst(isCareless ? 0 : 1)))
    else { return nil }
    let owner = state.datanet(known.datanet)?.owner ?? known.contributor
    return Intent(
      signer(chance(1, in: 4) ? owner : known.contributor),
      .withdrawContribution(WithdrawContribution(contribution: name(known.id), use: use)))
  }
}

// MARK: - Versions
extension World {
  fileprivate mutating func draftVersion() -> Intent? {
    guard let (known, record) = openDatanet(), mayMake(.draftVersion, every: 100) else {
      return nil
    }
    let state = state
    var listed = contributions.filter {
      guard $0.datanet == known.id, let record = state.contribution($0.id) else { return false }
      return isCareless || record.verdict == .accepted && record.use == .active
    }.map(\.id).sorted()
    if listed.count > 8 { listed = Array(listed.suffix(8)) }
    let required = Int(chain.parameters.datanets.curatorsRequired)
    let heldOut = state.heldOut(of: known.id, epoch: known.lastEpoch)
    guard !listed.isEmpty && (heldOut?.parts.count ?? 0) >= required || isCareless else {
      return nil
    }
    if isCareless, chance(1, in: 4) { listed.reverse() }
    let message = DraftVersion(
      datanet: name(known.id), contributions: listed, snapshotRoot: digest(),
      recordCount: isCareless && chance(1, in: 4) ? 0 : 10,
      heldOutEpoch: isCareless ? UInt32(below(Int(known.lastEpoch) + 2)) : known.lastEpoch)
    return Intent(signer(record.owner), .draftVersion(message))
  }

  /// A version of a datanet with this status, the newest first.
  private mutating func version(
    of known: KnownDatanet, _ status: VersionStatus
  ) -> VersionName? {
    if isCareless {
      let number = UInt32(below(Int(known.lastVersion) + 2))
      return VersionName(datanet: known.id, number: number)
    }
    for number in stride(from: known.lastVersion, to: max(known.lastVersion, 4) - 4, by: -1) {
      guard let version = state.version(number, of: known.id), version.status == status,
        state.heldOut(of: known.id, epoch: version.heldOutEpoch)?.isOpened == false
      else { continue }
      return VersionName(datanet: known.id, number: number)
    }
    return nil
  }

  fileprivate mutating func acceptVersion() -> Intent? {
    guard let (known, record) = openDatanet(), let version = version(of: known, .draft) else {
      return nil
    }
    let required = chain.parameters.datanets.curatorsRequired
    guard let judge = judge(of: known, record, orOwner: required == 1) else { return nil }
    let accepted = state.version(version.number, of: known.id)?.acceptedBy ?? []
    guard isCareless || !accepted.contains(judge) else { return nil }
    return Intent(judge, .acceptVersion(AcceptVersion(version: version)))
  }

  fileprivate mutating func publishVersion() -> Intent? {
    guard let (known, record) = openDatanet(), let version = version(of: known, .accepted) else {
      return nil
    }
    return Intent(
      signer(record.owner), .publishVersion(PublishVersion(version: version)))
  }

  /// A published version whose held-out set is still hidden.
  mutating func trainableVersion() -> VersionName? {
    let state = state
    var found: [VersionName] = []
    for known in datanets.suffix(6) {
      for number in stride(from: known.lastVersion, to: max(known.lastVersion, 4) - 4, by: -1) {
        guard let version = state.version(number, of: known.id) else { continue }
        let isHidden = state.heldOut(of: known.id, epoch: version.heldOutEpoch)?.isOpened == false
        if isCareless || version.status == .published && isHidden {
          found.append(VersionName(datanet: known.id, number: number))
        }
      }
    }
    return pick(found)
  }
}
