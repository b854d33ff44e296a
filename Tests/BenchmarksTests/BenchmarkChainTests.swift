import CanonicalCoding
import Foundation
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

@Suite struct StateBenchmarkTests {
  @Test func `a state is measured at each of its sizes`() throws {
    let benchmark = try StateBenchmark.run(
      sizes: [100, 1000], blocks: 3, in: NSTemporaryDirectory())
    #expect(benchmark.steps.map(\.accounts) == [100, 1000])
    for step in benchmark.steps {
      #expect(step.updateMilliseconds.count == 3 && step.commitMilliseconds.count == 3)
      // Seven levels of the tree or more, 40 bytes each; an absence shows two neighbours.
      #expect(step.proofBytes > 280 && step.absenceProofBytes > step.proofBytes * 1.5)
    }
    let figures = Dictionary(uniqueKeysWithValues: benchmark.flat.map { ($0.name, $0.value) })
    #expect(figures["proof_bytes"] == figures["proof_bytes_1e3"])
    #expect((figures["disk_bytes_1e2"] ?? 0) > 0)
  }
}
