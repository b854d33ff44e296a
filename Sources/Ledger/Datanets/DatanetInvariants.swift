internal import Primitives

extension Invariant {
  static let datanetInvariants = [
    Invariant("the purse of datanet bonds is the sum of the datanets' bonds") { state in
      state.balance(of: .datanetBonds)
        == state.sum(of: .datanets, as: DatanetRecord.self) { $0.bond.baseUnits }
    },
    Invariant("the purse of curator bonds is the sum of the curators' bonds") { state in
      state.balance(of: .curatorBonds)
        == state.sum(of: .datanetMembers, as: MemberRecord.self) {
          $0.bond.baseUnits + $0.unbonding.baseUnits
        }
    },
    Invariant("the purse of deposits is the sum of those not revealed") { state in
      state.balance(of: .contributionDeposits)
        == state.sum(of: .contributions, as: ContributionRecord.self) {
          $0.content == nil ? $0.deposit.baseUnits : 0
        }
    },
    Invariant("nobody with records in a datanet has a part of its held-out sets") { state in
      state.records(in: .datanetMembers, named: MemberName.self, as: MemberRecord.self)
        .allSatisfy { $0.record.contributions == 0 || $0.record.heldOutParts == 0 }
    },
    Invariant("a datanet's owner is no curator of it") { state in
      state.records(in: .datanets, named: Identifier<Datanet>.self, as: DatanetRecord.self)
        .allSatisfy { id, datanet in
          let owner = state.member(MemberName(datanet: id, account: datanet.owner))
          return !owner.isCurator && owner.bond == .zero && owner.unbonding == .zero
        }
    },
    Invariant("members' contributions and held-out parts are counted") { $0.auditMembers() },
    Invariant("a held-out set that a version uses is opened and closed by itself") { state in
      state.records(in: .heldOutSets, named: EpochName.self, as: HeldOutRecord.self)
        .allSatisfy { name, heldOut in
          let next: DueAction? =
            switch (heldOut.release, heldOut.isOpened, heldOut.version) {
            case (nil, true, _): .closeHeldOut(name)
            case (nil, false, .some): .openHeldOut(name)
            default: nil
            }
          guard let next else { return heldOut.waitsUntil == nil }
          return heldOut.waitsUntil.map { state.isScheduled(next, at: $0) } ?? false
        }
    },
    Invariant("a version's contributions are accepted, and an unpublished one's in use") { state in
      state.auditVersions()
    },
  ]
}

extension StateReader {
  fileprivate func auditMembers() -> Bool {
    var counts: [MemberName: (contributions: UInt32, parts: UInt32, hidden: UInt32)] = [:]
    let contributions = records(
      in: .contributions, named: Identifier<Contribution>.self, as: ContributionRecord.self)
    for (_, contribution) in contributions {
      let name = MemberName(datanet: contribution.datanet, account: contribution.contributor)
      counts[name, default: (0, 0, 0)].contributions += 1
    }
    for (epoch, heldOut) in records(in: .heldOutSets, named: EpochName.self, as: HeldOutRecord.self)
    {
      for part in heldOut.parts {
        let name = MemberName(datanet: epoch.datanet, account: part.curator)
        counts[name, default: (0, 0, 0)].parts += 1
        if part.blob == nil, heldOut.release == nil { counts[name, default: (0, 0, 0)].hidden += 1 }
      }
    }
    let members = records(in: .datanetMembers, named: MemberName.self, as: MemberRecord.self)
    return members.allSatisfy { name, member in
      let count = counts[name] ?? (0, 0, 0)
      return (member.contributions, member.heldOutParts, member.hiddenParts) == count
    }
  }

  fileprivate func auditVersions() -> Bool {
    records(in: .versions, named: VersionName.self, as: VersionRecord.self).allSatisfy {
      name, version in
      version.contributions.allSatisfy { id in
        guard let contribution = contribution(id), contribution.verdict == .accepted else {
          return false
        }
        let isPending = version.status == .draft || version.status == .accepted
        return !isPending || contribution.use == .active
      }
    }
  }
}
