public import ConstrainedOutput
internal import Foundation
internal import Primitives

/// How the next token is chosen.
public struct Sampling: Hashable, Sendable {
  /// 0 takes the likeliest token; 1 samples the model's own distribution.
  public var temperature: Float = 0
  /// Samples among the likeliest tokens that together reach this probability.
  public var topP: Float = 1
  /// Samples among so many of the likeliest tokens; 0 for all.
  public var topK: Int = 0
  /// Samples among the tokens that are at least this part as likely as the likeliest.
  public var minP: Float = 0
  /// Taken off the logit of what the answer has already.
  public var presencePenalty: Float = 0
  /// Taken off the logit of a token for each time that the answer has it.
  public var frequencyPenalty: Float = 0
  /// Added to the logits of single tokens.
  public var bias: [Int32: Float] = [:]
  /// The same seed, prompt and model give the same answer on one kind of machine.
  public var seed: UInt64 = 0

  public init(temperature: Float = 0, topP: Float = 1, seed: UInt64 = 0) {
    self.temperature = temperature
    self.topP = topP
    self.seed = seed
  }

  /// Whether a token can be chosen by it.
  var isValid: Bool {
    [temperature, topP, minP, presencePenalty, frequencyPenalty].allSatisfy(\.isFinite)
      && temperature >= 0 && topP > 0 && topK >= 0 && (0...1).contains(minP)
      && bias.values.allSatisfy(\.isFinite)
  }
}

/// How likely the model itself finds a token, before anything of ``Sampling``.
public struct TokenLikelihood: Hashable, Sendable {
  public let token: Int32
  /// In nats.
  public let logProbability: Float
}

/// Draws an answer's tokens from logits, one after another.
public struct Sampler: Sendable {
  private let sampling: Sampling
  private var generator: SeededGenerator
  /// How often the answer has each token.
  private var counts: [Int32: Int] = [:]

  public init(_ sampling: Sampling) {
    self.sampling = sampling
    generator = SeededGenerator(seed: sampling.seed)
  }

  /// Whether it takes the likeliest token, whatever the answer has.
  var isPlain: Bool {
    sampling.temperature == 0 && sampling.presencePenalty == 0 && sampling.frequencyPenalty == 0
      && sampling.bias.isEmpty
  }

  /// Chooses a token.
  ///
  /// - Parameters:
  ///   - logits: one a token.
  ///   - allowed: the tokens that may be chosen; nil allows all.
  /// - Precondition: `logits` is not empty, and some token is allowed.
  /// - Complexity: a few passes over the logits; only tokens as likely as the last of the nucleus are
  ///   sorted.
  public mutating func next(_ logits: [Float], allowed: TokenMask? = nil) -> Int32 {
    precondition(!logits.isEmpty, "no logits to choose from")
    var logits = logits
    adjust(&logits, allowed)
    // Ties go to the lower token.
    let peak = logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
    precondition(logits[peak] > -.infinity, "no token is allowed")
    let token = sampling.temperature > 0 ? draw(logits, peak: peak) : peak
    counts[Int32(token), default: 0] += 1
    return Int32(token)
  }

  /// The likeliest tokens by the model's own logits, and a chosen one.
  public static func likelihoods(
    of chosen: Int32, top count: Int, in logits: [Float]
  ) -> (chosen: TokenLikelihood, top: [TokenLikelihood]) {
    let peak = logits.max() ?? 0
    let total = logits.reduce(0) { $0 + exp(Double($1 - peak)) }
    func likelihood(_ token: Int) -> TokenLikelihood {
      .init(token: Int32(token), logProbability: logits[token] - peak - Float(log(total)))
    }
    return (likelihood(Int(chosen)), likeliest(count, of: logits).map(likelihood))
  }

  private func adjust(_ logits: inout [Float], _ allowed: TokenMask?) {
    for (token, bias) in sampling.bias where logits.indices.contains(Int(token)) {
      logits[Int(token)] += bias
    }
    if sampling.presencePenalty != 0 || sampling.frequencyPenalty != 0 {
      for (token, count) in counts where logits.indices.contains(Int(token)) {
        logits[Int(token)] -= sampling.presencePenalty + sampling.frequencyPenalty * Float(count)
      }
    }
    guard let allowed else { return }
    for token in logits.indices where !allowed.contains(Int32(token)) {
      logits[token] = -.infinity
    }
  }

