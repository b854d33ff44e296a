import Primitives
import Testing

@Suite struct AmountTests {
  @Test func `adding past the largest amount is an error, not a wrap`() {
    let largest = Amount(baseUnits: .max)
    #expect(throws: ArithmeticError.overflow) { try largest.adding(Amount(baseUnits: 1)) }
    #expect(throws: ArithmeticError.underflow) { try Amount.zero.subtracting(largest) }
  }

  @Test func `scaling keeps all 256 bits of the product`() throws {
    let large = Amount(baseUnits: .max)
    #expect(try large.scaledRoundingDown(by: 7, over: 7) == large)
    #expect(try Amount(baseUnits: 10).scaledRoundingUp(by: 1, over: 3).baseUnits == 4)
    #expect(throws: ArithmeticError.overflow) { try large.scaledRoundingDown(by: 2, over: 1) }
    #expect(throws: ArithmeticError.divisionByZero) { try large.scaledRoundingDown(by: 2, over: 0) }
  }

  @Test(arguments: ["", "-1", "01", "1.5", "340282366920938463463374607431768211456", " 1"])
  func `text that is not a canonical amount is refused`(text: String) {
    #expect(Amount(decimal: text) == nil)
  }

  @Test func `an amount survives its decimal form`() {
    #expect(Amount(decimal: Amount(baseUnits: .max).description) == Amount(baseUnits: .max))
    #expect(Amount(decimal: "0") == .zero)
  }
}

@Suite struct SplitTests {
  @Test(arguments: UInt64(0)..<200)
  func `the parts of a split sum to the whole and stay within one unit of exact`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let total = Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 60))
    let weights = (0..<Int(1 + generator.next(below: 40))).map { _ in
      UInt128(generator.next(below: 1 << (1 + generator.next(below: 40))))
    }
    let parts = try splitByLargestRemainder(total, weights: weights)
    let sum = weights.reduce(0, +)
    guard sum > 0 else {
      #expect(parts.allSatisfy { $0 == .zero })
      return
    }
    #expect(parts.reduce(0) { $0 + $1.baseUnits } == total.baseUnits)
    for (part, weight) in zip(parts, weights) {
      let exact = try total.scaledRoundingDown(by: weight, over: sum)
      #expect(part == exact || part.baseUnits == exact.baseUnits + 1)
    }
  }

  @Test func `a tie goes to the smaller index`() throws {
    let parts = try splitByLargestRemainder(Amount(baseUnits: 5), weights: [1, 1, 1])
    #expect(parts.map(\.baseUnits) == [2, 2, 1])
  }
}

@Suite struct DigestTests {
  @Test func `digests are ordered as their bytes`() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      let one = (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let two = (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let first = try #require(Digest(bytes: one))
      let second = try #require(Digest(bytes: two))
      #expect(first.bytes == one)
      #expect((first < second) == one.lexicographicallyPrecedes(two))
      #expect(Digest(hex: first.description) == first)
    }
  }

  @Test(arguments: ["", "zz", "AB", "abc"])
  func `text that is not lower-case hexadecimal is refused`(text: String) {
    #expect(Digest(hex: text) == nil)
  }
}
