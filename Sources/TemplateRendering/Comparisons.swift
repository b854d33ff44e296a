/// The tests that may follow `is`.
enum Test: String, CaseIterable, Sendable {
  case defined, undefined, none, boolean, integer, float, number, string, mapping, sequence
  case iterable, callable, even, odd, divisibleby, sameas, lower, upper
  case isTrue = "true"
  case isFalse = "false"
  case isIn = "in"
  case equal = "eq"
  case unequal = "ne"
  case less = "lt"
  case lessOrEqual = "le"
  case greater = "gt"
  case greaterOrEqual = "ge"

  init?(word: String) {
    let names = [
      "equalto": "eq", "==": "eq", "!=": "ne", "lessthan": "lt", "<": "lt", "<=": "le",
      "greaterthan": "gt", ">": "gt", ">=": "ge",
    ]
    self.init(rawValue: names[word] ?? word)
  }

  /// The operator that a test with one argument stands for.
  var comparison: Comparison? {
    switch self {
    case .isIn: .isIn
    case .equal: .equal
    case .unequal: .unequal
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    default: nil
    }
  }
}

extension Renderer {
  mutating func holds(
    _ comparison: Comparison, _ left: Value, _ right: Value
  ) throws(TemplateError) -> Bool {
    switch comparison {
    case .equal: try areEqual(left, right)
    case .unequal: !(try areEqual(left, right))
    case .less: try isLess(left, right)
    case .greater: try isLess(right, left)
    case .lessOrEqual: try isLess(left, right) ? true : try areEqual(left, right)
    case .greaterOrEqual: try isLess(right, left) ? true : try areEqual(left, right)
    case .isIn: try contains(right, left)
    case .isNotIn: !(try contains(right, left))
    }
  }

  mutating func areEqual(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    try charge(1)
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.text(let left), .text(let right)):
      try charge(bytes: min(left.count, right.count))
      return left == right
    case (.decimal(let left), .decimal(let right)): return left == right
    case (.decimal(let decimal), _):
      return right.wholeNumber.map { decimal == "\($0).0" } ?? false
    case (_, .decimal): return try areEqual(right, left)
    case (.list(let left), .list(let right)):
      guard left.elements.count == right.elements.count, left.isTuple == right.isTuple else {
        return false
      }
      for (left, right) in zip(left.elements, right.elements) {
        guard try areEqual(left, right) else { return false }
      }
      return true
    case (.map(let left), .map(let right)):
      guard left.members.count == right.members.count else { return false }
      for member in left.members {
        guard let other = right[member.key], try areEqual(member.value, other) else {
          return false
        }
      }
      return true
    case (.namespace(let left), .namespace(let right)), (.macro(let left), .macro(let right)),
      (.loop(let left), .loop(let right)):
      return left == right
    default:
      guard let left = left.wholeNumber, let right = right.wholeNumber else { return false }
      return left == right
    }
  }

  /// - Throws: `wrongType` for values that have no order.
  mutating func isLess(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    try charge(1)
    switch (left, right) {
    case (.text(let left), .text(let right)):
      try charge(bytes: min(left.count, right.count))
      return left.bytes.lexicographicallyPrecedes(right.bytes)
    case (.list(let left), .list(let right)):
      for (left, right) in zip(left.elements, right.elements) {
        if try areEqual(left, right) { continue }
        return try isLess(left, right)
      }
      return left.elements.count < right.elements.count
    default:
      guard let left = left.wholeNumber, let right = right.wholeNumber else {
        throw error(.wrongType, "\(left.kindName) and \(right.kindName) have no order")
      }
      return left < right
    }
  }

  private mutating func contains(_ whole: Value, _ part: Value) throws(TemplateError) -> Bool {
    switch whole {
    case .undefined: return false
    case .text(let whole):
      guard case .text(let part) = part else {
        throw error(.wrongType, "text holds text, not \(part.kindName)")
      }
      try chargeSearch(for: part, in: whole)
      return whole.offset(of: part) != nil
    case .list(let list):
      for element in list.elements where try areEqual(element, part) { return true }
      return false
    case .map(let map):
      return MapKey(part).flatMap { map[$0] } != nil
    default: throw error(.wrongType, "\(whole.kindName) holds nothing to look for")
    }
  }

  /// The slowest search looks at every byte of one for every byte of the other.
  mutating func chargeSearch(
    for part: MarkedText, in whole: MarkedText
  ) throws(TemplateError) {
    let (work, overflow) = whole.count.multipliedReportingOverflow(by: 1 + part.count / 8)
    guard !overflow else { throw error(.tooMuchWork, "the texts are too long to search") }
    try charge(bytes: work)
  }

  mutating func holds(
    _ test: Test, for value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> Bool {
    let takesOne = test.comparison != nil || test == .divisibleby || test == .sameas
    let bound = try bind(arguments, takesOne ? ["other"] : [], of: "the test \(test.rawValue)")
    guard takesOne else { return try holds(test, for: value) }
    guard let other = bound[0] else {
      throw error(.badArgument, "the test \(test.rawValue) takes an argument")
    }
    if let comparison = test.comparison { return try holds(comparison, value, other) }
    if test == .sameas { return try isSame(value, other) }
    let divisor = try wholeNumber(other, "a divisor")
    guard divisor != 0 else { throw error(.badArgument, "nothing is divisible by 0") }
    return try wholeNumber(value, "what is divided").isMultiple(of: divisor)
  }

  private mutating func isSame(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    switch (left, right) {
    case (.bool(let left), .bool(let right)): left == right
    case (.bool, _), (_, .bool): false
    default: try areEqual(left, right)
    }
  }

  private func holds(_ test: Test, for value: Value) throws(TemplateError) -> Bool {
    switch (test, value) {
    case (.defined, .undefined): false
    case (.defined, _): true
    case (.undefined, .undefined), (.none, .none), (.boolean, .bool), (.integer, .integer),
      (.float, .decimal), (.number, .integer), (.number, .decimal), (.number, .bool),
      (.string, .text), (.mapping, .map), (.sequence, .list), (.sequence, .text),
      (.sequence, .map), (.sequence, .undefined), (.iterable, .list), (.iterable, .text),
      (.iterable, .map), (.iterable, .undefined), (.callable, .macro), (.callable, .function),
      (.callable, .method), (.isTrue, .bool(true)), (.isFalse, .bool(false)):
      true
    case (.even, _): try wholeNumber(value, "what is even").isMultiple(of: 2)
    case (.odd, _): !(try wholeNumber(value, "what is odd").isMultiple(of: 2))
    case (.lower, .text(let text)): isCased(text, as: { $0.lowercased() })
    case (.upper, .text(let text)): isCased(text, as: { $0.uppercased() })
    default: false
    }
  }

  private func isCased(_ text: MarkedText, as form: (String) -> String) -> Bool {
    let string = text.string
    return string.unicodeScalars.contains { $0.properties.isCased }
      && form(string).utf8.elementsEqual(string.utf8)
  }
}
