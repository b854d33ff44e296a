/// A binary heap: the element that comes first by `precedes` is at hand.
struct Heap<Element: Sendable>: Sendable {
  private var elements: [Element]
  private let precedes: @Sendable (Element, Element) -> Bool

  /// Cost: O(n) in the number of elements.
  init(_ elements: [Element] = [], by precedes: @escaping @Sendable (Element, Element) -> Bool) {
    self.elements = elements
    self.precedes = precedes
    for position in stride(from: elements.count / 2 - 1, through: 0, by: -1) { sink(position) }
  }

  var count: Int { elements.count }

  mutating func push(_ element: Element) {
    elements.append(element)
    var position = elements.count - 1
    while position > 0, precedes(elements[position], elements[(position - 1) / 2]) {
      elements.swapAt(position, (position - 1) / 2)
      position = (position - 1) / 2
    }
  }

  mutating func pop() -> Element? {
    guard let first = elements.first else { return nil }
    let last = elements.removeLast()
    if !elements.isEmpty {
      elements[0] = last
      sink(0)
    }
    return first
  }

  private mutating func sink(_ start: Int) {
    var position = start
    while true {
      var least = position
      for child in [2 * position + 1, 2 * position + 2] where child < elements.count {
        if precedes(elements[child], elements[least]) { least = child }
      }
      guard least != position else { return }
      elements.swapAt(position, least)
      position = least
    }
  }
}
