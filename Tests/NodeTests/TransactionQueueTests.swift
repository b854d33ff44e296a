import CanonicalCoding
import ClientAPI
import Ledger
import Primitives
import Testing

@testable import Node

@Suite struct TransactionQueueTests {
  @Test func `who was checked before a block and arrives behind it follows what the block holds`()
    throws
  {
    let queue = TransactionQueue()
    func checked(_ sequence: UInt64) throws -> CheckedTransaction {
      try CheckedTransaction(
        canonicalBytes: transaction(
          transfer(1), by: payer, sequence: sequence, chain: Genesis.test.chain
        ).canonicalBytes)
    }
    let room = BlockRoom(
      transactions: 10, sizeInBytes: .max, gas: .max, ordinaryGas: .max)
    let first = try checked(0)
    queue.add(first, next: 0) { _ in }
    #expect(queue.takeBlock(room: room) == [first])
    queue.settle(
      MadeBlock(
        outcomes: [
          TransactionOutcome(
            id: first.id, height: Height(1), index: 0,
            result: TransactionResult(code: 0, events: []))
        ], refused: [], nextHeight: Height(2), time: BlockTime(milliseconds: 1)))
    // Both were checked against the state in which the account had sent nothing.
    let (again, second) = (try checked(0), try checked(1))
    queue.add(again, next: 0) { answer in
      #expect(throws: ClientFailure(.transaction(.wrongSequence))) { try answer.get() }
    }
    queue.add(second, next: 0) { _ in }
    #expect(queue.takeBlock(room: room) == [second])
  }
}
