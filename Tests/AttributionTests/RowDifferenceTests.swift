import AttributionRules
import Primitives
import Testing

@testable import Attribution

@Suite struct RowDifferenceTests {
  private static func vector(_ seed: UInt64, width: Int = 1024) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    // A sum of three is nearly normal.
    return (0..<width).map { _ in
      (0..<3).reduce(Float(0)) { sum, _ in sum + Float(generator.next() % 2001) / 1000 - 1 }
    }
  }

  /// What another order of additions makes of a vector.
  private static func rounded(_ vector: [Float], by part: Float) -> [Float] {
    zip(vector, Self.vector(99)).map { $0 + part * $1 }
  }

  private let vector = Self.vector(1)

  private func difference(_ row: SignRow, after earlier: [[Float]] = []) throws -> RowDifference {
    try #require(RowDifference(of: row, from: vector, after: earlier))
  }

  @Test func `a row differs from its own vector in nothing, and rounding is forgiven`() throws {
    let exact = try difference(SignRow(rounding: vector))
    #expect(exact.sign == 0 && exact.scale == 0)
    let near = try difference(
      SignRow(rounding: Self.rounded(vector, by: 1e-4)))
    #expect(near.isRounding)
    #expect(try !difference(SignRow(rounding: Self.rounded(vector, by: 0.01))).isRounding)
  }

  @Test func `only a coordinate of less than a thousandth of the mean may have another sign`()
    throws
  {
    let mean = vector.reduce(Float(0)) { $0 + abs($1) } / Float(vector.count)
    for (part, isRounding) in [(Float(0.0009), true), (0.0011, false)] {
      var other = vector
      other[5] = part * mean
      var mine = vector
      mine[5] = -part * mean
      let row = SignRow(rounding: other)
      let found = try #require(RowDifference(of: row, from: mine))
      #expect(abs(found.sign - Double(part)) < 1e-4 && found.isRounding == isRounding)
    }
  }

  @Test func `beside neighbours rounding counts by the whole vector, not by what is left`() throws {
    // Nearly all of it is the neighbour's.
    let neighbour = Self.rounded(vector, by: 0.01)
    let rest = SignRow(
      rounding: Self.rounded(vector, by: 1e-5), after: [neighbour])
    #expect(try difference(rest, after: [neighbour]).isRounding)
    // But who keeps it all has kept what is the neighbour's.
    let whole = try difference(SignRow(rounding: vector), after: [neighbour])
    #expect(whole.scale > 0.9)
  }

  @Test func `other text, other signs and another scale are no rounding`() throws {
    let row = SignRow(rounding: vector)
    let flipped = SignRow(signs: [~row.signs[0]] + row.signs.dropFirst(), scale: row.scale)
    let scaled = SignRow(signs: row.signs, scale: row.scale / 1000 * 1005)
    let other = SignRow(rounding: Self.vector(2))
    for wrong in [flipped, scaled, other] { #expect(try !difference(wrong).isRounding) }
    #expect(
      try difference(SignRow(signs: row.signs, scale: row.scale / 10_000 * 10_005)).isRounding)
  }

  @Test func `a row of another dimension is no row of the vector`() {
    let short = SignRow(rounding: Self.vector(1, width: 64))
    #expect(RowDifference(of: short, from: vector) == nil)
  }

  @Test func `a vector of zeros has one row`() throws {
    let zeros = [Float](repeating: 0, count: 64)
    let row = SignRow(rounding: zeros)
    #expect(RowDifference(of: row, from: zeros)?.isRounding == true)
    let loud = SignRow(signs: row.signs, scale: 9)
    #expect(RowDifference(of: loud, from: zeros)?.isRounding == false)
  }
}
