internal import JSONCoding
internal import Primitives
internal import Testing

@testable import ConstrainedOutput

@Suite struct DecoderLawTests {
  static let constraints: [Constraint] =
    ExpressionTests.expressions.compactMap { try? Constraint(expression: $0) }
    + SchemaCase.all.compactMap { try? Constraint(schema: JSON(parsing: $0.schema)) }

  @Test func `a mask is what trying each token says`() {
    for (index, constraint) in Self.constraints.enumerated() {
      var generator = SeededGenerator(seed: UInt64(index))
      var decoder = ConstrainedDecoder(constraint, vocabulary: Words.vocabulary)
      for step in 0..<6 where decoder.canContinue {
        let mask = decoder.allowedTokens()
        var allowed: [Int32] = []
        for (token, bytes) in Words.tokens.enumerated() where !bytes.isEmpty {
          var trial = decoder
          if trial.advance(bytes) { allowed.append(Int32(token)) }
        }
        let masked = Words.tokens.indices.map(Int32.init).filter { mask.contains($0) }
        #expect(masked == allowed, "constraint \(index), step \(step)")
        guard let token = allowed.randomLast(&generator) else { break }
        let isTaken = decoder.advance(Words.tokens[Int(token)])
        #expect(isTaken)
      }
    }
  }

  @Test func `an end can be reached from every state a walk comes to`() {
    for (index, constraint) in Self.constraints.enumerated() {
      let walker = Walker(constraint)
      for count in 0..<8 {
        let text = walker.text(seed: UInt64(count), tokens: count)
        #expect(text != nil, "constraint \(index), after \(count) tokens")
      }
    }
  }

  @Test func `bytes without a token are never needed`() throws {
    let tokens = (0..<0x80 as Range<UInt8>).filter { $0 != UInt8(ascii: "\\") }.map { [$0] }
    let poor = TokenVocabulary(tokens)
    for example in SchemaCase.all {
      let json = try JSON(parsing: example.schema)
      guard let constraint = try? Constraint(schema: json, bytes: poor.singleBytes) else {
        continue
      }
      var decoder = ConstrainedDecoder(constraint, vocabulary: poor)
      var generator = SeededGenerator(seed: 5)
      for _ in 0..<30 where decoder.canContinue {
        let mask = decoder.allowedTokens()
        let allowed = (0..<Int32(poor.count)).filter { mask.contains($0) }
        let token = try #require(allowed.randomLast(&generator), "\(example)")
        let isTaken = decoder.advance(tokens[Int(token)])
        #expect(isTaken)
      }
    }
  }

  @Test func `a refused token changes nothing, and copies go their own ways`() throws {
    var decoder = ConstrainedDecoder(
      try Constraint(expression: "ab|cd"), vocabulary: Words.vocabulary)
    let isTaken = decoder.advance("ax".utf8)
    #expect(!isTaken)
    var copy = decoder
    let (first, second) = (decoder.advance("a".utf8), copy.advance("cd".utf8))
    #expect(first && second)
    #expect(!decoder.isComplete && copy.isComplete && !copy.canContinue)
    let third = decoder.advance("b".utf8)
    #expect(third && decoder.isComplete)
    let mask = copy.allowedTokens()
    #expect(mask.isEmpty)
  }

  @Test func `what is forgotten is found again`() throws {
    let constraint = try Constraint(schema: try JSON(parsing: SchemaCase.all[46].schema))
    var machine = ConstraintMachine(constraint)
    var state: Int32 = 0
    for byte in #"{"name": "a", "children": [{"name": "b", "children": ["#.utf8 {
      state = machine.step(state, byte)
    }
    var fresh = machine
    var again = fresh.forgetAll(but: state)
    #expect(fresh.stateCount <= 2)
    for byte in #"{"name": "c", "children": []}]}]}"#.utf8 {
      #expect(fresh.isEnd(again) == machine.isEnd(state))
      state = machine.step(state, byte)
      again = fresh.step(again, byte)
    }
    #expect(machine.isEnd(state) && fresh.isEnd(again))
  }
}

extension [Int32] {
  /// One of them by chance.
  func randomLast(_ generator: inout SeededGenerator) -> Int32? {
    isEmpty ? nil : self[Int(generator.next(below: UInt64(count)))]
  }
}