  private mutating func draw(_ logits: [Float], peak: Int) -> Int {
    var classes = LikelihoodClasses(logits, peak: logits[peak], temperature: sampling.temperature)
    if sampling.minP > 0 { classes.keep(atLeast: Double(sampling.minP)) }
    if sampling.topK > 0 { classes.keep(likeliest: sampling.topK) }
    if sampling.topP < 1 { classes.keep(reaching: Double(sampling.topP)) }
    return classes.token(at: Double(generator.next() >> 11) * 0x1p-53)
  }

  /// Of equally likely tokens the lower first.
  private static func likeliest(_ count: Int, of logits: [Float]) -> [Int] {
    var found: [Int] = []
    for token in logits.indices {
      if found.count == count {
        guard count > 0, logits[token] > logits[found[count - 1]] else { continue }
        found.removeLast()
      }
      let place = found.firstIndex { logits[$0] < logits[token] } ?? found.count
      found.insert(token, at: place)
    }
    return found
  }
}

/// Tokens in classes of about the same likelihood, the likeliest first; in a class by their number.
///
/// To find a nucleus of fifty thousand tokens by sorting them all would take as long as a layer of
/// the model; so only the class in which it ends is sorted.
private struct LikelihoodClasses {
  /// Classes of a quarter nat; what is less likely than e⁻³² times the likeliest is never drawn.
  private static let perNat = 4.0
  private static let count = 128

  private struct Class {
    var tokens: [Int32] = []
    var weight = 0.0
  }

  private let weights: [Double]
  private var classes = [Class](repeating: Class(), count: count)
  private var weight: Double { classes.reduce(0) { $0 + $1.weight } }

  init(_ logits: [Float], peak: Float, temperature: Float) {
    var weights = [Double](repeating: 0, count: logits.count)
    for (token, logit) in logits.enumerated() {
      let distance = Double(peak - logit) / Double(temperature)
      // A distance that is no number is of no token either.
      guard distance * Self.perNat < Double(Self.count) else { continue }
      let index = Int(distance * Self.perNat)
      weights[token] = exp(-distance)
      classes[index].tokens.append(Int32(token))
      classes[index].weight += weights[token]
    }
    self.weights = weights
  }

  /// Keeps tokens at least this part as likely as the likeliest.
  mutating func keep(atLeast part: Double) {
    for index in classes.indices {
      replace(index, by: classes[index].tokens.filter { weights[Int($0)] >= part })
    }
  }

  mutating func keep(likeliest count: Int) {
    var left = count
    for index in classes.indices {
      if classes[index].tokens.count > left {
        replace(index, by: Array(sorted(index).prefix(left)))
      }
      left -= classes[index].tokens.count
    }
  }

  /// Keeps the likeliest tokens that together reach a part of the weight; at least one.
  mutating func keep(reaching part: Double) {
    let goal = part * weight
    var reached = 0.0
    for index in classes.indices {
      guard reached < goal else {
        classes[index] = Class()
        continue
      }
      if reached + classes[index].weight >= goal {
        var kept: [Int32] = []
        var mass = reached
        for token in sorted(index) where mass < goal {
          kept.append(token)
          mass += weights[Int(token)]
        }
        replace(index, by: kept)
      }
      // Of a class that was cut, all of the goal.
      reached += classes[index].weight
      if reached >= goal * (1 - 1e-12) { reached = goal }
    }
  }

  /// The token at a part of the whole weight.
  func token(at part: Double) -> Int {
    var point = part * weight
    var last = 0
    for known in classes where !known.tokens.isEmpty {
      guard point >= known.weight else {
        for token in known.tokens {
          point -= weights[Int(token)]
          last = Int(token)
          if point < 0 { break }
        }
        return last
      }
      point -= known.weight
      last = Int(known.tokens[known.tokens.count - 1])
    }
    return last
  }

  private func sorted(_ index: Int) -> [Int32] {
    classes[index].tokens.sorted { (-weights[Int($0)], $0) < (-weights[Int($1)], $1) }
  }

  private mutating func replace(_ index: Int, by tokens: [Int32]) {
    classes[index] = Class(tokens: tokens, weight: tokens.reduce(0) { $0 + weights[Int($1)] })
  }
}
