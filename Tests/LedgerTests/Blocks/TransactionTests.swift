import CanonicalCoding
import Ledger
import Primitives
import Testing

@Suite struct TransactionTests {
  private let message = Message.transfer(
    Transfer(to: bob.account, amount: tokens(1), memo: "for the answer"))

  /// Tries a transaction that must not be included, and checks that it left no trace.
  private func rejection(_ edit: (inout TransactionContent) -> Void) throws -> Rejection? {
    let chain = try TestChain()
    var content = chain.transaction(message, by: alice).content
    edit(&content)
    let checked = try CheckedTransaction(
      canonicalBytes: content.signed(by: alice.key).canonicalBytes)
    var builder = BlockBuilder(on: chain.head, state: chain.state, time: chain.nextTime)
    do {
      try builder.add(checked)
      return nil
    } catch {
      #expect(try builder.finish().writes.isEmpty)
      return error
    }
  }

  @Test func `a transaction that may not enter a block has no effect`() throws {
    #expect(try rejection { _ in } == nil)
    #expect(try rejection { $0.chain = Identifier(digest("fork")) } == .transaction(.wrongChain))
    #expect(try rejection { $0.expiry = .genesis } == .transaction(.expired))
    #expect(try rejection { $0.ordering = .sequence(1) } == .transaction(.wrongSequence))
    #expect(
      try rejection { $0.fee = Amount(baseUnits: UInt128($0.gas) - 1) }
        == .transaction(.feeTooSmall))
    #expect(try rejection { $0 = $0.payingLeast(under: Genesis.testParameters) } == nil)
    #expect(try rejection { $0.signer = bob.account } == .transaction(.wrongKey))
    #expect(try rejection { $0.fee = tokens(1001) } == .transaction(.feeNotCovered))
  }

  @Test func `a transaction is included once`() throws {
    var chain = try TestChain()
    let transaction = chain.transaction(message, by: alice)
    try chain.block([transaction])
    #expect(throws: Rejection.transaction(.wrongSequence)) { try chain.block([transaction]) }
  }

  @Test func `another's signature, or any changed byte, is refused`() throws {
    let chain = try TestChain()
    let content = chain.transaction(message, by: alice).content
    #expect(throws: Rejection.transaction(.badSignature)) {
      try CheckedTransaction(canonicalBytes: content.signed(by: bob.key).canonicalBytes)
    }
    let bytes = chain.transaction(message, by: alice).canonicalBytes
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 1
      #expect(throws: Rejection.self) { try CheckedTransaction(canonicalBytes: damaged) }
    }
  }

  @Test func `bytes that are no transaction are refused before any signature is checked`() {
    #expect(throws: Rejection.transaction(.malformed)) {
      try CheckedTransaction(canonicalBytes: [])
    }
    #expect(throws: Rejection.transaction(.tooLarge)) {
      try CheckedTransaction(
        canonicalBytes: [UInt8](repeating: 0, count: Transaction.byteMaximum + 1))
    }
  }

  @Test func `a memo longer than its maximum is malformed, and never signed for`() throws {
    let chain = try TestChain()
    let memo = String(repeating: "é", count: 129)
    let long = Message.transfer(Transfer(to: bob.account, amount: tokens(1), memo: memo))
    #expect(throws: Rejection.transaction(.malformed)) {
      try CheckedTransaction(canonicalBytes: chain.transaction(long, by: alice).canonicalBytes)
    }
  }
}
