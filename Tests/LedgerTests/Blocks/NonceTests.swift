import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct NonceTests {
  private let message = Message.transfer(Transfer(to: bob.account, amount: tokens(1), memo: ""))

  /// A signed transaction of alice's in no order, which expires so long after the next block.
  private func unordered(
    _ nonce: UInt64, after milliseconds: UInt64, on chain: TestChain
  ) -> Transaction {
    chain.unordered(message, by: alice, nonce: nonce, lifetime: milliseconds)
  }

  @Test func `unordered transactions enter in any order, and leave the sequence alone`() throws {
    var chain = try TestChain()
    let far = unordered(9, after: 5000, on: chain)
    let near = unordered(1, after: 4000, on: chain)
    let ordered = chain.transaction(message, by: alice)
    try chain.block([far, ordered, near])
    #expect(chain.state.account(alice.account)?.sequence == 1)
    #expect(chain.state.account(alice.account)?.openNonces == 2)
    #expect(chain.state.balance(of: .account(bob.account)) == tokens(1003))
  }

  @Test func `a nonce is refused again until it expires, and from then on for its time`() throws {
    var chain = try TestChain()
    let transaction = unordered(7, after: 2500, on: chain)
    try chain.block([transaction])
    for rejection: TransactionRejection in [.nonceUsed, .nonceUsed, .expired, .expired] {
      #expect(throws: Rejection.transaction(rejection)) { try chain.block([transaction]) }
      try chain.block()
    }
    #expect(chain.state.account(alice.account)?.openNonces == 0)
  }

  @Test func `a nonce that expires at a block's own time enters it, and is forgotten with it`()
    throws
  {
    var chain = try TestChain()
    let transaction = unordered(7, after: 0, on: chain)
    try chain.block([transaction])
    #expect(chain.state.account(alice.account)?.openNonces == 0)
    #expect(throws: Rejection.transaction(.expired)) { try chain.block([transaction]) }
  }

  @Test func `an expiry lies no further ahead than the lifetime`() throws {
    var chain = try TestChain()
    let lifetime = Genesis.testParameters.accounts.nonceLifetime
    let far = unordered(1, after: lifetime + 1, on: chain)
    #expect(throws: Rejection.transaction(.nonceExpiryTooFar)) { try chain.block([far]) }
    try chain.block([unordered(1, after: lifetime, on: chain)])
  }

  @Test func `an account has so many nonces at once, and room again once they expire`() throws {
    var genesis = Genesis.test
    genesis.parameters.accounts.nonceMaximum = 3
    var chain = try TestChain(genesis)
    try chain.block((UInt64(0)..<3).map { unordered($0, after: 1500, on: chain) })
    let fourth = unordered(3, after: 1500, on: chain)
    #expect(throws: Rejection.transaction(.noncesFull)) { try chain.block([fourth]) }
    try chain.block()
    #expect(throws: Rejection.transaction(.noncesFull)) { try chain.block([fourth]) }
    try chain.block()
    try chain.block([unordered(3, after: 0, on: chain)])
    #expect(chain.state.brokenInvariants().isEmpty)
  }

  @Test func `what an unordered transaction creates has a name of its own`() throws {
    var chain = try TestChain()
    let open = Message.openChannel(
      OpenChannel(server: erin.account, signingKey: alice.key.publicKey, deposit: tokens(1)))
    let transactions = (UInt64(0)..<2).map {
      chain.unordered(open, by: alice, nonce: $0, lifetime: 1000)
    }
    try chain.block(transactions + [chain.transaction(open, by: alice)])
    let ids = (transactions.map(\.content.ordering) + [.sequence(0)]).map {
      Identifier<Channel>(creator: alice.account, ordering: $0)
    }
    #expect(Set(ids).count == 3)
    #expect(ids.allSatisfy { chain.state.channel($0) != nil })
  }
}
