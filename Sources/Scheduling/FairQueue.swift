internal import Primitives

/// Waiting sequences, in an order that is fair between payers.
///
/// Of the highest priority that waits, the payer's turn is the one who was served the fewest tokens;
/// a payer's own sequences keep their order. Whoever comes back after a pause is counted as served
/// like the least served of those who are there, so that pausing saves up no claim (virtual token
/// counters: Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024).
struct FairQueue {
  struct Entry {
    let sequence: SequenceNumber
    let payer: Digest
    let priority: Int
  }

  /// In the order in which they came.
  private var entries: [Entry] = []
  private var served: [Digest: UInt64] = [:]
  /// How many sequences of a payer wait or run.
  private var openCounts: [Digest: Int] = [:]
  /// What the last payer to leave had been served, for when nobody is left to compare with.
  private var floor: UInt64 = 0

  var count: Int { entries.count }

  func waitingCount(of payer: Digest) -> Int { entries.count { $0.payer == payer } }

  mutating func enter(_ entry: Entry) {
    if openCounts[entry.payer] == nil {
      let least = openCounts.keys.compactMap { served[$0] }.min() ?? floor
      served[entry.payer] = max(served[entry.payer] ?? 0, least)
    }
    openCounts[entry.payer, default: 0] += 1
    entries.append(entry)
  }

  /// Whose turn it is.
  var next: Entry? {
    guard let highest = entries.map(\.priority).max() else { return nil }
    // The first of equals: whoever came first.
    return entries.filter { $0.priority == highest }.min {
      served[$0.payer, default: 0] < served[$1.payer, default: 0]
    }
  }

  mutating func remove(_ sequence: SequenceNumber) {
    entries.removeAll { $0.sequence == sequence }
  }

  /// Counts tokens that a payer was served: those read once, those written twice, for a written one
  /// costs a whole step.
  mutating func serve(_ payer: Digest, read: Int = 0, written: Int = 0) {
    served[payer, default: 0] += UInt64(read + 2 * written)
  }

  func servedCount(of payer: Digest) -> UInt64 { served[payer, default: 0] }

  /// Says that a sequence is over.
  ///
  /// A payer without any is remembered while others are behind them.
  mutating func leave(_ payer: Digest) {
    guard let count = openCounts[payer] else { return }
    if count > 1 {
      openCounts[payer] = count - 1
      return
    }
    openCounts[payer] = nil
    floor = max(floor, served[payer, default: 0])
    let least = openCounts.keys.compactMap { served[$0] }.min() ?? floor
    // They would be lifted to the least anyway.
    served = served.filter { openCounts[$0.key] != nil || $0.value > least }
    guard served.count > Self.rememberedMaximum else { return }
    let gone = served.filter { openCounts[$0.key] == nil }.sorted {
      ($0.value, $0.key) < ($1.value, $1.key)
    }
    for (payer, _) in gone.prefix(served.count - Self.rememberedMaximum) { served[payer] = nil }
  }

  /// The most payers that counts are kept of.
  static let rememberedMaximum = 10_000
}
