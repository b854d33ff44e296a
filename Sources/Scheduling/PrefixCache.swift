internal import Primitives

/// Full pages that hold what some prompt began with, so that the next need not be read again.
///
/// A page is found by all tokens from the beginning to its end and by the adapter that each was read
/// with, compared in full: nobody can find the page of another text by a collision.
///
/// A page nobody but the cache holds is given up when others are needed, the longest unused first
/// and no page before those behind it.
struct PrefixCache {
  /// Where in the tree of known beginnings a page stands.
  struct Place: Hashable {
    /// The node before; the root is 0.
    let parent: Int
    let adapter: Digest?
    /// The place in the page from which on the adapter was used.
    let adapterStart: Int
    let tokens: [Int32]
  }

  private struct Node {
    let place: Place
    let page: PageNumber
    var childCount = 0
    /// When it was last asked for, by ``clock``.
    var used: UInt64
  }

  static let root = 0

  private var numbers: [Place: Int] = [:]
  private var nodes: [Int: Node] = [:]
  private var nextNumber = 1
  private var clock: UInt64 = 0

  var count: Int { nodes.count }

  /// The pages that hold the beginning of a prompt, each held once more.
  ///
  /// - Parameter places: what each page of it would be found by, given its parent.
  mutating func matching(
    _ pageCount: Int, place: (_ page: Int, _ parent: Int) -> Place, in pages: inout PageHolders
  ) -> (pages: [PageNumber], last: Int) {
    clock += 1
    var found: [PageNumber] = []
    var last = Self.root
    for index in 0..<pageCount {
      guard let number = numbers[place(index, last)], let page = nodes[number]?.page else { break }
      nodes[number]?.used = clock
      pages.hold(page)
      found.append(page)
      last = number
    }
    return (found, last)
  }

  /// Makes a page known that its holder has filled, unless one like it is known already.
  ///
  /// - Returns: the number of the one that is known now, and that page, which the holder has instead
  ///   of its own.
  mutating func add(
    _ place: Place, page: PageNumber, in pages: inout PageHolders
  ) -> (number: Int, page: PageNumber) {
    clock += 1
    // Whoever uses a page uses those before it: none is older than what stands behind it.
    var before = place.parent
    while let node = nodes[before] {
      nodes[before]?.used = clock
      before = node.place.parent
    }
    if let known = numbers[place], let held = nodes[known]?.page {
      nodes[known]?.used = clock
      if held != page {
        pages.hold(held)
        pages.letGo(page)
      }
      return (known, held)
    }
    let number = nextNumber
    nextNumber += 1
    pages.hold(page)
    numbers[place] = number
    nodes[number] = Node(place: place, page: page, used: clock)
    nodes[place.parent]?.childCount += 1
    return (number, page)
  }

  /// Gives up pages that only the cache holds, until so many are free or there are none.
  /// - Complexity: O(n log n) for n known pages.
  mutating func giveUp(until freeCount: Int, in pages: inout PageHolders) {
    guard pages.freeCount < freeCount else { return }
    let idle = nodes.filter { pages.holderCount(of: $0.value.page) == 1 }
    // What stands behind a page has a higher number.
    let oldestFirst = idle.sorted { ($0.value.used, -$0.key) < ($1.value.used, -$1.key) }
    for (number, node) in oldestFirst where pages.freeCount < freeCount {
      guard nodes[number]?.childCount == 0 else { continue }
      numbers[node.place] = nil
      nodes[number] = nil
      nodes[node.place.parent]?.childCount -= 1
      pages.letGo(node.page)
    }
  }

  /// How many pages only the cache holds: what ``giveUp(until:in:)`` could free.
  func idleCount(in pages: PageHolders) -> Int {
    nodes.reduce(0) { $0 + (pages.holderCount(of: $1.value.page) == 1 ? 1 : 0) }
  }
}
