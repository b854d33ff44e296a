import JSONCoding
import Testing

@testable import ConstrainedOutput

@Suite struct ConstraintJoiningTests {
  private func allows(_ constraint: Constraint, _ text: String) -> Bool {
    var decoder = ConstrainedDecoder(constraint, vocabulary: Words.vocabulary)
    return decoder.advance(text.utf8) && decoder.isComplete
  }

  @Test func `one of several texts is allowed, and nothing else`() throws {
    let digits = try Constraint(expression: "[0-9]+")
    let object = try Constraint(schema: ["type": "object", "properties": ["a": ["const": 1]]])
    let either = try Constraint(oneOf: [
      [.text("n="), .constraint(digits), .text(";")], [.constraint(object)], [.text("none")],
    ])
    for text in ["n=12;", #"{"a":1}"#, "{}", "none"] { #expect(allows(either, text), "\(text)") }
    for text in ["n=;", "n=12", #"{"a":2}"#, "nonen=1;", "", "none{}"] {
      #expect(!allows(either, text), "\(text)")
    }
  }

  @Test func `with a separator a text may be followed by others`() throws {
    let digits = try Constraint(expression: "[0-9]")
    let list = try Constraint(
      oneOf: [[.text("a"), .constraint(digits)], [.text("b")]], separatedBy: ", ")
    for text in ["a1", "b", "a1, b, b, a2"] { #expect(allows(list, text), "\(text)") }
    for text in ["a1, ", "a1,b", ", b", "a1b"] { #expect(!allows(list, text), "\(text)") }
  }

  @Test func `joined constraints nest, each with its own definitions`() throws {
    func list(of value: JSON) throws -> Constraint {
      try Constraint(schema: [
        "$ref": "#/$defs/x",
        "$defs": ["x": ["anyOf": [["type": "array", "items": ["$ref": "#/$defs/x"]], value]]],
      ])
    }
    let numbers = try list(of: ["const": 1])
    let texts = try list(of: ["const": "t"])
    let inner = try Constraint(oneOf: [[.constraint(numbers)], [.text("<"), .constraint(texts)]])
    let outer = try Constraint(oneOf: [[.text("!"), .constraint(inner)]])
    for text in ["![[1],1]", "![]", #"!<["t",[["t"]]]"#] {
      #expect(allows(outer, text), "\(text)")
    }
    for text in [#"!["t"]"#, "!<[1]", "[1]", "![1"] { #expect(!allows(outer, text), "\(text)") }
  }

  @Test func `what takes too much together is refused`() throws {
    let large = try Constraint(expression: "a{200}")
    #expect(throws: ConstraintError.self) {
      try Constraint(
        oneOf: [[.constraint(large)], [.constraint(large)]], limits: ConstraintLimits(states: 300))
    }
  }
}
