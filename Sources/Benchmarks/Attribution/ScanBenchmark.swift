internal import Attribution
internal import AttributionRules
internal import Primitives

/// Scans of an influence index of rows of one KiB, beside what this machine's memory gives one core.
struct ScanBenchmark: Sendable {
  /// Of each row: 8,192 signs.
  static let dimension = QueryVector.largestDimension

  let figures: [AttributionBenchmark.Figure]

  /// Cost: a KiB of memory a row, and about a second a million rows and round.
  static func run(rows: Int, rounds: Int) -> ScanBenchmark {
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
      figure(
        "scan_bandwidth_ratio", zip(reads, scans).map { $0 / $1 },
        "the shortlist's scan to reading the same memory and doing nothing, one core"),
      figure("scan_gb_per_s", scans.map { gigabytes / $0 }, "the shortlist's scan, one core"),
      figure("memory_read_gb_per_s", reads.map { gigabytes / $0 }, "reading alone, one core"),
      figure(
        "shortlist_ms", shortlists.map { $0 * 1000 }, "the 256 most promising of \(rows) rows"),
      figure("exact_scan_ms", exact.map { $0 * 1000 }, "every score of \(rows) rows, exactly"),
    ])
  }

  /// The median of the rounds, and their extremes.
  private static func figure(
    _ name: String, _ rounds: [Double], _ meaning: String
  ) -> AttributionBenchmark.Figure {
    let sorted = rounds.sorted()
    return .init(
      name: name, value: sorted[sorted.count / 2],
      interval: (sorted[0], sorted[sorted.count - 1]), meaning: meaning)
  }
}
