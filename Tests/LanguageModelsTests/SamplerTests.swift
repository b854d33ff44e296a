import ConstrainedOutput
import Foundation
import Primitives
import Testing

@testable import LanguageModels

@Suite struct SamplerTests {
  /// The obvious rule: all tokens sorted, then cut.
  private func allowedTokens(_ logits: [Float], _ sampling: Sampling) -> [Int32: Double] {
    let peak = logits.max() ?? 0
    let weights = logits.map { exp(Double($0 - peak) / Double(sampling.temperature)) }
    var order = logits.indices.sorted { (-weights[$0], $0) < (-weights[$1], $1) }
    order = order.filter { weights[$0] >= Double(sampling.minP) }
    if sampling.topK > 0 { order = Array(order.prefix(sampling.topK)) }
    let goal = Double(sampling.topP) * order.reduce(0) { $0 + weights[$1] }
    var kept: [Int] = []
    var mass = 0.0
    for token in order {
      kept.append(token)
      mass += weights[token]
      if mass >= goal { break }
    }
    let total = kept.reduce(0) { $0 + weights[$1] }
    return Dictionary(uniqueKeysWithValues: kept.map { (Int32($0), weights[$0] / total) })
  }

  @Test(arguments: 0..<24 as Range<UInt64>)
  func `tokens come as often as they are likely, and none from beyond the cut`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    func number(below bound: UInt64) -> UInt64 { random.next(below: bound) }
    let logits = (0..<40).map { _ in Float(number(below: 800)) / 100 }
    var sampling = Sampling(temperature: 0.5 + Float(number(below: 15)) / 10, seed: seed)
    if seed % 2 == 1 { sampling.topP = 0.3 + Float(number(below: 7)) / 10 }
    if seed % 3 == 1 { sampling.topK = 1 + Int(number(below: 20)) }
    if seed % 4 == 2 { sampling.minP = Float(number(below: 30)) / 100 }
    let expected = allowedTokens(logits, sampling)
    var sampler = Sampler(sampling)
    var counts: [Int32: Int] = [:]
    let draws = 4000
    for _ in 0..<draws { counts[sampler.next(logits), default: 0] += 1 }
    #expect(Set(counts.keys).isSubset(of: expected.keys), "seed \(seed)")
    for (token, part) in expected {
      // Five standard deviations.
      let reach = 5 * (part * (1 - part) * Double(draws)).squareRoot() + 1
      let count = Double(counts[token] ?? 0)
      #expect(abs(count - part * Double(draws)) <= reach, "seed \(seed), token \(token)")
    }
  }

  @Test func `a cut in the middle of equally likely tokens keeps the lower ones`() {
    let logits = [Float](repeating: 1, count: 10)
    for change in [
      { (sampling: inout Sampling) in sampling.topK = 3 },
      { (sampling: inout Sampling) in sampling.topP = 0.25 },
    ] {
      var sampling = Sampling(temperature: 1)
      change(&sampling)
      var sampler = Sampler(sampling)
      #expect(Set((0..<200).map { _ in sampler.next(logits) }) == [0, 1, 2])
    }
  }

  @Test func `penalties grow with what the answer has, and biases stay`() {
    var sampling = Sampling()
    sampling.frequencyPenalty = 1
    var often = Sampler(sampling)
    #expect((0..<5).map { _ in often.next([3, 1.5]) } == [0, 0, 1, 0, 1])

    sampling = Sampling()
    sampling.presencePenalty = 1
    var present = Sampler(sampling)
    #expect((0..<4).map { _ in present.next([3, 2.5]) } == [0, 1, 0, 0])

    sampling = Sampling()
    sampling.bias = [0: -100, 2: 5, 99: 7]
    var biased = Sampler(sampling)
    #expect((0..<3).map { _ in biased.next([3, 2, 1]) } == [2, 2, 2])
  }

  private static func mask(_ tokens: [Int32], of count: Int) -> TokenMask {
    var mask = TokenMask(count: count)
    for token in tokens { mask.insert(token) }
    return mask
  }

  @Test func `only allowed tokens are chosen`() {
    var greedy = Sampler(Sampling())
    #expect(greedy.next([5, 4, 3], allowed: Self.mask([2], of: 3)) == 2)
    var warm = Sampler(Sampling(temperature: 5))
    #expect(
      Set((0..<100).map { _ in warm.next([5, 4, 3], allowed: Self.mask([0, 2], of: 3)) }) == [0, 2])
  }

  @Test func `likelihoods are the model's own`() {
    let logits: [Float] = [0, 2, 1, -1, 2]
    let (chosen, top) = Sampler.likelihoods(of: 2, top: 3, in: logits)
    let total = logits.reduce(0) { $0 + exp(Double($1)) }
    #expect(abs(Double(chosen.logProbability) - (1 - log(total))) < 1e-5)
    #expect(top.map(\.token) == [1, 4, 2])
    #expect(top[2].logProbability == chosen.logProbability)
    #expect(Sampler.likelihoods(of: 0, top: 0, in: logits).top.isEmpty)
  }

  @Test func `infinite, negative and empty settings are refused`() {
    var bad: [Sampling] = []
    for change in [
      { (sampling: inout Sampling) in sampling.temperature = -1 },
      { $0.temperature = .nan }, { $0.topP = 0 }, { $0.topK = -1 }, { $0.minP = 1.5 },
      { $0.frequencyPenalty = .infinity }, { $0.bias = [1: .nan] },
    ] {
      var sampling = Sampling()
      change(&sampling)
      bad.append(sampling)
    }
    #expect(bad.allSatisfy { !$0.isValid })
    #expect(Sampling().isValid)
  }
}
