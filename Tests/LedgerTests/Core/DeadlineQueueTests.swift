import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct DeadlineQueueTests {
  @Test func `a block does a bounded amount of due work, and the rest follows`() throws {
    var chain = try TestChain()
    let count: UInt64 = 300
    func channel(_ number: UInt64) -> Identifier<Channel> {
      Identifier(creator: alice.account, sequence: number)
    }
    let open = Message.openChannel(
      OpenChannel(
        server: bob.account, signingKey: alice.key.publicKey, deposit: Amount(baseUnits: 9)))
    try chain.block(
      (0..<count).map { chain.transaction(open, by: alice, ahead: $0) })
    try chain.block(
      (0..<count).map {
        chain.transaction(
          .closeChannel(CloseChannel(channel: channel($0))), by: alice, ahead: $0)
      })
    chain.stepInMilliseconds = 60_000
    try chain.block()
    #expect(try chain.block().endEvents.count == 256)
    #expect(try chain.block().endEvents.count == 44)
    #expect(try chain.block().endEvents.isEmpty)
    #expect((0..<count).allSatisfy { chain.state.channel(channel($0))?.status == .closed })
    #expect(chain.state.auditSupply())
  }
}
