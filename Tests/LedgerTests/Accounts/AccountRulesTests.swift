import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct AccountRulesTests {
  private func transfer(_ amount: Amount, to person: Person = bob) -> Message {
    .transfer(Transfer(to: person.account, amount: amount, memo: "thanks"))
  }

  @Test func `a transfer moves exactly its amount, and the fee goes to the validators`() throws {
    var chain = try TestChain()
    try chain.success(transfer(tokens(7)), by: alice)
    let fee = TestChain.fee
    #expect(chain.state.balance(of: .account(bob.account)) == tokens(1007))
    #expect(chain.state.balance(of: .account(alice.account)) == (try tokens(993).subtracting(fee)))
    #expect(chain.state.balance(of: .validators) == fee)
    #expect(chain.state.auditSupply())
  }

  @Test func `a transfer beyond the balance moves nothing, and its fee is paid`() throws {
    var chain = try TestChain()
    #expect(
      try chain.rejection(of: transfer(tokens(1000)), by: alice) == .account(.insufficientBalance))
  }

  private func many(_ amounts: [UInt128], to people: [Person]) -> Message {
    .transferToMany(
      TransferToMany(
        payments: zip(people, amounts).map { Payment(to: $0.account, amount: tokens($1)) },
        memo: "shares"))
  }

  @Test func `a transfer to many pays each of them`() throws {
    var chain = try TestChain()
    try chain.success(many([1, 2, 4, 8], to: [bob, carol, bob, alice]), by: alice)
    #expect(chain.state.balance(of: .account(bob.account)) == tokens(1005))
    #expect(chain.state.balance(of: .account(carol.account)) == tokens(1002))
    #expect(
      chain.state.balance(of: .account(alice.account))
        == (try tokens(993).subtracting(TestChain.fee)))
    #expect(chain.state.auditSupply())
  }

  @Test func `a transfer to many that runs out of money pays nobody`() throws {
    var chain = try TestChain()
    let much = many([600, 600], to: [bob, carol])
    #expect(try chain.rejection(of: much, by: alice) == .account(.insufficientBalance))
    #expect(try chain.rejection(of: many([], to: []), by: alice) == .account(.noPayments))
  }

  @Test func `a list of payments has a maximum`() throws {
    let chain = try TestChain()
    let most = TransferToMany.paymentMaximum
    for count in [most, most + 1] {
      let message = many(
        [UInt128](repeating: 0, count: count), to: [Person](repeating: bob, count: count))
      let bytes = chain.transaction(message, by: alice).canonicalBytes
      #expect(((try? CheckedTransaction(canonicalBytes: bytes)) != nil) == (count == most))
    }
  }

  @Test func `paying oneself changes nothing but the fee`() throws {
    var chain = try TestChain()
    try chain.success(transfer(tokens(10), to: alice), by: alice)
    let fee = TestChain.fee
    #expect(
      chain.state.balance(of: .account(alice.account)) == (try tokens(1000).subtracting(fee)))
  }

  @Test func `an account's key is shown by its first transaction`() throws {
    var chain = try TestChain()
    let frank = Person("frank")
    #expect(chain.state.account(frank.account) == nil)
    try chain.success(transfer(tokens(3), to: frank), by: alice)
    #expect(chain.state.account(frank.account) == AccountRecord(balance: tokens(3)))
    try chain.success(transfer(tokens(1), to: alice), by: frank)
    let record = try #require(chain.state.account(frank.account))
    #expect(record.sequence == 1 && record.publicKey == frank.key.publicKey)
  }

  @Test func `an emptied account leaves its sequence behind, and no balance`() throws {
    var chain = try TestChain()
    let all = try tokens(1000).subtracting(TestChain.fee)
    try chain.success(transfer(all), by: alice)
    #expect(!chain.state.allBalances().contains { $0.holder == .account(alice.account) })
    #expect(chain.state.account(alice.account)?.sequence == 1)
  }
}
