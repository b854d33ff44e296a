import Testing

@testable import Node

@Suite struct BoundedCacheTests {
  @Test func `a cache never costs more than it may, and keeps what is used`() {
    var cache = BoundedCache<Int, Int>(maximum: 100) { _, value in value }
    cache.set(5, for: -1)
    for key in 0..<1000 {
      cache.set(7, for: key)
      #expect(cache.count * 7 <= 100 + 7)
      #expect(cache.value(for: -1) == 5)
    }
    #expect(cache.value(for: 0) == nil)
    #expect(cache.value(for: 999) == 7)
  }

  @Test func `what costs more than half of everything is not kept, nor what it replaces`() {
    var cache = BoundedCache<Int, Int>(maximum: 100) { _, value in value }
    cache.set(5, for: 1)
    cache.set(51, for: 1)
    #expect(cache.value(for: 1) == nil)
  }
}
