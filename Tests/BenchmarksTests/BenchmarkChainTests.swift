import CanonicalCoding
import Ledger
import Primitives
import Testing

@testable import Benchmarks

@Suite struct BenchmarkChainTests {
  @Test func `every transfer of the load is one that the rules take`() throws {
    let chain = BenchmarkChain(accounts: 7)
    let (head, state) = try chain.genesis.start()
    var builder = BlockBuilder(
      on: head, state: state, time: BlockTime(milliseconds: 2_000_000))
    for transaction in chain.transfers(10) + chain.transfers(11, after: 10) {
      let result = try builder.add(CheckedTransaction(canonicalBytes: transaction.canonicalBytes))
      #expect(result.rejection == nil)
    }
    #expect(builder.transactionCount == 21)
  }

  @Test func `execution is measured once a block`() throws {
    let rates = try ExecutionBenchmark.run(
      on: BenchmarkChain(accounts: 5), blocks: 3, transfersPerBlock: 4
    ).rates
    #expect(rates.count == 3 && rates.allSatisfy { $0 > 0 })
  }
}
