import Ledger
import Primitives
import Testing

@Suite struct FeePartsTests {
  @Test(arguments: UInt64(0)..<200)
  func `the parts of any fee sum to it`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let parts = try Genesis.testParameters.receipts.terms.feeParts(
      tokensIn: UInt32(generator.next(below: 100_000)),
      tokensOut: UInt32(generator.next(below: 100_000)),
      rateIn: Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 30)),
      rateOut: Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 30)))
    let all = [
      parts.platformFee, parts.treasury, parts.validators, parts.baseModel, parts.adapterOwner,
      parts.server, parts.adapterStakers, parts.contributors,
    ]
    #expect(all.reduce(0) { $0 + $1.baseUnits } == parts.fee.baseUnits)
  }

  @Test func `a split outside the bounds of genesis is refused`() {
    var split = FeeSplit.standard
    #expect(split.isWithinBounds)
    split.server = .percent(16)
    #expect(!split.isWithinBounds)
    split = .standard
    split.treasury = .percent(2)
    split.validators = .percent(8)
    #expect(!split.isWithinBounds)
    split = .standard
    split.contributors = .percent(39)
    split.server = .percent(26)
    #expect(!split.isWithinBounds)
    split = .standard
    split.validators = .percent(13)
    split.server = .percent(9)
    #expect(!split.isWithinBounds)
  }
}
