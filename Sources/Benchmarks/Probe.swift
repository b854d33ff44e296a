public func probeExecution() throws -> [Double] {
  let chain = BenchmarkChain(accounts: 100_000)
  return try ExecutionBenchmark.run(on: chain, blocks: 10, transfersPerBlock: 10_000).rates
}
