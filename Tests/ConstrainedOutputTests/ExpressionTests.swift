internal import Testing

@testable import ConstrainedOutput

@Suite struct ExpressionTests {
  static let expressions = [
    "", "a", "abc|de|", "[a-c]+x?", "(ab)*c{2,4}", "a{3}", "a{2,}b", "[^a-z\\n]{1,3}",
    "\\d+(\\.\\d{2})?",
    "\\w+@\\w+\\.(com|org)", "(?:a|b(?<x>c|d))+", "[é-ü你😀]+", ".{2,5}", "\\s\\S\\D\\W", "[-a\\]]+",
    "[\\w.-]+",
    "\\u00e9\\x41\\t\\/", "(a|ab)(c|bcd)(d*)", "(x+x+)+y", "(a*)*b", "((a|b)|(c|d)){2}", "^abc$",
    "^(a|b)$", "a.*?b",
    "[0-9a-f]{8}", "\\{\\}\\[\\]\\(\\)", "\\u{1f600}|\\ud83d\\ude01", "(yes|no|maybe)( (yes|no))*",
    "[^\\x00-\\x7f]",
  ]

  @Test(arguments: expressions)
  func `whatever is written matches, by another engine`(source: String) throws {
    let constraint = try Constraint(expression: source)
    let regex = try Regex(
      source.replacing("\\u{1f600}|\\ud83d\\ude01", with: "\u{1f600}|\u{1f601}")
    )
    .matchingSemantics(.unicodeScalar).asciiOnlyWordCharacters().asciiOnlyDigits()
    let walker = Walker(constraint)
    for seed in 0..<15 as Range<UInt64> {
      let text = try #require(walker.text(seed: seed), "seed \(seed)")
      let string = try #require(String(validating: text, as: UTF8.self), "seed \(seed)")
      #expect(string.wholeMatch(of: regex) != nil, "seed \(seed): \(string.debugDescription)")
    }
  }

  @Test(arguments: [
    ("(a|ab)(c|bcd)(d*)", ["ac", "abcd", "acddd", "abcddd"], ["abd", "a", ""]),
    ("(x+x+)+y", ["xxy", "xxxxxxxxxxxxxxxxxxxxxxy"], ["xy", "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"]),
    ("[^a]", ["b", "é", "😀", "\n"], ["a", "bb"]), (".", ["a", "😀"], ["\n", ""]),
    ("a{2,3}", ["aa", "aaa"], ["a", "aaaa"]), ("a{0}b", ["b"], ["ab"]), ("a^b", [], []),
    ("^a|b$", ["a", "b"], ["ab"]),
    ("[\u{7fe}-\u{801}]", ["\u{7ff}", "\u{800}"], ["\u{7fd}", "\u{802}"]),
    ("[\u{fffe}-\u{10001}]", ["\u{ffff}", "\u{10000}"], ["\u{fffd}", "\u{10002}"]),
    ("[\u{d7ff}-\u{e000}]", ["\u{d7ff}", "\u{e000}"], ["\u{e001}"]),
    ("[\\u0000-\\u{10ffff}]", ["\0", "\u{10ffff}"], ["", "ab"]),
  ])
  func `what matches can be written, and nothing else`(
    source: String, matching: [String], others: [String]
  ) throws {
    guard !matching.isEmpty else {
      let error = #expect(throws: ConstraintError.self) { try Constraint(expression: source) }
      #expect(error?.code == .unsatisfiable)
      return
    }
    let constraint = try Constraint(expression: source)
    for text in matching { #expect(constraint.accepts(text), "\(text.debugDescription)") }
    for text in others { #expect(!constraint.accepts(text), "\(text.debugDescription)") }
  }

  @Test(arguments: [
    ("(", ConstraintError.Code.invalid), (")", .invalid), ("[a", .invalid), ("*a", .invalid),
    ("a{2,1}", .invalid), ("a{", .invalid), ("\\", .invalid), ("[z-a]", .invalid),
    ("\\xg0", .invalid),
    ("(?=a)", .unsupported), ("(?<!a)b", .unsupported), ("(?i)a", .unsupported),
    ("(a)\\1", .unsupported),
    ("\\bword", .unsupported), ("\\p{L}", .unsupported), ("[[:alpha:]]", .unsupported),
    ("a++", .unsupported),
    ("[^\\s\\S]", .unsatisfiable), ("a$b", .unsatisfiable), ("a{1000000}", .tooLarge),
    ("((a{1000}){1000}){1000}", .tooLarge), (String(repeating: "(", count: 5_000), .tooLarge),
    (String(repeating: "a", count: 20_000), .tooLarge),
  ])
  func `what has no automaton is refused`(source: String, code: ConstraintError.Code) {
    let error = #expect(throws: ConstraintError.self) { try Constraint(expression: source) }
    #expect(error?.code == code)
  }
}
