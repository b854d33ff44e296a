import AttributionRules
import Primitives
import Testing

@Suite struct RankCorrelationTests {
  @Test func `equal values share the mean of their ranks`() {
    #expect(RankCorrelation.doubledRanks([3, 1, 3, 2]) == [5, 0, 5, 2])
    #expect(RankCorrelation.doubledRanks([Int]()) == [])
  }

  @Test func `it is one of rising lists, minus one of opposed ones and nothing of a constant`() {
    #expect(RankCorrelation.millionths([1, 2, 3, 4], [1, 10, 100, 1000]) == 1_000_000)
    #expect(RankCorrelation.millionths([1, 2, 3], [9, 8, 7]) == -1_000_000)
    #expect(RankCorrelation.millionths([1, 2, 3], [5, 5, 5]) == 0)
    #expect(RankCorrelation.millionths([1, 2, 3, 4], [1, 3, 2, 4]) == 800_000)
  }

  @Test(arguments: [2, 3, 10, 100, RankCorrelation.mostValues])
  func `it is what floating point finds, to a millionth`(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    for _ in 0..<20 {
      // Few values, so that many are equal.
      let lists = (0..<2).map { _ in
        (0..<count).map { _ in Int(generator.next(below: UInt64(count / 2 + 2))) }
      }
      let ranks = lists.map { RankCorrelation.doubledRanks($0).map(Double.init) }
      let means = ranks.map { $0.reduce(0, +) / Double(count) }
      func product(_ first: Int, _ second: Int) -> Double {
        (0..<count).reduce(0) {
          $0 + (ranks[first][$1] - means[first]) * (ranks[second][$1] - means[second])
        }
      }
      let length = (product(0, 0) * product(1, 1)).squareRoot()
      let slow = length > 0 ? product(0, 1) / length : 0
      let found = RankCorrelation.millionths(lists[0], lists[1])
      #expect(abs(Double(found) - slow * 1e6) < 0.51)
    }
  }
}

@Suite struct DatamodelScoreTests {
  /// What 20 records take off the losses of 5 queries, and 30 halves of them.
  private let effects: [[Int64]]
  private let halves: [[Int]]
  private let score: DatamodelScore

  init() {
    var generator = SeededGenerator(seed: 1)
    effects = (0..<5).map { _ in (0..<20).map { _ in Int64(generator.next(below: 1000)) } }
    halves = (0..<30).map { _ in Array(generator.shuffled(Array(0..<20)).prefix(10)) }
    score = DatamodelScore(
      losses: Self.sums(effects, halves).map { row in row.map { 1_000_000 - $0 } })
  }

  private static func sums(_ effects: [[Int64]], _ halves: [[Int]]) -> [[Int64]] {
    effects.map { row in halves.map { half in half.reduce(0) { $0 + row[$1] } } }
  }

  private func prediction(_ effects: [[Int64]]) -> DatamodelScore.Prediction {
    DatamodelScore.Prediction(Self.sums(effects, halves))
  }

  @Test func `the true effects predict perfectly, their negative perversely`() {
    #expect(score.figure(prediction(effects)) == MeasuredFigure(value: 1_000_000, draws: []))
    #expect(score.millionths(prediction(effects.map { $0.map { -$0 } })) == -1_000_000)
  }

  @Test func `effects of other queries predict little, and the interval says so`() {
    let shifted = prediction(Array(effects[1...] + effects[..<1]))
    let figure = score.figure(shifted)
    #expect(abs(figure.value) < 400_000)
    #expect(figure.low < figure.value && figure.value < figure.high)
    #expect(figure == score.figure(shifted), "a seed brings the draws back")
  }

  @Test func `draws are the same for all methods`() {
    let draws = score.resampled([prediction(effects), prediction(effects)], draws: 5)
    #expect(draws == [[Int]](repeating: [1_000_000, 1_000_000], count: 5))
  }

  @Test func `an interval leaves a fortieth out on either side`() {
    let figure = MeasuredFigure(value: 7, draws: Array((0..<1_000).reversed()))
    #expect(figure == MeasuredFigure(value: 7, low: 25, high: 974))
  }
}
