import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

/// The rules and slow books of stake, side by side over random histories.
@Suite struct StakingModelTests {
  private func history(
    seed: UInt64, blocks: Int, check: (TestChain, ExecutedBlock) throws -> Void
  ) throws {
    var chain = try TestChain(StakingHistory.genesis)
    var history = StakingHistory(seed: seed)
    let lazy = everyone[Int(seed % 5)]
    for _ in 0..<blocks {
      chain.stepInMilliseconds = 1 + history.generator.next(below: 4000)
      var builder = BlockBuilder(
        on: chain.head, state: chain.state, time: chain.nextTime,
        report: history.report(on: chain, lazy: lazy))
      var ahead: [String: UInt64] = [:]
      for _ in 0..<history.generator.next(below: 6) {
        guard let (message, person) = history.message(on: chain) else { continue }
        let transaction = chain.transaction(
          message, by: person, ahead: ahead[person.name, default: 0], fee: history.fee())
        let checked = try CheckedTransaction(canonicalBytes: transaction.canonicalBytes)
        if (try? builder.add(checked)) != nil { ahead[person.name, default: 0] += 1 }
      }
      let executed = chain.commit(try builder.finish())
      try check(chain, executed)
    }
  }

  @Test(arguments: [0, 1, 2, 3, 101] as [UInt64])
  func `rules and slow books agree to the unit, block by block`(seed: UInt64) throws {
    var model = StakingModel(StakingHistory.genesis)
    var engine = ActiveSet(members: [])
    try history(seed: seed, blocks: 150) { chain, executed in
      let surprises = model.enter(executed)
      let place = "seed \(seed), block \(executed.block.header.height.number)"
      let state = chain.state
      for index in surprises {
        Issue.record(
          "\(place): \(executed.block.transactions[index].content.message), \(executed.results[index])"
        )
      }
      let balances = Dictionary(
        uniqueKeysWithValues: state.allBalances().map { ($0.holder, $0.amount.baseUnits) })
      #expect(balances == model.balances.filter { $0.value > 0 }, "\(place)")
      expectSameStake(state, model, place)
      expectNearIdeal(state, model, place)
      #expect(state.brokenInvariants().isEmpty, "\(place)")

      // The engine's set, made of nothing but the updates, is the books' active set.
      engine = engine.updated(by: executed.validatorUpdates, from: state.activeSet)
      #expect(engine.members.map(\.consensusKey) == model.active.map(\.key), "\(place)")
      #expect(engine.members.map(\.power) == model.active.map(\.power), "\(place)")
    }
  }

  private func expectSameStake(
    _ state: some StateReader, _ model: StakingModel, _ place: String
  ) {
    let validators = state.validators()
    #expect(validators.count == model.validators.count, "\(place)")
    for (id, record) in validators {
      guard let slow = model.validators.first(where: { $0.id == id }) else { continue }
      #expect(record.tokens.baseUnits == slow.tokens && record.shares == slow.shares, "\(place)")
      #expect(record.power == slow.power && record.offence == slow.offence, "\(place)")
    }
    for person in everyone {
      let real = state.delegations(of: person.account)
      let slow = model.delegations.filter { $0.name.delegator == person.account }
      #expect(real.count == slow.count, "\(place)")
      for (name, record) in real {
        let other = slow.first { $0.name == name }
        #expect(record.shares == other?.shares, "\(place)")
        #expect(state.rewards(of: name).baseUnits == other.map { model.earned(by: $0) }, "\(place)")
      }
      let unbondings = state.unbondings(of: person.account)
      for (name, record) in unbondings {
        let other = model.unbondings.first { $0.name == name }
        #expect(record.balance.baseUnits == other?.balance, "\(place)")
      }
      #expect(
        unbondings.count == model.unbondings.count { $0.name.delegator == person.account },
        "\(place)")
    }
  }

  /// Nobody has more or less than without any rounding, but for the stated truncations.
  private func expectNearIdeal(
    _ state: some StateReader, _ model: StakingModel, _ place: String
  ) {
    for person in everyone {
      let delegations = model.delegations.filter { $0.name.delegator == person.account }
      if let ideal = model.ideal.earnings[person.account] {
        let real = ideal.paid + delegations.reduce(0) { $0 + model.earned(by: $1) }
        let gap = max(real, ideal.units) - min(real, ideal.units)
        #expect(gap <= ideal.slack + UInt128(delegations.count), "\(place)")
      }
      for validator in model.validators {
        let own = delegations.filter { $0.name.validator == validator.id }
        let holding = IdealStake.Holding(account: person.account, validator: validator.id)
        let ideal = (model.ideal.stakes[holding] ?? 0) >> 32
        let real = own.reduce(0) { $0 + model.worth(of: $1) }
        #expect(
          max(real, ideal) - min(real, ideal) <= validator.slack + UInt128(own.count), "\(place)")
      }
    }
  }

  @Test func `the histories reach every message, most refusals, and every judgement`() throws {
    var succeeded: Set<MessageKind> = []
    var refused: Set<String> = []
    var events: Set<EventKind> = []
    for seed in UInt64(0)..<6 {
      try history(seed: seed, blocks: 150) { _, executed in
        events.formUnion(executed.endEvents.map(\.kind))
        for (transaction, result) in zip(executed.block.transactions, executed.results) {
          events.formUnion(result.events.map(\.kind))
          if let rejection = result.rejection {
            refused.insert(rejection.name)
          } else {
            succeeded.insert(transaction.content.message.kind)
          }
        }
      }
    }
    #expect(succeeded == Set(MessageKind.allCases.filter { $0.rawValue >> 8 == 6 }))
    #expect(events.isSuperset(of: EventKind.allCases.filter { (100...114).contains($0.rawValue) }))
    #expect(refused.count >= 16, "\(refused.sorted())")
  }
}

extension ActiveSet {
  /// This set after the engine's changes, in the order of `later`.
  fileprivate func updated(by updates: [ValidatorUpdate], from later: ActiveSet) -> ActiveSet {
    var powers = Dictionary(uniqueKeysWithValues: members.map { ($0.consensusKey, $0.power) })
    for update in updates {
      let isKnown = powers[update.consensusKey] != nil
      #expect(update.power > 0 || isKnown, "only members are removed")
      powers[update.consensusKey] = update.power > 0 ? update.power : nil
    }
    #expect(powers.count == later.members.count)
    return ActiveSet(
      members: later.members.map {
        ActiveValidator(
          validator: $0.validator, consensusKey: $0.consensusKey,
          power: powers[$0.consensusKey] ?? 0)
      })
  }
}
