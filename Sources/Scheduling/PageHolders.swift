/// A page of the key-value cache: as many tokens as every other.
public struct PageNumber: Hashable, Comparable, Sendable {
  public let value: Int

  public init(_ value: Int) { self.value = value }

  public static func < (lhs: PageNumber, rhs: PageNumber) -> Bool { lhs.value < rhs.value }
}

/// Who holds which page: a page is free, or held by sequences and by the prefix cache together.
struct PageHolders {
  private var holders: [Int]
  private var free: [PageNumber]

  var count: Int { holders.count }
  var freeCount: Int { free.count }

  init(count: Int) {
    holders = [Int](repeating: 0, count: count)
    // The last is taken first.
    free = (0..<count).reversed().map { PageNumber($0) }
  }

  /// Takes a page for one holder; nil if none is free.
  mutating func take() -> PageNumber? {
    guard let page = free.popLast() else { return nil }
    holders[page.value] = 1
    return page
  }

  /// Adds a holder to a page that has one.
  mutating func hold(_ page: PageNumber) {
    precondition(holders[page.value] > 0, "a free page is taken, not held")
    holders[page.value] += 1
  }

  /// Takes a holder off a page; without any it is free.
  mutating func letGo(_ page: PageNumber) {
    precondition(holders[page.value] > 0, "nobody holds the page")
    holders[page.value] -= 1
    if holders[page.value] == 0 { free.append(page) }
  }

  func holderCount(of page: PageNumber) -> Int { holders[page.value] }
}
