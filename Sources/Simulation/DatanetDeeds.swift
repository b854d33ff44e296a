internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let datanetDeeds: [Deed] = [
    Deed(5) { $0.createDatanet() },
    Deed(1) { $0.transferDatanet() },
    Deed(2) { $0.changeDatanetTerms() },
    Deed(1) { $0.closeDatanet() },
    Deed(8) { $0.grantRole() },
    Deed(2) { $0.revokeRole() },
    Deed(8) { $0.bondCurator() },
    Deed(5) { $0.unbondCurator() },
    Deed(10) { $0.commitHeldOut() },
    Deed(8) { $0.revealHeldOut() },
  ]
}

// MARK: - A datanet's life
extension World {
  /// A datanet that takes contributions, one of the newest few.
  mutating func openDatanet() -> (known: KnownDatanet, record: DatanetRecord)? {
    let state = state
    guard
      let known = pick(
        Array(datanets.suffix(4)), where: { state.datanet($0.id)?.isClosed == false }),
      let record = state.datanet(known.id)
    else { return nil }
    return (known, record)
  }

  /// The name, or of the careless at times one that nothing has.
  mutating func name<Subject>(_ id: Identifier<Subject>) -> Identifier<Subject> {
    isCareless && chance(1, in: 8) ? Identifier(digest()) : id
  }

  mutating func licence() -> Licence {
    if chance(1, in: 4) { return .custom(digest()) }
    return .spdx(isCareless && chance(1, in: 2) ? "no such licence" : "CC-BY-4.0")
  }

  fileprivate mutating func createDatanet() -> Intent? {
    let open = datanets.filter { state.datanet($0.id)?.isClosed == false }
    guard open.count < 2 || mayMake(.createDatanet, every: 250) else { return nil }
    let message = CreateDatanet(
      name: "datanet", type: pick(DatanetType.allCases) ?? .text, licence: licence(),
      floorRateIn: amount(0, 2), floorRateOut: amount(0, 2),
      contributionDeposit: amount(0, 3_000), bond: amount(isCareless ? 0 : 3_000, 9_000),
      isOpen: !chance(1, in: 3), isPrivate: chance(1, in: 3))
    return Intent(anyone(), .createDatanet(message))
  }

  /// A datanet that its owner may give away or close, since he hides nothing; of the careless any.
  private mutating func freeDatanet() -> (known: KnownDatanet, record: DatanetRecord)? {
    if isCareless { return openDatanet() }
    let state = state
    let free = pick(datanets) { known in
      guard let record = state.datanet(known.id), !record.isClosed else { return false }
      return state.member(MemberName(datanet: known.id, account: record.owner)).hiddenParts == 0
    }
    guard let free, let record = state.datanet(free.id) else { return nil }
    return (free, record)
  }

  fileprivate mutating func transferDatanet() -> Intent? {
    guard let (known, record) = freeDatanet(), chance(1, in: 3) || isCareless else { return nil }
    let recipient = anyone()
    let member = state.member(MemberName(datanet: known.id, account: recipient))
    guard isCareless || !member.hasCuratorsPart else { return nil }
    return Intent(
      signer(record.owner),
      .transferDatanet(TransferDatanet(datanet: name(known.id), to: recipient)))
  }

  fileprivate mutating func changeDatanetTerms() -> Intent? {
    guard let (known, record) = openDatanet() else { return nil }
    let message = ChangeDatanetTerms(
      datanet: known.id, floorRateIn: amount(0, 2), floorRateOut: amount(0, 2),
      contributionDeposit: amount(0, 3_000), isOpen: !chance(1, in: 3))
    return Intent(signer(record.owner), .changeDatanetTerms(message))
  }

  fileprivate mutating func closeDatanet() -> Intent? {
    guard let (known, record) = freeDatanet(), datanets.count > 3, chance(1, in: 4) || isCareless
    else { return nil }
    return Intent(signer(record.owner), .closeDatanet(CloseDatanet(datanet: known.id)))
  }
}

// MARK: - Who may do what
extension World {
  /// Few curate, so that several know the same datanet.
  private mutating func curator() -> Identifier<Account> { actors[16 + below(6)].account }

