import Attribution
import AttributionRules
import Primitives
import Testing

@Suite struct SignRowTests {
  @Test func `a row is the signs and the mean magnitude at a length of one over root tokens`() {
    var vector = [Float](repeating: 0, count: 128)
    vector[1] = -3
    vector[64] = 4
    let row = SignRow(rounding: vector, tokens: 4)
    let signs: [UInt64] = [0xffff_ffff_ffff_fffd, 0xffff_ffff_ffff_ffff]
    #expect(row.signs == signs)
    #expect(row.scale == 11_744_051)  // 7 / 128 / 5 / √4 · 2³¹, rounded down
  }

  @Test func `loudness changes no row`() {
    var generator = SeededGenerator(seed: 1)
    let vector = noise(256, &generator)
    let row = SignRow(rounding: vector, tokens: 7)
    for loudness: Float in [1e-12, 1e-3, 1e3, 1e12] {
      let other = SignRow(rounding: vector.map { $0 * loudness }, tokens: 7)
      #expect(other.signs == row.signs)
      #expect(abs(Int(other.scale) - Int(row.scale)) < 100)
    }
    #expect(SignRow(rounding: [Float](repeating: 0, count: 64), tokens: 1).scale == 0)
  }

  @Test func `unrelated texts weigh together what they weigh apart`() {
    // Sixteen answers of five tokens, and the one record that joins them: its gradient of the mean
    // loss is the mean of theirs.
    var generator = SeededGenerator(seed: 2)
    let parts = (0..<16).map { _ in noise(8_192, &generator) }
    let joined = (0..<8_192).map { place in parts.reduce(0) { $0 + $1[place] } / 16 }
    let query = QueryVector(quantising: joined)
    let apart = parts.reduce(0.0) { sum, part in
      sum + 5 * Double(SignRow(rounding: part, tokens: 5).score(query))
    }
    let together = 80 * Double(SignRow(rounding: joined, tokens: 80).score(query))
    // Signs keep more of a query that is nearly their own vector than of another.
    #expect(abs(together / apart - 1) < 0.25)
  }

  @Test func `integer scores rank records as the cosines of their vectors do`() {
    var generator = SeededGenerator(seed: 7)
    let vectors = (0..<30).map { _ in noise(192, &generator) }
    for target in vectors.indices {
      let noisy = zip(vectors[target], noise(192, &generator)).map { $0 + 0.3 * $1 }
      let query = QueryVector(quantising: noisy)
      let scores = vectors.map { SignRow(rounding: $0, tokens: 3).score(query) }
      #expect(scores.max() == scores[target])
    }
  }

  // The two numbers were computed from the page's words in another language.
  @Test func `rows and scores of given vectors are the same integers in every build`() {
    var generator = SeededGenerator(seed: 6)
    let rows = (0..<20).map { SignRow(rounding: noise(256, &generator), tokens: $0 + 1) }
    let query = QueryVector(quantising: noise(256, &generator))
    #expect(rows.map { Int($0.scale) }.reduce(0, +) == 881_156_379)
    #expect(rows.reduce(0 as Int64) { $0 &* 31 &+ $1.score(query) } == -7_836_081_487_776_840_762)
  }
}
