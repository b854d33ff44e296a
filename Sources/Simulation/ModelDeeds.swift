internal import AttributionRules
internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let modelDeeds: [Deed] = [
    Deed(2) { $0.registerBaseModel() },
    Deed(2) { $0.transferBaseModel() },
    Deed(16) { $0.submitRun() },
    Deed(18) { $0.publishAdapter() },
    Deed(6) { $0.changeRates() },
    Deed(8) { $0.promoteAdapter() },
    Deed(8) { $0.rollBackAdapter() },
    Deed(3) { $0.retireAdapter() },
    Deed(8) { $0.withdrawRunBond() },
    Deed(14) { $0.stakeOnRun() },
    Deed(10) { $0.unstakeFromRun() },
    Deed(8) { $0.claimStakeReward() },
  ]
}

// MARK: - Base models and runs
extension World {
  fileprivate mutating func registerBaseModel() -> Intent? {
    guard baseModels.isEmpty || mayMake(.registerBaseModel, every: 1000) else { return nil }
    let message = RegisterBaseModel(name: "base", weights: digest(), licence: licence())
    return Intent(anyone(), .registerBaseModel(message))
  }

  fileprivate mutating func transferBaseModel() -> Intent? {
    guard let id = pick(baseModels), let record = state.baseModel(id) else { return nil }
    return Intent(
      signer(record.owner),
      .transferBaseModel(TransferBaseModel(baseModel: name(id), to: anyone())))
  }

  fileprivate mutating func submitRun() -> Intent? {
    guard mayMake(.submitRunRecord, every: 80), let version = trainableVersion(),
      let baseModel = pick(baseModels),
      let listed = state.version(version.number, of: version.datanet)?.contributions,
      let owner = state.datanet(version.datanet)?.owner
    else { return nil }
    var uplift: [UpliftEntry] = []
    for id in listed where isCareless || state.contribution(id)?.use == .active {
      guard let contribution = state.contribution(id), !chance(1, in: 10) else { continue }
      uplift.append(
        UpliftEntry(
          contribution: id,
          contributor: isCareless && chance(1, in: 4) ? anyone() : contribution.contributor,
          uplift: Int64(below(40_000)) - 8_000))
    }
    if isCareless, chance(1, in: 3) { uplift.reverse() }
    let known = rows(of: uplift)
    let message = SubmitRunRecord(
      version: VersionName(datanet: name(version.datanet), number: version.number),
      baseModel: name(baseModel), manifest: digest(), adapterWeights: digest(),
      indexRoot: MerkleTree(leaves: known.rows.map(\.canonicalBytes)).root,
      decoyRoot: MerkleTree(leaves: known.decoys.map(\.canonicalBytes)).root,
      rowCount: isCareless && chance(1, in: 4) ? 0 : UInt32(known.rows.count),
      decoyCount: UInt32(known.decoys.count), codeVersion: "1", uplift: uplift,
      bond: isCareless && chance(1, in: 2) ? amount(0, 4_000) : amount(5_000, 50_000))
    return Intent(
      chance(2, in: 3) ? owner : anyone(), .submitRunRecord(message), .run(known))
  }

  /// An index whose rows were contributed by those with uplift.
  ///
  /// One in six commits to rows or decoys out of order.
  private mutating func rows(of uplift: [UpliftEntry]) -> KnownRun {
    func row(_ entry: UpliftEntry?, scale: UInt32, _ world: inout World) -> IndexedRecord {
      IndexedRecord(
        record: world.digest(), tokens: UInt32(1 + world.below(300)),
        origin: RecordOrigin(
          contributor: entry?.contributor.digest ?? world.digest(),
          group: entry?.contribution.digest ?? world.digest()),
        row: SignRow(signs: [world.random.next()], scale: scale))
    }
    let records = (0..<12).map { place in
      row(uplift.isEmpty ? nil : uplift[place % uplift.count], scale: 1 << 30, &self)
    }
    let decoys = (0..<4).map { _ in row(nil, scale: 1 << 10, &self) }
    let index = InfluenceIndex(dimension: 64, records: records, decoys: decoys)
    var committed = (rows: index.records, decoys: index.decoys)
    switch below(12) {
    case 0: committed.rows.swapAt(3, 4)
    case 1: committed.decoys.swapAt(1, 2)
    default: break
    }
    return KnownRun(
      id: Identifier(.zero), index: index, rows: committed.rows, decoys: committed.decoys)
  }

  fileprivate mutating func withdrawRunBond() -> Intent? {
    let state = state
    guard
      let known = pick(
        runs,
        where: { run in
          guard let standing = state.standing(of: run.id) else { return false }
          return standing.status != .open && standing.status != .withdrawn
            && standing.adaptersOnOffer == 0 && standing.openDisputes == 0
        }), let run = state.run(known.id)
    else { return nil }
    // Some runs never have an adapter; the others' owners wait for one.
    guard known.id.digest.bytes[0] < 64 || adapters.count > 8 || isCareless else { return nil }
    return Intent(signer(run.owner), .withdrawRunBond(WithdrawRunBond(run: name(known.id))))
  }
}

