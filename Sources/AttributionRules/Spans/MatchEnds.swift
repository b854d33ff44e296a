/// For every position of an answer, where the longest run that starts there and stands verbatim in
/// some texts ends.
///
/// Ends never fall from one position to the next: what is left of a run without its first byte
/// stands wherever the run does. So where two positions agree, all between them agree, and a long
/// run costs a few look-ups instead of one for each of its bytes.
public struct MatchEnds: Hashable, Sendable {
  /// One for each position; a position where nothing matches ends where it starts.
  public let ends: [Int]

  /// - Parameter end: where the longest run from a position ends; asked at most once a position.
  public init<Failed: Error>(
    length: Int, end: (Int) throws(Failed) -> Int
  ) throws(Failed) {
    guard length > 0 else {
      ends = []
      return
    }
    var known = [Int](repeating: 0, count: length)
    known[0] = try end(0)
    known[length - 1] = length > 1 ? try end(length - 1) : known[0]
    // Halves whose outer positions are known; a stack as deep as the answer's length has bits.
    var halves = [(first: 0, last: length - 1)]
    while let (first, last) = halves.popLast() {
      guard last - first > 1 else { continue }
      if known[first] == known[last] {
        for position in first + 1..<last { known[position] = known[first] }
      } else {
        let middle = first + (last - first) / 2
        known[middle] = try end(middle)
        halves.append((middle, last))
        halves.append((first, middle))
      }
    }
    ends = known
  }

  /// The runs that lie in no other: each starts where the end rises.
  public var maximalRuns: [Range<Int>] {
    var runs: [Range<Int>] = []
    var reached = 0
    for (start, end) in ends.enumerated() where end > max(reached, start) {
      runs.append(start..<end)
      reached = end
    }
    return runs
  }
}
