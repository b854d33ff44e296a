extension Attack {
  /// Paying oneself, on the ledger.
  static let paymentAttacks: [Attack] = [
    Attack(
      "self_paid", "buys from itself, as payer, server, owner and every contributor", unit: .fees
    ) { _ in try selfPaid() }
  ]

  /// A subsidy pool is there to be had; nobody pays but the attacker.
  static func selfPaid() throws -> AttackOutcome {
    var market = try AttackMarket()
    let batch = try market.settle()
    try market.payOut(batch)
    let everything = [
      MarketParty.owner, MarketParty.ally, MarketParty.rival, MarketParty.server,
      MarketParty.payer,
    ]
    return AttackOutcome(
      income: market.income(of: everything) / (try market.fees()) + 1, baseline: 0, cost: 1)
  }
}
