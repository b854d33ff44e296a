import CanonicalCoding
import Ledger
import Primitives
import Testing

@Suite struct BlockTests {
  private let transfer = Message.transfer(Transfer(to: bob.account, amount: tokens(1), memo: ""))

  @Test func `a follower reaches the producer's header, and refuses any other`() throws {
    var chain = try TestChain()
    let (head, state) = try Genesis.test.start()
    let block = try chain.block([chain.transaction(transfer, by: alice)]).block
    #expect(try block.executed(on: head, state: state).head.header == chain.head.header)

    var changed = block
    changed.header.stateRoot = digest("another state")
    #expect(throws: BlockError.headerMismatch) { try changed.executed(on: head, state: state) }
    changed = block
    changed.transactions = []
    #expect(throws: BlockError.headerMismatch) { try changed.executed(on: head, state: state) }
    changed = block
    changed.transactions += block.transactions
    #expect(throws: BlockError.transactionRejected(index: 1, .transaction(.wrongSequence))) {
      try changed.executed(on: head, state: state)
    }
    changed = block
    changed.header.time = head.header.time
    #expect(throws: BlockError.timeOutOfBounds) { try changed.executed(on: head, state: state) }
    changed.header.time = BlockTime(milliseconds: BlockTime.latest.milliseconds + 1)
    #expect(throws: BlockError.timeOutOfBounds) { try changed.executed(on: head, state: state) }
  }

  @Test func `a block survives its encoding`() throws {
    var chain = try TestChain()
    let block = try chain.block([chain.transaction(transfer, by: alice)]).block
    #expect(try Block(canonicalBytes: block.canonicalBytes) == block)
  }

  @Test func `a genesis that mints too much, twice, or against the bounds starts nothing`() {
    var genesis = Genesis.test
    genesis.allocations.append(genesis.allocations[0])
    #expect(throws: GenesisError.allocationsUnsorted) { try genesis.start() }
    genesis = .test
    genesis.allocations[0].amount = Genesis.supplyMaximum
    #expect(throws: GenesisError.supplyTooLarge) { try genesis.start() }
    genesis = .test
    genesis.parameters.receipts.split.treasury = .zero
    #expect(throws: GenesisError.parametersOutOfBounds) { try genesis.start() }
    genesis = .test
    genesis.time = .latest
    #expect(throws: GenesisError.timeOutOfBounds) { try genesis.start() }
  }

  @Test func `another genesis is another chain`() {
    var genesis = Genesis.test
    genesis.time = BlockTime(milliseconds: 1)
    #expect(genesis.chain != Genesis.test.chain)
  }
}
