import CanonicalCoding
import Ledger
import Primitives
import Testing

@Suite struct ReplayLawTests {
  /// Draws a transfer, in order or not, that is right for the next block.
  private func transfer(
    _ generator: inout SeededGenerator, on chain: TestChain, ahead: inout [String: UInt64]
  ) -> Transaction {
    let person = everyone[Int(generator.next(below: 5))]
    let message = Message.transfer(
      Transfer(to: alice.account, amount: Amount(baseUnits: 1), memo: ""))
    guard generator.next(below: 2) == 0 else {
      return chain.unordered(
        message, by: person, nonce: generator.next(below: 1 << 40),
        lifetime: generator.next(below: 20_000))
    }
    defer { ahead[person.name, default: 0] += 1 }
    return chain.transaction(message, by: person, ahead: ahead[person.name, default: 0])
  }

  @Test(arguments: UInt64(0)..<8)
  func `whatever was in a block once enters no block again`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var chain = try TestChain()
    var included: [Transaction] = []
    var refusals: Set<String> = []
    for _ in 0..<60 {
      chain.stepInMilliseconds = 1 + generator.next(below: 4000)
      var builder = BlockBuilder(on: chain.head, state: chain.state, time: chain.nextTime)
      var ahead: [String: UInt64] = [:]
      for _ in 0..<generator.next(below: 6) {
        let transaction = transfer(&generator, on: chain, ahead: &ahead)
        try builder.add(CheckedTransaction(canonicalBytes: transaction.canonicalBytes))
        included.append(transaction)
      }
      for _ in 0..<4 where !included.isEmpty {
        let old = included[Int(generator.next(below: UInt64(included.count)))]
        let checked = try CheckedTransaction(canonicalBytes: old.canonicalBytes)
        let refusal = #expect(throws: Rejection.self, "seed \(seed)") { try builder.add(checked) }
        refusals.insert(refusal?.name ?? "none")
      }
      chain.commit(try builder.finish())
      #expect(chain.state.brokenInvariants().isEmpty, "seed \(seed)")
      #expect(
        chain.state.records(in: .nonces, named: NonceName.self, as: Bool.self)
          .allSatisfy { $0.name.expiry > chain.head.header.time }, "seed \(seed)")
    }
    #expect(
      refusals == [
        "transaction_wrong_sequence", "transaction_nonce_used", "transaction_expired",
      ], "seed \(seed)")
  }
}
