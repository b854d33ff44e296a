/// A rule that joins two neighbouring tokens.
struct TokenMerge: Sendable {
  /// The lower goes first.
  let rank: Int32
  let result: Int32
}

/// Applies merges to one piece of text, best rank first, leftmost first among equals.
///
/// A heap over the pairs of a linked list keeps hostile text, a megabyte of one letter, at
/// O(n log n).
struct BytePairMerger {
  private struct Candidate {
    let rank: Int32
    let left: Int  // place of the left token
    let pair: UInt64  // the tokens it was made for: stale once they changed

    static func < (a: Candidate, b: Candidate) -> Bool { (a.rank, a.left) < (b.rank, b.left) }
  }

  private let merges: [UInt64: TokenMerge]
  private var tokens: [Int32]
  private var next: [Int]  // place of the right neighbour; the count where there is none
  private var previous: [Int]  // −1 where there is none
  private var heap: [Candidate] = []

  /// The key of a pair in the table of merges.
  static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Returns the tokens left when no merge applies any more.
  static func merged(_ tokens: [Int32], _ merges: [UInt64: TokenMerge]) -> [Int32] {
    guard tokens.count > 1 else { return tokens }
    var merger = BytePairMerger(tokens, merges)
    return merger.run()
  }

  private init(_ tokens: [Int32], _ merges: [UInt64: TokenMerge]) {
    self.tokens = tokens
    self.merges = merges
    next = tokens.indices.map { $0 + 1 }
    previous = tokens.indices.map { $0 - 1 }
  }

  private mutating func run() -> [Int32] {
    for place in 0..<tokens.count - 1 { consider(place) }
    while let best = pop() {
      guard let right = rightNeighbour(of: best.left),
        BytePairMerger.key(tokens[best.left], tokens[right]) == best.pair,
        let merge = merges[best.pair]
      else { continue }
      tokens[best.left] = merge.result
      tokens[right] = -1  // gone: no pair holds it
      next[best.left] = next[right]
      if next[right] < tokens.count { previous[next[right]] = best.left }
      consider(best.left)
      if previous[best.left] >= 0 { consider(previous[best.left]) }
    }
    return tokens.filter { $0 >= 0 }
  }

  private func rightNeighbour(of place: Int) -> Int? {
    next[place] < tokens.count ? next[place] : nil
  }

  private mutating func consider(_ left: Int) {
    guard let right = rightNeighbour(of: left) else { return }
    let pair = BytePairMerger.key(tokens[left], tokens[right])
    if let merge = merges[pair] {
      push(Candidate(rank: merge.rank, left: left, pair: pair))
    }
  }

  // MARK: - The heap, smallest first

  private mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() -> Candidate? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { return first }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < heap[parent] else { return first }
      heap.swapAt(parent, child)
      parent = child
    }
  }
}
