import CanonicalCoding
import Ledger
import Primitives
import Testing

@Suite struct BlockJournalTests {
  private func transfer(_ amount: Amount, to person: Person) -> Message {
    .transfer(Transfer(to: person.account, amount: amount, memo: ""))
  }

  @Test func `a journal tells what each transaction moved, and nothing of a rejected message`()
    throws
  {
    var chain = try TestChain()
    let executed = try chain.block([
      chain.transaction(transfer(tokens(1), to: bob), by: alice),
      chain.transaction(transfer(tokens(5000), to: bob), by: carol),
    ])
    func fee(of person: Person) -> Movement {
      Movement(
        from: .account(person.account), to: .validators,
        amount: TestChain.fee, cause: .transactionFee)
    }
    let moved = Movement(
      from: .account(alice.account), to: .account(bob.account), amount: tokens(1), cause: .transfer)
    let journal = executed.journal
    #expect(Array(journal.movements(at: 0)) == [fee(of: alice), moved])
    #expect(Array(journal.movements(at: 1)) == [fee(of: carol)])
    #expect(journal.movements(at: 2).isEmpty)
    #expect(try BlockJournal(canonicalBytes: journal.canonicalBytes) == journal)
  }
}
