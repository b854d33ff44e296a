import Ledger
import Primitives
import Testing

@testable import Benchmarks

@Suite struct MarketAttackTests {
  private let parties = [
    MarketParty.owner, MarketParty.ally, MarketParty.rival, MarketParty.server, MarketParty.payer,
  ]

  @Test func `an honest market pays contributors half of the price, unchallenged`() throws {
    var market = try AttackMarket()
    let batch = try market.settle()
    #expect(market.findings(in: batch).isEmpty)
    try market.payOut(batch)
    let paid = market.income(of: [MarketParty.ally, MarketParty.rival])
    // Half of the price, and two hundredths of it as a subsidy, less what commitments cost.
    let price = 2 * Double(AttackMarket.answerCount)
    #expect(abs(paid - price / 2 * 1.02) < 0.01)
    #expect(market.income(of: [MarketParty.rival]) > 0.2 * paid)
    #expect(market.lostBonds(of: parties) == 0)
    #expect(market.ledger.state.brokenInvariants() == [])
  }

  @Test(arguments: Attack.serverLies.map(\.name))
  func `a server's lie pays its ally as long as nobody looks, and is found`(name: String) throws {
    let lie = try #require(Attack.serverLies.first { $0.name == name }?.lie)
    var honest = try AttackMarket()
    try honest.payOut(try honest.settle())
    var market = try AttackMarket()
    let batch = try market.settle(lie)
    #expect(!market.findings(in: batch).isEmpty)
    try market.payOut(batch)
    #expect(market.income(of: [MarketParty.ally]) > honest.income(of: [MarketParty.ally]))
  }

  @Test(arguments: Attack.serverLies.map(\.name))
  func `a challenged server loses, and the rival of its ally gets what it would`(
    name: String
  ) throws {
    let lie = try #require(Attack.serverLies.first { $0.name == name }?.lie)
    let outcome = try ServerTrial(lie).outcome { try $0.challenge($1, by: MarketParty.challenger) }
    #expect(outcome.profit < -0.9)
    #expect(try #require(outcome.victimLoss) <= 0.02)
  }

  @Test func `whoever pays himself loses what treasury and validators get`() throws {
    let outcome = try Attack.selfPaid()
    // A tenth of the price, and the platform's fee, less the subsidy of a hundredth.
    #expect(outcome.profit < -0.08 && outcome.profit > -0.11)
  }
}
