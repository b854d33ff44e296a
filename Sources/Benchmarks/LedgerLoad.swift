internal import ClientAPI
internal import Foundation
internal import Ledger
internal import Node
internal import Primitives

/// A node under full load for minutes: memory and latency as time goes by.
public enum LedgerLoad {
  /// What one stretch of the load showed.
  public struct Sample: Sendable {
    public let minutes: Double
    public let transfersPerSecond: Double
    /// Of the whole process, the load's own waiting transactions included.
    public let residentBytes: Int
    public let commitP99Milliseconds: Double
  }

  /// Submits transfers as fast as the node takes them, signing the next stretch's in between.
  ///
  /// - Parameter report: gets a sample for every stretch of some seconds.
  public static func run(
    minutes: Double, in folder: String, report: @Sendable @escaping (Sample) -> Void
  ) async throws {
    let chain = BenchmarkChain(accounts: 100_000)
    let stretch = 100_000
    try await NodeUnderLoad.run(on: chain, in: folder) { load in
      let start = ProcessorClock.wallSeconds()
      var made = 0
      while ProcessorClock.wallSeconds() - start < minutes * 60 {
        let transfers = LedgerBenchmark.encoded(chain.transfers(stretch, after: made))
        made += stretch
        let cost = await load.submit(transfers)
        let timings = load.node.takeBlockTimings().map(\.committing).sorted()
        let p99 = timings.isEmpty ? .zero : timings[(timings.count - 1) * 99 / 100]
        report(
          Sample(
            minutes: (ProcessorClock.wallSeconds() - start) / 60,
            transfersPerSecond: cost.perSecond, residentBytes: residentBytes(),
            commitP99Milliseconds: p99 / .milliseconds(1)))
      }
    }
  }

  /// What the process has in memory, by the kernel's account.
  private static func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
