import Ledger
import Primitives

extension RandomHistory {
  typealias OwnedDatanet = (id: Identifier<Datanet>, owner: Person)

  /// The datanets that the ledger took, with whoever owns each now.
  func living(_ chain: TestChain) -> [OwnedDatanet] {
    datanets.compactMap { datanet in
      guard let owner = chain.state.datanet(datanet.id)?.owner else { return nil }
      return everyone.first { $0.account == owner }.map { (datanet.id, $0) }
    }
  }

  /// Draws a message about datanets: mostly the next step towards a version.
  mutating func datanetMessage(on chain: TestChain, by person: Person) -> (Message, Person)? {
    guard let datanet = one(of: living(chain)) else { return nil }
    let signer = chance(8) ? person : datanet.owner
    switch generator.next(below: 24) {
    case 0:
      return (.transferDatanet(TransferDatanet(datanet: datanet.id, to: person.account)), signer)
    case 1:
      let terms = ChangeDatanetTerms(
        datanet: datanet.id, floorRateIn: .zero,
        floorRateOut: Amount(baseUnits: UInt128(generator.next(below: 1000))),
        contributionDeposit: amount(), isOpen: !chance(4))
      return (.changeDatanetTerms(terms), signer)
    case 2:
      guard chance(3) else { return nil }
      return (.closeDatanet(CloseDatanet(datanet: datanet.id)), signer)
    case 3...6: return roleMessage(of: datanet, on: chain, by: person, signer: signer)
    case 7...9: return withdrawal(on: chain)
    default: return nextStep(on: chain)
    }
  }

  private mutating func roleMessage(
    of datanet: OwnedDatanet, on chain: TestChain, by person: Person, signer: Person
  ) -> (Message, Person)? {
    let roles = DatanetRole.allCases
    let role = chance(3) ? roles[Int(generator.next(below: 3))] : .curator
    let curators = everyone.compactMap { curator in
      let member = chain.state.member(
        MemberName(datanet: datanet.id, account: curator.account))
      return member.isCurator ? (curator, isBonded: member.bond > .zero) : nil
    }
    if let (curator, isBonded) = one(of: curators), !chance(4) {
      return isBonded != chance(4)
        ? (.unbondCurator(UnbondCurator(datanet: datanet.id)), curator)
        : (.bondCurator(BondCurator(datanet: datanet.id, amount: tokens(4))), curator)
    }
    let isCurator = curators.contains { $0.0.name == person.name }
    return isCurator
      ? (
        .revokeRole(RevokeRole(datanet: datanet.id, account: person.account, role: role)), signer
      )
      : (.grantRole(GrantRole(datanet: datanet.id, account: person.account, role: role)), signer)
  }

  private mutating func withdrawal(on chain: TestChain) -> (Message, Person)? {
    guard let contribution = one(of: contributions) else { return nil }
    let uses = ContributionUse.allCases
    let use = uses[Int(generator.next(below: UInt64(uses.count)))]
    let withdraw = WithdrawContribution(contribution: contribution.id, use: use)
    return (.withdrawContribution(withdraw), contribution.by)
  }

  /// Reveals someone's part of some held-out set.
  mutating func heldOutReveal(on chain: TestChain) -> (Message, Person)? {
    guard let datanet = one(of: living(chain)) else { return nil }
    let epoch = UInt32(1 + generator.next(below: 4))
    let curator = one(of: chain.state.heldOut(of: datanet.id, epoch: epoch)?.parts ?? [])?.curator
    let person = everyone.first { $0.account == curator } ?? datanet.owner
    return (.revealHeldOut(Story.heldOutReveal(of: datanet.id, epoch: epoch)), person)
  }

  /// What a datanet's curators and owner would do next.
  mutating func nextStep(on chain: TestChain) -> (Message, Person)? {
    guard let datanet = one(of: living(chain)) else { return nil }
    let own = contributions.compactMap { drawn in
      chain.state.contribution(drawn.id).flatMap { record in
        drawn.datanet == datanet.id && record.content != nil ? (id: drawn.id, record) : nil
      }
    }
    let pending = own.filter {
      $0.1.verdict == .pending && ($0.1.contributor != datanet.owner.account || chance(8))
    }
    if !pending.isEmpty, chance(2) {
      let isRejected = chance(6)
      let ids = pending.map(\.id).sorted()
      return (
        .judgeContributions(
          JudgeContributions(
            datanet: datanet.id, accepted: isRejected ? [] : ids, rejected: isRejected ? ids : [])),
        datanet.owner
      )
    }
    let epoch =
      (1...9).first { epoch in
        chain.state.heldOut(of: datanet.id, epoch: epoch).map {
          !$0.isOpened && $0.version == nil
        } ?? true
      } ?? 9
    guard let heldOut = chain.state.heldOut(of: datanet.id, epoch: epoch),
      heldOut.isFixed || !chance(3)
    else { return heldOutCommit(of: datanet, epoch: epoch, on: chain) }
    return versionStep(of: datanet, accepted: own, epoch: epoch, on: chain)
  }

  private mutating func heldOutCommit(
    of datanet: OwnedDatanet, epoch: UInt32, on chain: TestChain
  ) -> (Message, Person)? {
    let curators = everyone.filter {
      chain.state.isBondedCurator(MemberName(datanet: datanet.id, account: $0.account))
    }
    guard let person = one(of: curators + [datanet.owner]) else { return nil }
    let commit = Story.heldOut(of: datanet.id, epoch: epoch, by: person)
    return (.commitHeldOut(commit), person)
  }

  private mutating func versionStep(
    of datanet: OwnedDatanet, accepted own: [(id: Identifier<Contribution>, ContributionRecord)],
    epoch: UInt32, on chain: TestChain
  ) -> (Message, Person)? {
    let count = chain.state.datanet(datanet.id)?.versionCount ?? 0
    for number in (0...count).reversed() {
      let name = VersionName(datanet: datanet.id, number: number)
      switch chain.state.version(number, of: datanet.id)?.status {
      case .draft: return (.acceptVersion(AcceptVersion(version: name)), datanet.owner)
      case .accepted: return (.publishVersion(PublishVersion(version: name)), datanet.owner)
      default: continue
      }
    }
    let listed = own.filter {
      ($0.1.verdict == .accepted && $0.1.use == .active) || chance(30)
    }
    return (
      .draftVersion(Story.draft(of: datanet.id, listed.map(\.id), epoch: epoch)), datanet.owner
    )
  }
}
