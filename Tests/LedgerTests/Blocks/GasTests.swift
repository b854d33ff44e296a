import CanonicalCoding
import Ledger
import Primitives
import Testing

@Suite struct GasTests {
  private let message = Message.transfer(Transfer(to: bob.account, amount: tokens(1), memo: ""))

  @Test func `the gas of a transaction is what its bytes, signatures and items cost`() throws {
    let story = try Story()
    let transfer = story.chain.transaction(message, by: alice)
    #expect(transfer.content.gas == 1000 + 10 * UInt64(transfer.canonicalBytes.count) + 600)
    let rotation = story.chain.transaction(
      story.chain.rotation(of: alice, to: alice.key(1)), by: alice)
    #expect(
      rotation.content.gas
        == MessageKind.rotateKey.baseGas + 10 * UInt64(rotation.canonicalBytes.count) + 600 * 2)
    // One draw, and an adapter's parts: seven payees and a lineage.
    let batch = story.chain.transaction(
      try story.settle([try story.receipt(1), try story.receipt(2)]), by: erin)
    #expect(
      batch.content.gas
        == MessageKind.settleBatch.baseGas + 10 * UInt64(batch.canonicalBytes.count) + 600
        + 500 * UInt64(2 + 7 + AdapterRecord.lineageMaximum))
    let checked = try CheckedTransaction(canonicalBytes: batch.canonicalBytes)
    #expect(checked.gas == batch.content.gas)
  }

  @Test func `a block is full when its gas is, and the next one takes the rest`() throws {
    var genesis = Genesis.test
    genesis.parameters.accounts.blockGasMaximum = 40_000_000
    genesis.parameters.accounts.disputeReserve = .percent(50)
    let chain = try TestChain(genesis)
    // A memo of the longest kind makes a transfer of 6640 gas; 3012 of them are below 20,000,000.
    let memo = String(repeating: "m", count: Transfer.memoMaximum)
    let long = Message.transfer(Transfer(to: bob.account, amount: tokens(0), memo: memo))
    let gas = chain.transaction(long, by: alice).content.gas
    var builder = BlockBuilder(on: chain.head, state: chain.state, time: chain.nextTime)
    let room = 20_000_000 / gas
    for ahead in 0..<room {
      try builder.add(
        CheckedTransaction(
          canonicalBytes: chain.transaction(
            long, by: alice, ahead: ahead, fee: Amount(baseUnits: UInt128(gas))
          ).canonicalBytes))
    }
    let last = try CheckedTransaction(
      canonicalBytes: chain.transaction(long, by: alice, ahead: room).canonicalBytes)
    #expect(throws: Rejection.transaction(.blockFull)) { try builder.add(last) }
    var after = chain
    after.commit(try builder.finish())
    try after.block([last.transaction])
  }

  @Test func `no message is beyond the gas of an empty block`() throws {
    let least = MessageKind.allCases.map(\.baseGas)
    // The most that a transaction's bytes can hold of signatures and of items of 16 bytes.
    let bytes = UInt64(Transaction.byteMaximum)
    let most =
      (least.max() ?? 0) + Gas.perByte * bytes + Gas.perSignature * (bytes / 64)
      + Gas.perItem * (bytes / 16)
    #expect(most <= Gas.transactionMaximum)
    #expect(LedgerParameters().isWithinBounds)
    var parameters = LedgerParameters()
    parameters.accounts.blockGasMaximum = Gas.transactionMaximum
    #expect(!parameters.isWithinBounds)
  }
}
