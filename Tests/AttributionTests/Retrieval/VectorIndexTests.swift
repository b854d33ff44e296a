import CNeighbours
import Primitives
import Testing

@testable import Attribution

@Suite struct VectorIndexTests {
  /// Vectors around a few centres, as those of sentences are.
  private static func drawn(_ count: Int, dimension: Int, seed: UInt64) -> [[Float]] {
    var generator = SeededGenerator(seed: seed)
    func vector() -> [Float] {
      (0..<dimension).map { _ in Float(generator.next(below: 2001)) / 1000 - 1 }
    }
    let centres = (0..<20).map { _ in vector() }
    return (0..<count).map { index in
      let mixed = zip(centres[index % 20], vector()).map { $0 + $1 }
      let length = mixed.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return mixed.map { $0 / length }
    }
  }

  private func dot(_ left: ArraySlice<Int8>, _ right: ArraySlice<Int8>) -> Int32 {
    var sum: Int32 = 0
    for (a, b) in zip(left, right) { sum += Int32(a) * Int32(b) }
    return sum
  }

  private func index(of vectors: [[Float]], exactLimit: Int) throws -> VectorIndex {
    var index = VectorIndex(dimension: vectors[0].count, exactLimit: exactLimit)
    for (label, vector) in vectors.enumerated() {
      try index.add(CoarseVector(vector), label: Int64(label))
    }
    return index
  }

  @Test(arguments: [1, 15, 16, 17, 384]) func `both ways to multiply give the same integers`(
    width: Int
  ) {
    var generator = SeededGenerator(seed: UInt64(width))
    func drawn(_ count: Int) -> [Int8] {
      (0..<count).map { _ in Int8(truncatingIfNeeded: generator.next()) }
    }
    let rows = drawn(9 * width)
    let query = drawn(width)
    var fast = [Int32](repeating: 0, count: 9)
    var portable = fast
    unsafe neighbours_dots(rows, 9, width, query, &fast)
    unsafe neighbours_dots_portable(rows, 9, width, query, &portable)
    let plain = (0..<9).map { dot(rows[$0 * width..<($0 + 1) * width], query[...]) }
    #expect(fast == plain)
    #expect(portable == plain)
  }

  @Test func `rounding to 8 bits moves a likeness by a few thousandths at most`() {
    let vectors = Self.drawn(40, dimension: 384, seed: 1)
    for (left, right) in zip(vectors, vectors.reversed()) {
      let exact = zip(left, right).reduce(0 as Float) { $0 + $1.0 * $1.1 }
      let (a, b) = (CoarseVector(left), CoarseVector(right))
      let coarse = a.scale * b.scale * Float(dot(a.values[...], b.values[...]))
      #expect(abs(exact - coarse) < 0.004)
    }
  }

  @Test func `a coarse vector's bytes are the vector, and others are refused`() throws {
    let vector = CoarseVector([0.5, -1, 0.25])
    #expect(CoarseVector(bytes: vector.bytes, dimension: 3) == vector)
    #expect(CoarseVector(bytes: vector.bytes, dimension: 4) == nil)
    #expect(CoarseVector(bytes: [0, 0, 0xc0, 0x7f, 1, 1, 1], dimension: 3) == nil)
    #expect(CoarseVector([.nan, .infinity, 0]).values == [0, 0, 0])
  }

  @Test func `the nearest of all come first, without those that were removed`() throws {
    let vectors = Self.drawn(200, dimension: 32, seed: 2)
    var index = try index(of: vectors, exactLimit: 1000)
    for label in [0, 77, 199] {
      let first = try index.nearest(to: CoarseVector(vectors[label]), count: 3).first
      #expect(first == Int64(label))
    }
    index.remove([77, 78])
    let found = try index.nearest(to: CoarseVector(vectors[77]), count: 200)
    #expect(found.count == 198)
    #expect(!found.contains(77) && !found.contains(78) && found.contains(199))
  }

  @Test func `the graph finds nearly all that comparing finds`() throws {
    let vectors = Self.drawn(3000, dimension: 64, seed: 3)
    let exact = try index(of: vectors, exactLimit: 10_000)
    let graph = try index(of: vectors, exactLimit: 100)
    let kinds = [exact.isExact, graph.isExact]
    #expect(kinds == [true, false])
    var found = 0
    for query in Self.drawn(50, dimension: 64, seed: 4).map(CoarseVector.init) {
      let wanted = Set(try exact.nearest(to: query, count: 16))
      found += wanted.intersection(try graph.nearest(to: query, count: 16)).count
    }
    #expect(found >= 50 * 16 * 95 / 100, "\(found) of 800")
  }

  @Test func `the graph forgets what is removed, and takes more`() throws {
    let vectors = Self.drawn(300, dimension: 32, seed: 5)
    var index = try index(of: vectors, exactLimit: 10)
    index.remove(Set(0..<100))
    let count = index.count
    #expect(count == 200)
    for label in [0, 50, 99] {
      let found = try index.nearest(to: CoarseVector(vectors[label]), count: 16)
      #expect(found.count == 16 && found.allSatisfy { $0 >= 100 })
    }
    try index.add(CoarseVector(vectors[50]), label: 1000)
    let nearest = try index.nearest(to: CoarseVector(vectors[50]), count: 1)
    #expect(nearest == [1000])
  }

  @Test func `nothing is near in an empty index`() throws {
    let index = VectorIndex(dimension: 4)
    let nearest = try index.nearest(to: CoarseVector([1, 0, 0, 0]), count: 5)
    #expect(nearest.isEmpty)
  }

  @Test func `a fusion prefers what both lists name`() {
    #expect(RankFusion.fused([[1, 2, 3], [4, 3, 5]], count: 3) == [3, 1, 4])
    #expect(RankFusion.fused([[Int](), []], count: 3).isEmpty)
    #expect(RankFusion.fused([[7], [8]], count: 1) == [7])
  }
}