// MARK: - Adapters
extension World {
  private mutating func rate() -> Amount { amount(isCareless ? 0 : 2, 40) }

  fileprivate mutating func publishAdapter() -> Intent? {
    let state = state
    guard mayMake(.publishAdapter, every: 60),
      let known = pick(runs.suffix(6), where: { state.standing(of: $0.id)?.isSound == true }),
      let run = state.run(known.id)
    else { return nil }
    var parents: [AdapterParent] = []
    for _ in 0..<below(4) {
      guard let parent = pick(adapters) else { continue }
      parents.append(
        AdapterParent(
          adapter: name(parent), share: .percent(UInt32(isCareless ? below(90) : 1 + below(33)))))
    }
    parents.sort { $0.adapter < $1.adapter }
    if !isCareless {
      var last: Identifier<Adapter>?
      parents = parents.filter { parent in
        defer { last = parent.adapter }
        return parent.adapter != last
      }
    }
    let own = lines.filter { state.adapterLine($0)?.owner == run.owner }
    let line = chance(2, in: 3) ? (isCareless ? pick(lines) : pick(own)) : nil
    let message = PublishAdapter(
      run: name(known.id), name: isCareless && chance(1, in: 4) ? "other" : "adapter",
      rateIn: rate(), rateOut: rate(), parents: parents, line: line.map { name($0) })
    return Intent(signer(run.owner), .publishAdapter(message))
  }

  /// An adapter that is not retired, and its record.
  mutating func adapterOnOffer() -> (id: Identifier<Adapter>, record: AdapterRecord)? {
    let state = state
    guard let id = pick(adapters, where: { state.adapter($0)?.retires == nil }),
      let record = state.adapter(id)
    else { return nil }
    return (id, record)
  }

  fileprivate mutating func changeRates() -> Intent? {
    guard let (id, record) = adapterOnOffer() else { return nil }
    return Intent(
      signer(record.owner),
      .changeRates(ChangeRates(adapter: name(id), rateIn: rate(), rateOut: rate())))
  }

  fileprivate mutating func promoteAdapter() -> Intent? {
    guard let (id, record) = adapterOnOffer(),
      isCareless || state.adapterLine(record.line)?.active != id
    else { return nil }
    return Intent(signer(record.owner), .promoteAdapter(PromoteAdapter(adapter: name(id))))
  }

  fileprivate mutating func rollBackAdapter() -> Intent? {
    let state = state
    guard
      let line = pick(lines, where: { state.adapterLine($0)?.former.isEmpty == false }),
      let record = state.adapterLine(line)
    else { return nil }
    return Intent(signer(record.owner), .rollBackAdapter(RollBackAdapter(line: name(line))))
  }

  fileprivate mutating func retireAdapter() -> Intent? {
    guard let (id, record) = adapterOnOffer(), adapters.count > 3 || isCareless else { return nil }
    return Intent(signer(record.owner), .retireAdapter(RetireAdapter(adapter: id)))
  }
}

// MARK: - Stake behind runs
extension World {
  fileprivate mutating func stakeOnRun() -> Intent? {
    let state = state
    guard
      let run = pick(runs.suffix(6), where: { state.standing(of: $0.id)?.isSound == true })?.id
    else { return nil }
    return Intent(
      staker(), .stakeOnRun(StakeOnRun(run: name(run), amount: amount(1, 20_000))))
  }

  /// Few stake behind runs, so that one stake is changed often.
  private mutating func staker() -> Identifier<Account> { actors[below(5)].account }

  private mutating func stakeName() -> StakeName? {
    guard let run = pick(Array(runs.suffix(chance(1, in: 2) ? 2 : 16)))?.id else { return nil }
    let name = StakeName(run: run, account: staker())
    return state.runStake(name) != nil || isCareless ? name : nil
  }

  fileprivate mutating func unstakeFromRun() -> Intent? {
    guard let name = stakeName() else { return nil }
    let stake = state.runStake(name) ?? RunStake()
    let whole = Amount(baseUnits: stake.active.baseUnits + stake.entering.baseUnits)
    guard whole > .zero || isCareless else { return nil }
    return Intent(
      name.account, .unstakeFromRun(UnstakeFromRun(run: name.run, amount: part(of: whole))))
  }

  fileprivate mutating func claimStakeReward() -> Intent? {
    guard let name = stakeName() else { return nil }
    return Intent(name.account, .claimStakeReward(ClaimStakeReward(run: name.run)))
  }
}
