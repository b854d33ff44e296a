import Attribution
import AttributionRules
import Primitives
import Testing

@Suite struct SignRowTests {
  @Test func `a row is the signs and the mean magnitude at length one`() {
    var vector = [Float](repeating: 0, count: 128)
    vector[1] = -3
    vector[64] = 4
    let row = SignRow(rounding: vector)
    let signs: [UInt64] = [0xffff_ffff_ffff_fffd, 0xffff_ffff_ffff_ffff]
    #expect(row.signs == signs)
    #expect(row.scale == 23_488_102)  // 7 / 128 / 5 · 2³¹, rounded down
  }

  @Test func `loudness changes no row`() {
    var generator = SeededGenerator(seed: 1)
    let vector = noise(256, &generator)
    let row = SignRow(rounding: vector)
    for loudness: Float in [1e-12, 1e-3, 1e3, 1e12] {
      let other = SignRow(rounding: vector.map { $0 * loudness })
      #expect(other.signs == row.signs)
      #expect(abs(Int(other.scale) - Int(row.scale)) < 100)
    }
    #expect(SignRow(rounding: [Float](repeating: 0, count: 64)).scale == 0)
  }

  @Test func `unrelated texts weigh together what they weigh apart`() {
    // Sixteen answers of five tokens, and the one record that joins them: its gradient of the mean
    // loss is the mean of theirs.
    var generator = SeededGenerator(seed: 2)
    let parts = (0..<16).map { _ in noise(8_192, &generator) }
    let joined = (0..<8_192).map { place in parts.reduce(0) { $0 + $1[place] } / 16 }
    let query = QueryVector(quantising: joined)
    func weight(_ vector: [Float], tokens: UInt32) -> Double {
      let nobody = Digest(words: [0, 0, 0, 0])
      let origin = RecordOrigin(contributor: nobody, group: nobody)
      return Double(SignRow(rounding: vector).score(query))
        * Double(RowCredit(origin: origin, tokens: tokens).weight)
    }
    let apart = parts.reduce(0.0) { $0 + weight($1, tokens: 5) }
    // Signs keep more of a query that is nearly their own vector than of another.
    #expect(abs(weight(joined, tokens: 80) / apart - 1) < 0.25)
  }

  @Test func `chance scores short and long records alike`() {
    var generator = SeededGenerator(seed: 4)
    let query = QueryVector(quantising: noise(1_024, &generator))
    func spread(_ tokens: Int) -> Double {
      var squares = 0.0
      for _ in 0..<200 {
        // A mean over so many unrelated tokens.
        var mean = noise(1_024, &generator)
        for _ in 0..<tokens - 1 {
          mean = zip(mean, noise(1_024, &generator)).map { $0 + $1 }
        }
        let score = Double(SignRow(rounding: mean).score(query))
        squares += score * score
      }
      return (squares / 200).squareRoot()
    }
    let (long, short) = (spread(16), spread(1))
    #expect(abs(long / short - 1) < 0.15)
  }

  @Test func `integer scores rank records as the cosines of their vectors do`() {
    var generator = SeededGenerator(seed: 7)
    let vectors = (0..<30).map { _ in noise(192, &generator) }
    for target in vectors.indices {
      let noisy = zip(vectors[target], noise(192, &generator)).map { $0 + 0.3 * $1 }
      let query = QueryVector(quantising: noisy)
      let scores = vectors.map { SignRow(rounding: $0).score(query) }
      #expect(scores.max() == scores[target])
    }
  }

  // The two numbers were computed from the page's words in another language.
  @Test func `rows and scores of given vectors are the same integers in every build`() {
    var generator = SeededGenerator(seed: 6)
    let rows = (0..<20).map { _ in SignRow(rounding: noise(256, &generator)) }
    let query = QueryVector(quantising: noise(256, &generator))
    #expect(rows.map { Int($0.scale) }.reduce(0, +) == 2_321_475_714)
    #expect(rows.reduce(0 as Int64) { $0 &* 31 &+ $1.score(query) } == -7_151_385_604_626_325_968)
  }
}
