import Ledger
import Primitives
import Testing

@Suite struct DelegationRulesTests {
  private let fee = TestChain.fee

  @Test func `delegated money is bonded, counts for power, and returns after the window`() throws {
    var chain = try StakingFixture.chain()
    let before = chain.money(of: carol)
    try chain.success(
      .delegate(Delegate(validator: alice.account, amount: tokens(50))), by: carol)
    #expect(chain.state.validator(alice.account)?.power == 150)
    #expect(chain.state.bondedTotal == tokens(250))
    #expect(chain.state.votingPower(of: carol.account) == tokens(50))

    try chain.success(
      .undelegate(Undelegate(validator: alice.account, amount: tokens(50))), by: carol)
    let undelegated = chain.height
    #expect(chain.state.validator(alice.account)?.power == 100)
    #expect(chain.state.balance(of: .unbondingStake) == tokens(50))
    #expect(chain.state.delegations(of: carol.account).isEmpty)

    try chain.pass(blocks: 19)
    #expect(chain.state.balance(of: .unbondingStake) == tokens(50))
    try chain.block()
    #expect(chain.height == Height(undelegated.number + 20))
    #expect(chain.state.balance(of: .unbondingStake) == .zero)
    // Two fees, and the share of the validators' fees that her stake earned meanwhile.
    let earned = chain.state.total(of: .stakingReward)
    #expect(
      chain.money(of: carol).baseUnits
        == before.baseUnits - 2 * TestChain.fee.baseUnits + earned.baseUnits)
    #expect(chain.state.brokenInvariants().isEmpty)
  }
}
