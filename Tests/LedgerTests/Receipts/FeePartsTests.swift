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

  @Test(arguments: UInt64(0)..<200)
  func `the parts of an ensemble cost what their weights say, at most a unit a rate more`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let terms = Genesis.testParameters.receipts.terms
    let ensemble = (0..<2 + generator.next(below: 7)).map {
      EnsemblePart(
        adapter: Identifier(digest("adapter \($0)")),
        weight: UInt32(truncatingIfNeeded: 1 + generator.next() >> (32 + generator.next(below: 32)))
      )
    }.sorted { $0.adapter < $1.adapter }
    let sum = ensemble.reduce(UInt128(0)) { $0 + UInt128($1.weight) }
    let tokens = UInt32(generator.next(below: 100_000))
    let rate = UInt128(generator.next() >> 20)
    var whole = UInt128(0)
    for part in ensemble {
      var order = Order(
        chain: Identifier(.zero), channel: Identifier(.zero), number: 1, request: .zero,
        adapter: part.adapter, ensemble: ensemble, rateIn: .zero,
        rateOut: Amount(baseUnits: rate), terms: terms.digest, maximumFee: .zero, nonce: .zero,
        expiry: BlockTime(milliseconds: 0), isPublic: false)
      let fee = try terms.fee(of: order, tokensIn: 9, tokensOut: tokens)
      let price = fee.baseUnits - terms.platformFee.baseUnits
      let slow = rate * UInt128(tokens) * UInt128(part.weight)
      #expect(price == slow / (1000 * sum) + (slow % (1000 * sum) == 0 ? 0 : 1))
      #expect(
        try terms.feeParts(of: order, tokensIn: 9, tokensOut: tokens).fee == fee)
      whole += price
      order.adapter = Identifier(digest("stranger"))
      #expect(throws: ArithmeticError.self) {
        try terms.fee(of: order, tokensIn: 9, tokensOut: tokens)
      }
    }
    let alone = rate * UInt128(tokens) / 1000
    #expect(whole >= alone && whole <= alone + 1 + UInt128(ensemble.count))
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
