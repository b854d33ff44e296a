import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct KeyRotationTests {
  private let thanks = Message.transfer(Transfer(to: bob.account, amount: tokens(1), memo: ""))

  @Test func `the new key opens the account, and the old one nothing any more`() throws {
    var chain = try TestChain()
    try chain.success(chain.rotation(of: alice, to: alice.key(1)), by: alice)
    var content = chain.transaction(thanks, by: alice).content
    #expect(content.publicKey == alice.key(1).publicKey)
    content.publicKey = alice.key.publicKey
    let old = content.signed(by: alice.key)
    #expect(throws: Rejection.transaction(.wrongKey)) { try chain.block([old]) }
    try chain.success(thanks, by: alice)
    #expect(chain.state.account(alice.account)?.sequence == 2)
  }

  @Test func `what was signed with the old key before the rotation enters no later block`() throws {
    var chain = try TestChain()
    let waiting = chain.transaction(thanks, by: alice, ahead: 1)
    let unordered = chain.unordered(thanks, by: alice, nonce: 1, lifetime: 60_000)
    try chain.success(chain.rotation(of: alice, to: alice.key(1)), by: alice)
    for transaction in [waiting, unordered] {
      #expect(throws: Rejection.transaction(.wrongKey)) { try chain.block([transaction]) }
    }
  }

  @Test func `channels and claims follow the account, not the key`() throws {
    var story = try Story()
    try story.chain.success(story.chain.rotation(of: dave, to: dave.key(1)), by: dave)
    try story.chain.success(story.chain.rotation(of: erin, to: erin.key(2)), by: erin)
    let (batch, contents) = try story.settledBatch(1...1)
    let before = story.chain.state.balance(of: .account(dave.account))
    try story.chain.success(.closeChannel(CloseChannel(channel: story.channel)), by: erin)
    #expect(story.chain.state.balance(of: .account(dave.account)) > before)
    try story.chain.success(story.chain.rotation(of: bob, to: bob.key(3)), by: bob)
    try story.chain.success(
      .revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    let unpaid = story.chain.state.balance(of: .account(bob.account))
    story.chain.stepInMilliseconds = 60_000
    try story.chain.pass(blocks: 4)
    try story.chain.success(
      .claimAmounts(ClaimAmounts(claims: contents.claims(of: batch))), by: alice)
    #expect(story.chain.state.balance(of: .account(bob.account)) > unpaid)
  }

  @Test func `nobody takes a key that did not agree to just this rotation`() throws {
    var chain = try TestChain()
    try chain.block()
    let right = KeyAcceptance(chain: chain.id, account: alice.account, ordering: .sequence(0))
    var wrong: [RotateKey] = []
    for edit: (inout KeyAcceptance) -> Void in [
      { $0.chain = Identifier(digest("fork")) }, { $0.account = bob.account },
      { $0.ordering = .sequence(9) },
      { $0.ordering = .unordered(expiry: BlockTime(milliseconds: 0), nonce: 0) },
    ] {
      var acceptance = right
      edit(&acceptance)
      wrong.append(acceptance.rotation(to: carol.key))
    }
    // Carol's key, with a signature of alice's own.
    wrong.append(
      RotateKey(
        newKey: carol.key.publicKey, acceptance: right.rotation(to: alice.key).acceptance))
    for message in wrong {
      #expect(
        try chain.rejection(of: .rotateKey(message), by: alice) == .account(.keyNotAccepted))
    }
    #expect(chain.state.account(alice.account)?.publicKey == alice.key.publicKey)
  }

  @Test func `an acceptance is good once`() throws {
    var chain = try TestChain()
    let rotation = chain.rotation(of: alice, to: alice.key(1))
    try chain.success(rotation, by: alice)
    try chain.success(chain.rotation(of: alice, to: alice.key(2)), by: alice)
    #expect(try chain.rejection(of: rotation, by: alice) == .account(.keyNotAccepted))
    #expect(chain.state.account(alice.account)?.publicKey == alice.key(2).publicKey)
  }

  @Test func `two accounts may be opened by one key, and stay two`() throws {
    var chain = try TestChain()
    let acceptance = KeyAcceptance(
      chain: chain.id, account: alice.account, ordering: .sequence(0))
    try chain.success(.rotateKey(acceptance.rotation(to: bob.key)), by: alice)
    let hers = TransactionContent(
      chain: chain.id, signer: alice.account, publicKey: bob.key.publicKey,
      ordering: .sequence(1), fee: TestChain.fee, expiry: Height(100), message: thanks)
    try chain.block([hers.signed(by: bob.key), chain.transaction(thanks, by: bob)])
    #expect(chain.state.account(alice.account)?.sequence == 2)
    #expect(chain.state.account(bob.account)?.sequence == 1)
  }
}
