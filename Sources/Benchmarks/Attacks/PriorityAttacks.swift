internal import Ledger
internal import Primitives

extension Attack {
  /// Being first with what another has.
  static let priorityAttacks: [Attack] = [
    Attack(
      "front_running", "commits what it sees on its way to the ledger, ahead of whose it is",
      unit: .stake
    ) { _ in try FrontRunning().outcome() },
    Attack("republish", "opens a Datanet of its own with the records of another") { workshop in
      try await workshop.republished(workshop.field.victim)
    },
    Attack("republish_noisy", "the same with 10 % of the bytes changed") { workshop in
      let field = workshop.field
      var random = field.random("republish_noisy")
      let documents = field.documents(of: field.victim).map {
        AttackText.changingBytes(of: $0, percent: 10, by: &random)
      }
      return try await workshop.republished(try Offer("copier", documents: documents))
    },
  ]
}

extension AttackWorkshop {
  /// Of a Datanet that the victim did not contribute to, what is paid for the victim's records there.
  fileprivate func republished(_ offer: Offer) async throws -> AttackOutcome {
    let victim = field.victim
    var scene = field.scene
    scene.elsewhere = [victim]
    scene.offers.removeAll { $0.account == victim.account }
    scene.offers.append(Offer("copier", offer.records))
    let income = try await runs.income(of: scene).of("copier")
    let own = try await honestIncome().of(victim.account)
    return AttackOutcome(income: income, baseline: 0, gain: own > 0 ? income / own : nil)
  }
}

/// Somebody who reads transactions before they are in a block.
struct FrontRunning {
  private static let victim = "victim"
  private static let thief = "thief"

  /// The thief repeats the victim's commitment ahead of it in the same block, commits to the same
  /// records ahead of the victim's reveal, and reveals both.
  func outcome() throws -> AttackOutcome {
    var ledger = try AttackLedger(accounts: [MarketParty.owner, Self.victim, Self.thief])
    let datanet = try ledger.datanet()
    let promise = ContributionPromise(recordsOf: Self.victim)
    func commit(as account: String) -> Message {
      .commitContribution(
        CommitContribution(
          datanet: datanet, commitment: promise.commitment(by: ledger.account(account))))
    }
    let before = ledger.wealth(of: [Self.thief])
    let repeated = ledger.next(Contribution.self, by: Self.thief)
    let own = ledger.next(Contribution.self, by: Self.victim)
    try ledger.block([
      (commit(as: Self.victim), Self.thief), (commit(as: Self.victim), Self.victim),
    ])
    let seen = ledger.next(Contribution.self, by: Self.thief)
    try ledger.block([
      (commit(as: Self.thief), Self.thief), (.revealContribution(promise.reveal(own)), Self.victim),
    ])
    for contribution in [repeated, seen] {
      let rejection = try ledger.attempt(
        .revealContribution(promise.reveal(contribution)), by: Self.thief)
      precondition(rejection != nil, "nobody reveals what another has committed to first")
    }
    let stake = 2 * AttackMarket.deposit.inTokens
    let lost = (before - ledger.wealth(of: [Self.thief])) / Double(AttackLedger.token)
    let stands = ledger.state.contribution(own)?.content != nil
    return AttackOutcome(
      income: 0, baseline: 0, cost: lost / stake, victimLoss: stands ? 0 : 1)
  }
}
