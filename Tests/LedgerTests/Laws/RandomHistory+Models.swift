import Ledger
import Primitives

extension RandomHistory {
  /// Draws a message about models, other than those that make one.
  mutating func modelMessage(
    on chain: TestChain, by person: Person, sequence: (Person) -> UInt64
  ) -> (Message, Person)? {
    switch generator.next(below: 12) {
    case 0:
      guard let base = one(of: baseModels), let to = one(of: everyone) else { return nil }
      let owner = chain.state.baseModel(base)?.owner
      return (
        .transferBaseModel(TransferBaseModel(baseModel: base, to: to.account)),
        everyone.first { $0.account == owner } ?? person
      )
    case 1...4: return adapterMessage(on: chain)
    case 5:
      guard let run = one(of: known(runs, on: chain)) else { return nil }
      return (.withdrawRunBond(WithdrawRunBond(run: run.id)), run.owner)
    case 6...8:
      guard let run = one(of: known(runs, on: chain)) else { return nil }
      let amount = Amount(baseUnits: UInt128(generator.next(below: 1 << 60)))
      return (.stakeOnRun(StakeOnRun(run: run.id, amount: amount)), person)
    default: return stakeMessage(on: chain)
    }
  }

  /// Offers a run's adapter, at times building on others or joining a line.
  mutating func publication(
    of run: (id: Identifier<Run>, owner: Person), on chain: TestChain, sequence: UInt64
  ) -> (Message, Person)? {
    let known = onOffer(chain)
    let parents = Set((0..<generator.next(below: 3)).compactMap { _ in one(of: known)?.id })
    let siblings = known.filter { $0.line.owner.name == run.owner.name || chance(8) }
    let line = chance(3) ? nil : one(of: siblings)?.line
    let own = Identifier<AdapterLine>(creator: run.owner.account, sequence: sequence)
    let offer = PublishAdapter(
      run: run.id, name: "a", rateIn: Amount(baseUnits: UInt128(generator.next(below: 1 << 40))),
      rateOut: Amount(baseUnits: UInt128(generator.next(below: 1 << 40))),
      parents: parents.sorted().map {
        AdapterParent(
          adapter: $0, share: Share(partsPerBillion: UInt32(generator.next(below: 520_000_000))))
      }, line: line?.id)
    adapters.append(
      (
        Identifier(creator: run.owner.account, sequence: sequence), offer,
        line: (line?.id ?? own, run.owner)
      ))
    return (.publishAdapter(offer), run.owner)
  }

  /// Mostly those runs that the ledger took.
  mutating func known(
    _ runs: [(id: Identifier<Run>, owner: Person)], on chain: TestChain
  ) -> [(id: Identifier<Run>, owner: Person)] {
    chance(8) ? runs : runs.filter { chain.state.run($0.id) != nil }
  }

  /// Mostly those adapters that the ledger took and that are not retired.
  mutating func onOffer(_ chain: TestChain) -> [AdapterOnOffer] {
    chance(8)
      ? adapters
      : adapters.filter { chain.state.adapter($0.id).map { $0.retires == nil } ?? false }
  }

  private mutating func adapterMessage(on chain: TestChain) -> (Message, Person)? {
    let lines = adapters.map(\.line).filter {
      chain.state.adapterLine($0.id)?.former.isEmpty == false
    }
    if let line = one(of: lines), chance(3) {
      return (.rollBackAdapter(RollBackAdapter(line: line.id)), line.owner)
    }
    guard let adapter = one(of: onOffer(chain)) else { return nil }
    switch generator.next(below: 8) {
    case 0...2:
      let rate = Amount(baseUnits: UInt128(generator.next(below: 1 << 40)))
      return (
        .changeRates(ChangeRates(adapter: adapter.id, rateIn: rate, rateOut: rate)),
        adapter.line.owner
      )
    case 3...6:
      let others = onOffer(chain).filter {
        chain.state.adapterLine($0.line.id)?.active != $0.id || chance(8)
      }
      guard let other = one(of: others) else { return nil }
      return (.promoteAdapter(PromoteAdapter(adapter: other.id)), other.line.owner)
    default: return (.retireAdapter(RetireAdapter(adapter: adapter.id)), adapter.line.owner)
    }
  }

  /// Asks for reward or stake of whoever has staked.
  private mutating func stakeMessage(on chain: TestChain) -> (Message, Person)? {
    let staked = runs.flatMap { run in
      everyone.compactMap { person in
        chain.state.runStake(StakeName(run: run.id, account: person.account)).map {
          (run: run.id, person, stake: $0)
        }
      }
    }
    guard let (run, person, stake) = one(of: staked) else { return nil }
    guard !chance(3) else { return (.claimStakeReward(ClaimStakeReward(run: run)), person) }
    let all = stake.active.baseUnits + stake.entering.baseUnits
    let part = chance(2) ? all : UInt128(generator.next(below: 1 << 60)) % (all + 1)
    return (.unstakeFromRun(UnstakeFromRun(run: run, amount: Amount(baseUnits: part))), person)
  }
}
