/// How surprising each byte of an answer is, and what of that counts for spans.
///
/// In sixteenths of a bit, from one committed table: sums of integers, the same on every machine. What
/// everybody repeats (``PublicBackground``) counts for nothing.
public struct AnswerSurprisal: Hashable, Sendable {
  /// Of all bytes, counted or not.
  public let total: UInt64
  /// What counts of the bytes before each position, and of all of them last.
  private let countedBefore: [UInt64]

  /// - Parameters:
  ///   - prompt: what stood before the answer: a run of ``SpanLimits/promptedRun`` bytes or more
  ///     that stands in it too was given, not found.
  /// - Complexity: O(answer · log background + prompt · log prompt).
  public init(of answer: [UInt8], prompt: [UInt8]) {
    let counts = zip(Self.unprompted(answer, prompt: prompt), PublicBackground.marks(in: answer))
      .map { $0 && !$1 }
    var total: UInt64 = 0
    var counted: UInt64 = 0
    var sums: [UInt64] = [0]
    sums.reserveCapacity(answer.count + 1)
    // An answer begins like a line.
    var previous = 0
    for (position, byte) in answer.enumerated() {
      let current = SurprisalTable.classOf(byte)
      let cost =
        UInt64(SurprisalTable.costs[previous * SurprisalTable.classCount + current])
        + SurprisalTable.costWithinClass(byte)
      total += cost
      if counts[position] { counted += cost }
      sums.append(counted)
      previous = current
    }
    self.total = total
    countedBefore = sums
  }

  /// What counts of a run's bytes.
  /// - Precondition: the run lies in the answer.
  public func counted(in run: Range<Int>) -> UInt64 {
    countedBefore[run.upperBound] - countedBefore[run.lowerBound]
  }

  /// For each byte, whether no run that holds it stands in the prompt.
  private static func unprompted(_ answer: [UInt8], prompt: [UInt8]) -> [Bool] {
    var counts = [Bool](repeating: true, count: answer.count)
    // A byte lies in such a run just if it lies in one of exactly eight bytes, and those are words.
    let given = words(of: prompt).sorted()
    guard !given.isEmpty else { return counts }
    for (start, word) in words(of: answer).enumerated() where given.holds(word) {
      for position in start..<start + SpanLimits.promptedRun { counts[position] = false }
    }
    return counts
  }

  /// Every run of eight bytes as a number.
  private static func words(of text: [UInt8]) -> [UInt64] {
    guard text.count >= SpanLimits.promptedRun else { return [] }
    var word: UInt64 = 0
    var words: [UInt64] = []
    words.reserveCapacity(text.count)
    for (position, byte) in text.enumerated() {
      word = word << 8 | UInt64(byte)
      if position >= SpanLimits.promptedRun - 1 { words.append(word) }
    }
    return words
  }
}

extension [UInt64] {
  /// Whether a sorted list holds the number.
  fileprivate func holds(_ number: UInt64) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == number
  }
}
