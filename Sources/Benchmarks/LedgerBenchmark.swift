internal import CanonicalCoding
internal import ClientAPI
internal import Ledger
internal import Node
internal import Primitives

/// How fast the ledger is on this machine, every rate beside the machine's own.
public struct LedgerBenchmark: Sendable {
  /// One figure of one or several rounds.
  public struct Figure: Sendable {
    /// As it stands in the file of figures.
    public let name: String
    /// What it counts, for people.
    public let meaning: String
    /// One a round.
    public let rounds: [Double]

    public var median: Double { rounds.isEmpty ? 0 : rounds.sorted()[rounds.count / 2] }
    public var least: Double { rounds.min() ?? 0 }
    public var greatest: Double { rounds.max() ?? 0 }
  }

  public let figures: [Figure]

  /// Runs everything in a folder on the disk to be measured.
  ///
  /// Quick: about half a minute on two idle cores. Nothing else should compute meanwhile.
  public static func run(isQuick: Bool, in folder: String) async throws -> LedgerBenchmark {
    let chain = BenchmarkChain(accounts: 100_000)
    var figures = try await throughput(
      of: chain, rounds: isQuick ? 3 : 7, transfersPerRound: 100_000,
      in: folder)
    figures.append(
      Figure(
        name: "execution_per_s", meaning: "transfers through the rules, in memory, one core",
        rounds: try ExecutionBenchmark.run(
          on: chain, blocks: isQuick ? 5 : 10, transfersPerBlock: 10_000
        ).rates))
    let receipts = ReceiptBenchmark.run(rounds: isQuick ? 5 : 10)
    figures.append(
      Figure(
        name: "receipts_per_s",
        meaning: "receipts divided, hashed and summed into batches, both cores",
        rounds: receipts.allCores))
    figures.append(
      Figure(
        name: "receipts_per_core_s", meaning: "the same by processor time, one core",
        rounds: receipts.oneCore))
    for entries in isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000] {
      let tree = try TreeBenchmark.run(entries: entries, blocks: isQuick ? 3 : 7)
      figures.append(
        Figure(
          name: "root_update_ms_\(entries)",
          meaning: "10,000 writes into a state tree of \(entries) entries, one core",
          rounds: tree.updateMilliseconds))
      guard entries == 100_000 else { continue }
      figures.append(
        Figure(
          name: "proof_bytes", meaning: "a proof of one entry among 100,000, ICS-23",
          rounds: tree.proofBytes))
    }
    return LedgerBenchmark(figures: figures)
  }

  /// Transfers through a whole node, each round between two of raw verification.
  private static func throughput(
    of chain: BenchmarkChain, rounds: Int, transfersPerRound: Int, in folder: String
  ) async throws -> [Figure] {
    let verification = RawVerification(keys: chain.keys)
    let checks = 32_000
    return try await NodeUnderLoad.run(on: chain, in: folder) { load in
      // Nothing is timed before the store, its cache and the clocks have warmed up.
      let warm = chain.transfers(transfersPerRound / 4).map(\.canonicalBytes)
      _ = await load.submit(warm)
      _ = load.node.takeBlockTimings()
      var raw = [verification.measure(checks)]
      var whole: [Cost] = []
      for round in 0..<rounds {
        let start = warm.count + round * transfersPerRound
        let transfers = encoded(chain.transfers(transfersPerRound, after: start))
        whole.append(await load.submit(transfers))
        raw.append(verification.measure(checks))
      }
      let timings = load.node.takeBlockTimings()
      let around = (0..<rounds).map { round in (raw[round], raw[round + 1]) }
      return [
        Figure(
          name: "ratio_to_raw_verify",
          meaning: "durable transfers to raw signature checks, both cores, wall clock",
          rounds: zip(whole, around).map { cost, raw in
            cost.perSecond / ((raw.0.perSecond + raw.1.perSecond) / 2)
          }),
        Figure(
          name: "ratio_by_processor_time",
          meaning: "processor time of a raw check to that of a durable transfer",
          rounds: zip(whole, around).map { cost, raw in
            (raw.0.processorSecondsEach + raw.1.processorSecondsEach) / 2
              / cost.processorSecondsEach
          }),
        Figure(
          name: "transfers_per_s", meaning: "signed transfers, submitted to durable, both cores",
          rounds: whole.map(\.perSecond)),
        Figure(
          name: "raw_verify_per_s", meaning: "libsodium alone on both cores",
          rounds: raw.map(\.perSecond)),
        Figure(
          name: "transfer_us", meaning: "processor time of one durable transfer, microseconds",
          rounds: whole.map { $0.processorSecondsEach * 1e6 }),
      ] + latencies(timings)
    }
  }

  static func latencies(_ timings: [BlockTiming]) -> [Figure] {
    func percentile(_ durations: [Duration], _ part: Double) -> Double {
      guard !durations.isEmpty else { return 0 }
      let sorted = durations.sorted()
      return sorted[Int(Double(sorted.count - 1) * part)] / .milliseconds(1)
    }
    return [
      Figure(
        name: "commit_p99_ms", meaning: "writing a block's changes to disk, synced: p99 of blocks",
        rounds: [percentile(timings.map(\.committing), 0.99)]),
      Figure(
        name: "commit_p50_ms", meaning: "the same: half of all blocks",
        rounds: [percentile(timings.map(\.committing), 0.5)]),
      Figure(
        name: "block_p99_ms", meaning: "a block from its choice to durable: p99 of blocks",
        rounds: [percentile(timings.map(\.whole), 0.99)]),
      Figure(
        name: "prepare_p50_ms", meaning: "executing a block: half of all blocks",
        rounds: [percentile(timings.map(\.preparing), 0.5)]),
      Figure(
        name: "log_p50_ms", meaning: "syncing a block before it is executed: half of all blocks",
        rounds: [percentile(timings.map(\.logging), 0.5)]),
      Figure(
        name: "transfers_per_block", meaning: "half of all blocks",
        rounds: [
          Double(timings.map(\.transactionCount).sorted().dropFirst(timings.count / 2).first ?? 0)
        ]),
    ]
  }

  static func encoded(_ transfers: [Transaction]) -> [[UInt8]] {
    inParallel(transfers.count) { transfers[$0].canonicalBytes }
  }

  /// The figures for programs, flat: the median of the rounds under its name, the extremes beside.
  public var flat: [(name: String, value: Double)] {
    figures.flatMap { figure in
      let median = (name: figure.name, value: figure.median)
      guard figure.rounds.count > 1 else { return [median] }
      return [
        median, (name: figure.name + "_least", value: figure.least),
        (name: figure.name + "_greatest", value: figure.greatest),
      ]
    }
  }
}
