internal import Primitives

@testable import ConstrainedOutput

/// A small vocabulary: every byte, and tokens that cross the borders of what JSON is made of.
enum Words {
  static let tokens: [[UInt8]] =
    (UInt8.min...UInt8.max).map { [$0] }
    + [
      "{\"", "\":", "\": ", ",\"", ", \"", "\"}", "\"]", "}}", "]}", "[[", "[]", "{}", "\n  ",
      " \"", "true",
      "false", "null", "tru", "ab", "abc", "name", "12", "1.", "-1", "0.5", "e1", "é", "你好", "😀",
      "\\u00",
      "\\n", "\\\"", "2024-", "-02-", "@", ".com", "a\":", "\",\"", "red", "green", "1]", "1}",
      ":{", ":[",
    ].map { Array($0.utf8) } + [[], [0xe4, 0xbd], [0xa0], [0xf0, 0x9f, 0x98]]

  static let vocabulary = TokenVocabulary(tokens)
}

/// How far each place of an automaton is from the end of its rule, in bytes, found by trying until
/// nothing gets shorter.
struct Distances {
  private let ofState: [Int]
  private static let far = Int.max / 1_000

  init(_ automaton: Automaton) {
    var distance = automaton.states.map { $0.isEnd ? 0 : Self.far }
    var changed = true
    while changed {
      changed = false
      for (index, state) in automaton.states.enumerated() {
        let ways =
          state.edges.map { 1 + distance[Int($0.target)] } + state.jumps.map { distance[Int($0)] }
          + state.calls.map {
            distance[Int(automaton.rules[Int($0.rule)])] + distance[Int($0.back)]
          }
        guard let best = ways.min(), best < distance[index] else { continue }
        distance[index] = best
        changed = true
      }
    }
    ofState = distance
  }

  /// Bytes to the nearest end of a whole text.
  func toEnd(_ state: Int32, in machine: ConstraintMachine) -> Int {
    if machine.isEnd(state) { return 0 }
    return machine.places(of: state).map { place in
      place.calls.reduce(ofState[Int(place.state)]) { $0 + ofState[Int($1)] }
    }.min() ?? Self.far
  }
}

/// Writes texts that keep to a constraint.
struct Walker {
  private let constraint: Constraint
  private let distances: Distances
  private let decoder: ConstrainedDecoder

  init(_ constraint: Constraint) {
    self.constraint = constraint
    distances = Distances(constraint.automaton)
    decoder = ConstrainedDecoder(constraint, vocabulary: Words.vocabulary)
  }

  /// A text made by choosing tokens at random, and at last the shortest way to an end; nil if there
  /// is none.
  func text(seed: UInt64, tokens count: Int = 20) -> [UInt8]? {
    var generator = SeededGenerator(seed: seed)
    var decoder = decoder
    var text: [UInt8] = []
    for _ in 0..<count {
      if decoder.isComplete, !decoder.canContinue || generator.next(below: 4) == 0 { return text }
      let mask = decoder.allowedTokens()
      var allowed = Words.tokens.indices.filter { mask.contains(Int32($0)) }
      // Longer tokens are few; half of the time, one of them.
      let long = allowed.filter { Words.tokens[$0].count > 1 }
      if !long.isEmpty, generator.next(below: 2) == 0 { allowed = long }
      guard !allowed.isEmpty else { return nil }
      let token = Words.tokens[allowed[Int(generator.next(below: UInt64(allowed.count)))]]
      guard decoder.advance(token) else { return nil }
      text += token
    }
    return shortestEnd(after: text)
  }

  /// The text and as few bytes more as end it.
  private func shortestEnd(after text: [UInt8]) -> [UInt8]? {
    var machine = ConstraintMachine(constraint)
    var state: Int32 = 0
    for byte in text { state = machine.step(state, byte) }
    var text = text
    var left = distances.toEnd(state, in: machine)
    while left > 0 {
      var next: Int32?
      for byte in constraint.classes.samples where next == nil {
        let reached = machine.step(state, byte)
        guard reached != ConstraintMachine.dead,
          distances.toEnd(reached, in: machine) == left - 1
        else { continue }
        text.append(byte)
        next = reached
      }
      guard let next else { return nil }
      state = next
      left -= 1
    }
    return text
  }
}

extension Constraint {
  func accepts(_ text: String) -> Bool {
    var decoder = ConstrainedDecoder(self, vocabulary: Words.vocabulary)
    return decoder.advance(Array(text.utf8)) && decoder.isComplete
  }
}