  fileprivate mutating func grantRole() -> Intent? {
    guard let (known, record) = openDatanet(), let role = pick(DatanetRole.allCases) else {
      return nil
    }
    let account = isCareless && chance(1, in: 4) ? record.owner : curator()
    guard account != record.owner || isCareless else { return nil }
    return Intent(
      signer(record.owner),
      .grantRole(GrantRole(datanet: name(known.id), account: account, role: role)))
  }

  fileprivate mutating func revokeRole() -> Intent? {
    guard let (known, record) = openDatanet(), let role = pick(DatanetRole.allCases) else {
      return nil
    }
    return Intent(
      signer(record.owner),
      .revokeRole(RevokeRole(datanet: known.id, account: curator(), role: role)))
  }

  fileprivate mutating func bondCurator() -> Intent? {
    guard let (known, _) = openDatanet() else { return nil }
    let account = curator()
    let member = state.member(MemberName(datanet: known.id, account: account))
    guard member.isCurator && member.unbonding == .zero || isCareless else { return nil }
    return Intent(
      account, .bondCurator(BondCurator(datanet: known.id, amount: amount(500, 9_000))))
  }

  fileprivate mutating func unbondCurator() -> Intent? {
    guard let known = pick(datanets) else { return nil }
    let account = curator()
    let member = state.member(MemberName(datanet: known.id, account: account))
    guard member.bond > .zero || isCareless else { return nil }
    return Intent(account, .unbondCurator(UnbondCurator(datanet: known.id)))
  }

  /// Somebody who may judge, accept or hold out: a bonded curator, or the owner where one is enough.
  mutating func judge(
    of known: KnownDatanet, _ record: DatanetRecord, orOwner: Bool
  ) -> Identifier<Account>? {
    let state = state
    var judges = actors[16..<22].map(\.account).filter {
      state.isBondedCurator(MemberName(datanet: known.id, account: $0))
    }
    if orOwner { judges.append(record.owner) }
    return pick(judges).map { signer($0) }
  }
}

// MARK: - Held-out sets
extension World {
  fileprivate mutating func commitHeldOut() -> Intent? {
    guard let (known, record) = openDatanet() else { return nil }
    let required = chain.parameters.datanets.curatorsRequired
    guard let curator = judge(of: known, record, orOwner: required == 1) else { return nil }
    let last = state.heldOut(of: known.id, epoch: known.lastEpoch)
    // A set in the making gets more parts; when it is fixed, the next one begins.
    let isFixed = known.lastEpoch == 0 || last?.isFixed == true || last?.isOpened == true
    guard isCareless || !isFixed || mayMake(.publishVersion, every: 150) else { return nil }
    guard isCareless || isFixed || last?.parts.contains(where: { $0.curator == curator }) != true
    else {
      return nil
    }
    let epoch = known.lastEpoch + (isFixed ? 1 : 0)
    let (salt, blob) = (digest(), digest())
    let message = CommitHeldOut(
      datanet: name(known.id), epoch: epoch,
      commitment: CommitHeldOut.commitment(
        datanet: known.id, curator: curator, salt: salt, blob: blob))
    return Intent(curator, .commitHeldOut(message), .heldOut(salt: salt, blob: blob))
  }

  /// Reveals a part of a set whose version is out, some blocks later; some parts stay hidden.
  fileprivate mutating func revealHeldOut() -> Intent? {
    let state = state
    let isOver: (KnownHeldOut) -> Bool = { known in
      guard let record = state.heldOut(of: known.epoch.datanet, epoch: known.epoch.epoch),
        let part = record.parts.first(where: { $0.curator == known.curator }), part.blob == nil
      else { return false }
      // The first opens a set seldom, so that runs and adapters come before; others follow soon.
      return record.isOpened || record.version != nil
    }
    guard let known = pick(heldOuts, where: isOver) else { return nil }
    let record = state.heldOut(of: known.epoch.datanet, epoch: known.epoch.epoch)
    guard record?.isOpened == true || chance(1, in: 6) || isCareless else { return nil }
    let message = RevealHeldOut(
      datanet: name(known.epoch.datanet), epoch: known.epoch.epoch, salt: known.salt,
      blob: isCareless && chance(1, in: 4) ? digest() : known.blob)
    return Intent(signer(known.curator), .revealHeldOut(message))
  }
}
