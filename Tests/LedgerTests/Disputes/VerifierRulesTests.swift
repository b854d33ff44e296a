import Ledger
import Primitives
import Testing

@Suite struct VerifierRulesTests {
  private let register = Message.registerVerifier(RegisterVerifier(bond: tokens(10)))

  @Test func `a verifier leaves with its bond after a window, and may come back`() throws {
    var story = try DisputeStory(verifiers: 1)
    let one = verifiers[0]
    let small = Message.registerVerifier(RegisterVerifier(bond: tokens(9)))
    #expect(try story.chain.rejection(of: small, by: bob) == .dispute(.bondTooSmall))
    let retire = Message.retireVerifier(RetireVerifier())
    #expect(try story.chain.rejection(of: retire, by: bob) == .dispute(.notVerifier))
    let before = story.balance(of: one)
    try story.chain.success(retire, by: one)
    #expect(try story.chain.rejection(of: retire, by: one) == .dispute(.notVerifier))
    #expect(try story.chain.rejection(of: register, by: one) == .dispute(.notVerifier))
    try story.chain.pass(blocks: 3)
    #expect(story.chain.state.verifier(one.account) == nil)
    #expect(
      story.balance(of: one) + TestChain.fee + TestChain.fee + TestChain.fee
        == before + tokens(20))
    try story.chain.success(register, by: one)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a panel has no party, no latecomer, nobody leaving and nobody short of bond`() throws
  {
    var story = try DisputeStory(verifiers: 2)
    let batch = try story.batch(lie: DisputeStory.shift)
    // Carol disputes and erin is accused; both are verifiers.
    for person in [carol, erin] { try story.chain.success(register, by: person) }
    let id = try story.open(batch, right: try story.receipt(2))
    try story.chain.block([
      story.chain.transaction(register, by: verifiers[2]),
      story.chain.transaction(.retireVerifier(RetireVerifier()), by: verifiers[1]),
      story.chain.transaction(story.answer(id), by: erin),
    ])
    #expect(try story.drawn(id).map(\.name) == [verifiers[0].name])
    #expect(story.chain.state.dispute(id)?.panel.count == 1)
  }

  @Test func `a verifier that retires stays until its panel is done`() throws {
    var story = try DisputeStory(verifiers: 3)
    let batch = try story.batch(lie: DisputeStory.shift)
    let id = try story.open(batch, right: try story.receipt(2))
    try story.chain.success(story.answer(id), by: erin)
    let panel = try story.drawn(id)
    try story.chain.success(.retireVerifier(RetireVerifier()), by: panel[0])
    try story.chain.pass(blocks: 6)
    #expect(story.chain.state.verifier(panel[0].account)?.openSeats == 1)
    try story.chain.pass(blocks: 2)
    #expect(story.chain.state.dispute(id)?.round == 2)
    #expect(story.chain.state.verifier(panel[0].account) == nil)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `panels follow the header before, not the answer alone`() throws {
    // The same dispute with other blocks beside it draws other panels.
    var panels: Set<[String]> = []
    for salt in 0..<8 {
      var story = try DisputeStory()
      let batch = try story.batch(lie: DisputeStory.shift)
      let id = try story.open(batch, right: try story.receipt(2))
      try story.chain.success(story.answer(id), by: erin)
      try story.chain.success(
        .transfer(Transfer(to: alice.account, amount: .zero, memo: "\(salt)")), by: bob)
      panels.insert(try story.drawn(id).map(\.name))
    }
    #expect(panels.count > 1)
  }
}
