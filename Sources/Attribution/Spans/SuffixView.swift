/// A text, its sorted suffixes and what is looked for in them, where they lie in memory.
///
/// No byte of the pattern is a separator: so no comparison leaves the text that a suffix lies in,
/// nor reads behind the last one.
@unsafe struct SuffixView {
  let text: UnsafePointer<UInt8>
  let suffixes: UnsafePointer<UInt32>
  let count: Int
  let pattern: UnsafePointer<UInt8>
  /// How much of the pattern there is to compare.
  let length: Int

  /// Between which two neighbours a pattern stands, and what it shares with each.
  struct Place {
    /// The first suffix that is not smaller than the pattern; a suffix that begins with it is not.
    var rank: Int
    /// Bytes in common with the suffix before, and with the one at ``rank``.
    var sharedBefore: Int
    var sharedBehind: Int
  }

  /// Finds the pattern's place by halving.
  ///
  /// What the pattern shares with both ends it shares with all between, and is not compared again.
  /// - Parameters:
  ///   - ranks: where to look.
  ///   - known: what the pattern shares with all of them.
  ///   - isBehindItself: whether suffixes that begin with the pattern count as smaller.
  func place(in ranks: Range<Int>, known: Int, isBehindItself: Bool = false) -> Place {
    // Both ends are outside: nothing has been compared with them.
    var (low, high) = (ranks.lowerBound - 1, ranks.upperBound)
    var (sharedLow, sharedHigh) = (known, known)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      let suffix = unsafe Int(suffixes[middle])
      let shared = unsafe shared(with: suffix, known: min(sharedLow, sharedHigh))
      let isSmaller =
        unsafe shared == length ? isBehindItself : text[suffix + shared] < pattern[shared]
      if isSmaller {
        (low, sharedLow) = (middle, shared)
      } else {
        (high, sharedHigh) = (middle, shared)
      }
    }
    return Place(rank: high, sharedBefore: sharedLow, sharedBehind: sharedHigh)
  }

  /// How many bytes the pattern and a suffix begin with in common, at least `known` of them.
  func shared(with suffix: Int, known: Int) -> Int {
    var shared = known
    // Eight bytes at a time, as long as both have them; the first that differs is the lowest.
    while unsafe shared + 8 <= length && suffix + shared + 8 <= count {
      let one = unsafe UnsafeRawPointer(pattern + shared).loadUnaligned(as: UInt64.self)
      let other = unsafe UnsafeRawPointer(text + suffix + shared).loadUnaligned(as: UInt64.self)
      guard one == other else {
        return shared + (one.littleEndian ^ other.littleEndian).trailingZeroBitCount / 8
      }
      shared += 8
    }
    while unsafe shared < length && suffix + shared < count
      && pattern[shared] == text[suffix + shared]
    {
      shared += 1
    }
    return shared
  }
}
