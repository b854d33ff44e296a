internal import Attribution
internal import AttributionRules
internal import Primitives

/// Scans of an influence index of rows of one KiB, beside what this machine's memory gives one core.
public struct ScanBenchmark: Sendable {
  /// Of each row: 8,192 signs.
  static let dimension = QueryVector.largestDimension

  public let figures: [LedgerBenchmark.Figure]

  /// Cost: a KiB of memory a row, and about a second a million rows and round.
  public static func run(rows: Int, rounds: Int) -> ScanBenchmark {
    var generator = SeededGenerator(seed: 1)
    var signs: [UInt64] = []
    signs.reserveCapacity(rows * dimension / 64)
    for _ in 0..<rows * dimension / 64 { signs.append(generator.next()) }
    let packed = PackedRows(
      signs: signs, scales: [UInt32](repeating: 1 << 20, count: rows), dimension: dimension)
    let query = QueryVector(
      values: (0..<dimension).map { _ in Int16(truncatingIfNeeded: generator.next()) })
    // Once before the clock runs, so that every page is there.
    var checksum = packed.readOnce()
    _ = packed.scanOnce(query)

    var reads: [Double] = []
    var scans: [Double] = []
    var shortlists: [Double] = []
    var exact: [Double] = []
    for _ in 0..<rounds {
      reads.append(Cost.of(1) { checksum ^= packed.readOnce() }.processorSecondsEach)
      scans.append(Cost.of(1) { _ = packed.scanOnce(query) }.processorSecondsEach)
      shortlists.append(
        Cost.of(1) { _ = packed.shortlist(for: query, length: 256) }.processorSecondsEach)
      exact.append(Cost.of(1) { _ = packed.scores(query) }.processorSecondsEach)
    }
    precondition(checksum == (rounds.isMultiple(of: 2) ? packed.readOnce() : 0), "all was read")
    let gigabytes = Double(rows * dimension / 8) / 1e9
    return ScanBenchmark(figures: [
      .init(
        name: "scan_bandwidth_ratio",
        meaning: "the shortlist's scan to reading the same memory and doing nothing, one core",
        rounds: zip(reads, scans).map { $0 / $1 }),
      .init(
        name: "scan_gb_per_s", meaning: "the shortlist's scan, one core",
        rounds: scans.map { gigabytes / $0 }),
      .init(
        name: "memory_read_gb_per_s", meaning: "reading alone, one core",
        rounds: reads.map { gigabytes / $0 }),
      .init(
        name: "shortlist_ms", meaning: "the 256 most promising of \(rows) rows",
        rounds: shortlists.map { $0 * 1000 }),
      .init(
        name: "exact_scan_ms", meaning: "every score of \(rows) rows, exactly",
        rounds: exact.map { $0 * 1000 }),
    ])
  }
}
