internal import Foundation
internal import Primitives

/// How the next token is chosen.
public struct Sampling: Hashable, Sendable {
  /// 0 takes the likeliest token; 1 samples the model's own distribution.
  public var temperature: Float = 0
  /// Samples among the likeliest tokens that together reach this probability.
  public var topP: Float = 1
  /// The same seed, prompt and model give the same answer on one kind of machine.
  public var seed: UInt64 = 0

  public init(temperature: Float = 0, topP: Float = 1, seed: UInt64 = 0) {
    self.temperature = temperature
    self.topP = topP
    self.seed = seed
  }
}

/// Draws tokens from logits.
struct Sampler {
  private let sampling: Sampling
  private var generator: SeededGenerator

  init(_ sampling: Sampling) {
    self.sampling = sampling
    generator = SeededGenerator(seed: sampling.seed)
  }

  /// - Precondition: `logits` is not empty.
  mutating func next(_ logits: [Float]) -> Int32 {
    precondition(!logits.isEmpty, "no logits to choose from")
    // Ties go to the lower token, so that the order of a sort can't matter.
    let peak = logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
    guard sampling.temperature > 0 else { return Int32(peak) }
    let weights = logits.map { exp(Double($0 - logits[peak]) / Double(sampling.temperature)) }
    let total = weights.reduce(0, +)
    let order = weights.indices.sorted { (-weights[$0], $0) < (-weights[$1], $1) }
    var nucleus: [(token: Int, weight: Double)] = []
    var mass = 0.0
    for token in order {
      nucleus.append((token, weights[token]))
      mass += weights[token]
      if mass >= Double(sampling.topP) * total { break }
    }
    var point = Double(generator.next() >> 11) * 0x1p-53 * mass
    for (token, weight) in nucleus {
      point -= weight
      if point < 0 { return Int32(token) }
    }
    return Int32(nucleus[nucleus.count - 1].token)
  }
}
