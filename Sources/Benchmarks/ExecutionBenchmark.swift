internal import CanonicalCoding
internal import Ledger
internal import Primitives

/// Transfers through the rules alone: decoded and checked before, on a state in memory, one core.
struct ExecutionBenchmark {
  /// Transfers a second of processor time, one figure a round.
  let rates: [Double]

  /// Everything between a checked transaction and a block's effects counts: fee, sequence, events,
  /// the checks at the block's end, the write set in order and the roots over the results.
  static func run(
    on chain: BenchmarkChain, blocks: Int, transfersPerBlock: Int
  ) throws -> ExecutionBenchmark {
    let (head, first) = try chain.genesis.start()
    let transactions = chain.transfers(transfersPerBlock * blocks)
    let checked = inParallel(transactions.count) {
      try? CheckedTransaction(canonicalBytes: transactions[$0].canonicalBytes)
    }.compactMap { $0 }
    var state = first
    var rates: [Double] = []
    for block in 0..<blocks {
      let part = checked[block * transfersPerBlock..<(block + 1) * transfersPerBlock]
      let start = ProcessorClock.processorSeconds()
      var builder = BlockBuilder(
        on: head, state: state, time: BlockTime(milliseconds: head.header.time.milliseconds + 1))
      for transaction in part { try builder.add(transaction) }
      let effects = try builder.effects()
      let seconds = ProcessorClock.processorSeconds() - start
      rates.append(Double(transfersPerBlock) / seconds)
      state.apply(effects.writes)
    }
    return ExecutionBenchmark(rates: rates)
  }
}
