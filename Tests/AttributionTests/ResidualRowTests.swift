import Attribution
import AttributionRules
import Primitives
import Testing

/// What is left of a record's row beside earlier ones that it is partly like.
@Suite struct ResidualRowTests {
  private func query(_ vector: [Float]) -> QueryVector { QueryVector(quantising: vector) }

  @Test(arguments: UInt64(0)..<10)
  func `a mixture of earlier records has all but no row`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let earlier = (0..<1 + Int(seed)).map { _ in noise(256, &generator) }
    let weights = noise(earlier.count, &generator)
    let mixture = (0..<256).map { place in
      zip(earlier, weights).reduce(Float(0)) { $0 + $1.0[place] * $1.1 }
    }
    let whole = SignRow(rounding: mixture)
    let rest = SignRow(rounding: mixture, after: earlier)
    #expect(Double(rest.scale) < 1e-5 * Double(whole.scale))
  }

  @Test(arguments: UInt64(0)..<10)
  func `a row keeps of its length what its vector keeps, and scores for its own part alone`(
    seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed)
    let (known, own) = (noise(4096, &generator), noise(4096, &generator))
    let mixed = zip(known, own).map { 2 * $0 + $1 }
    let whole = SignRow(rounding: mixed)
    let rest = SignRow(rounding: mixed, after: [known])
    // Unrelated directions are nearly at right angles: a fifth of the squares is its own.
    #expect(abs(Double(rest.scale) / Double(whole.scale) - 0.2.squareRoot()) < 0.05)
    let alone = SignRow(rounding: own)
    #expect(
      abs(Double(rest.score(query(own))) / Double(alone.score(query(own))) - 0.2.squareRoot())
        < 0.05)
    #expect(abs(rest.score(query(known))) < whole.score(query(known)) / 10)
  }

  @Test func `a record without neighbours has the row that it had, byte by byte`() {
    var generator = SeededGenerator(seed: 3)
    let vector = noise(512, &generator)
    #expect(SignRow(rounding: vector, after: []) == SignRow(rounding: vector))
    let silence = [Float](repeating: 0, count: 512)
    #expect(
      SignRow(rounding: vector, after: [silence]) == SignRow(rounding: vector)
    )
  }

  @Test(arguments: UInt64(0)..<5)
  func `neither the order of earlier records nor one that repeats them changes more than rounding`(
    seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed)
    let earlier = (0..<6).map { _ in noise(1024, &generator) }
    let vector = zip(noise(1024, &generator), earlier[2]).map { $0 + $1 }
    let row = SignRow(rounding: vector, after: earlier)
    let cut = zip(earlier[0], earlier[1]).map { 0.3 * $0 + 0.7 * $1 }
    for others in [generator.shuffled(earlier), earlier + [cut], [cut] + earlier] {
      let other = SignRow(rounding: vector, after: others)
      let differing = zip(row.signs, other.signs).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
      #expect(differing <= 1)
      #expect(abs(Double(other.scale) / Double(row.scale) - 1) < 1e-6)
    }
  }
}
