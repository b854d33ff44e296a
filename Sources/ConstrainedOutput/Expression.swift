/// A regular expression as a tree.
indirect enum Expression: Sendable {
  case scalar(ScalarSet)
  case sequence([Expression])
  case choice([Expression])
  case repeated(Expression, least: Int, most: Int?)
  /// `^` and `$`.
  case atStart
  case atEnd

  static let anything = Expression.repeated(.scalar(.all), least: 0, most: nil)
}

/// Reads the part of regular expressions that has a finite automaton: what JSON Schema's `pattern`
/// takes, without look-around, back references and word boundaries.
///
/// As in ECMA-262, `\d` and `\w` are ASCII.
struct ExpressionParser {
  private let scalars: [Unicode.Scalar]
  private let place: String
  private let limits: ConstraintLimits
  private var offset = 0
  private var depth = 0

  init(
    _ source: String, at place: String, limits: ConstraintLimits
  ) throws(ConstraintError) {
    guard source.utf8.count <= limits.expressionInBytes else {
      throw ConstraintError(
        .tooLarge, at: place,
        "the expression has more than \(limits.expressionInBytes) bytes")
    }
    scalars = Array(source.unicodeScalars)
    self.place = place
    self.limits = limits
  }

  mutating func expression() throws(ConstraintError) -> Expression {
    let result = try choice()
    guard offset == scalars.count else { throw error(.invalid, "this ) closes no group") }
    return result
  }

  private func error(_ code: ConstraintError.Code, _ message: String) -> ConstraintError {
    ConstraintError(code, at: "\(place) character \(offset)", message)
  }

  private var peek: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

  private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    offset += 1
    return true
  }

  private mutating func choice() throws(ConstraintError) -> Expression {
    guard depth < 100 else { throw error(.tooLarge, "more than 100 groups are nested") }
    depth += 1
    var choices = [try sequence()]
    while skip("|") { choices.append(try sequence()) }
    depth -= 1
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func sequence() throws(ConstraintError) -> Expression {
    var parts: [Expression] = []
    while let scalar = peek, scalar != "|", scalar != ")" { parts.append(try repetition()) }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func repetition() throws(ConstraintError) -> Expression {
    let part = try atom()
    let bounds: (Int, Int?)
    switch peek {
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "?": bounds = (0, 1)
    case "{":
      bounds = try counts()
    default: return part
    }
    switch part {
    case .atStart, .atEnd: throw error(.invalid, "^ and $ can't be repeated")
    default: break
    }
    offset += 1
    // Lazy or not, the same texts match.
    _ = skip("?")
    if let next = peek, next == "*" || next == "+" {
      throw error(.unsupported, "possessive and doubled quantifiers are not supported")
    }
    return .repeated(part, least: bounds.0, most: bounds.1)
  }

  /// Reads `{n}`, `{n,}` or `{n,m}`, but for its last brace.
  private mutating func counts() throws(ConstraintError) -> (Int, Int?) {
    offset += 1
    let least = number()
    var most = least
    let isOpen = skip(",")
    if isOpen { most = number() }
    guard let least, peek == "}" else {
      throw error(.invalid, "a brace of its own is written \\{")
    }
    guard least <= limits.states, most ?? 0 <= limits.states else {
      throw error(.tooLarge, "it repeats more than \(limits.states) times")
    }
    if let most, most < least { throw error(.invalid, "the repetition's bounds are swapped") }
    return (least, most)
  }

  private mutating func number() -> Int? {
    let start = offset
    while let scalar = peek, ("0"..."9").contains(scalar) { offset += 1 }
    return Int(String(String.UnicodeScalarView(scalars[start..<offset])))
  }

  private mutating func atom() throws(ConstraintError) -> Expression {
    guard let scalar = peek else { throw error(.invalid, "the expression ends too early") }
    offset += 1
    switch scalar {
    case "(": return try group()
    case "[": return .scalar(try bracket())
    case ".": return .scalar(Self.lineEnds.complement)
    case "^": return .atStart
    case "$": return .atEnd
    case "\\": return .scalar(try escape(inBracket: false))
    case "*", "+", "?", "{":
      offset -= 1
      throw error(.invalid, "there is nothing to repeat before \(scalar)")
    default: return .scalar(ScalarSet(scalar))
    }
  }

  private mutating func group() throws(ConstraintError) -> Expression {
    if skip("?") {
      if !skip(":") { try groupName() }
    }
    let body = try choice()
    guard skip(")") else { throw error(.invalid, "this group never ends: close it with )") }
    return body
  }

  /// Reads `<name>` or `P<name>`.
  private mutating func groupName() throws(ConstraintError) {
    _ = skip("P")
    guard skip("<"), peek != "=", peek != "!" else {
      throw error(.unsupported, "look-around, references to groups and flags are not supported")
    }
    while let scalar = peek, scalar.isASCII, Self.word.contains(scalar.value) { offset += 1 }
    guard skip(">") else { throw error(.invalid, "a group's name has letters, digits and _") }
  }

  // MARK: - Sets

  private static let digits = ScalarSet([0x30...0x39])
  private static let word = ScalarSet([0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a])
  private static let space = ScalarSet([
    0x09...0x0d, 0x20...0x20, 0xa0...0xa0, 0x1680...0x1680, 0x2000...0x200a, 0x2028...0x2029,
    0x202f...0x202f, 0x205f...0x205f, 0x3000...0x3000, 0xfeff...0xfeff,
  ])
  /// What ends a line in some engine or other: `.` is none of them.
  private static let lineEnds = ScalarSet([0x0a...0x0d, 0x85...0x85, 0x2028...0x2029])

  private mutating func escape(inBracket: Bool) throws(ConstraintError) -> ScalarSet {
    guard let scalar = peek else { throw error(.invalid, "the expression ends in \\") }
    offset += 1
    switch scalar {
    case "d": return Self.digits
    case "D": return Self.digits.complement
    case "w": return Self.word
    case "W": return Self.word.complement
    case "s": return Self.space
    case "S": return Self.space.complement
    case "n": return ScalarSet("\n")
    case "r": return ScalarSet("\r")
    case "t": return ScalarSet("\t")
    case "f": return ScalarSet("\u{c}")
    case "v": return ScalarSet("\u{b}")
    case "0": return ScalarSet("\0")
    case "b" where inBracket: return ScalarSet("\u{8}")
    case "x": return ScalarSet(try hexadecimal(digits: 2))
    case "u":
      guard skip("{") else { return ScalarSet(try pairedHexadecimal()) }
      let start = offset
      while let next = peek, next != "}" { offset += 1 }
      let digits = String(String.UnicodeScalarView(scalars[start..<offset]))
      guard skip("}"), let value = UInt32(digits, radix: 16), let named = Unicode.Scalar(value)
      else { throw error(.invalid, "\\u{…} names no character") }
      return ScalarSet(named)
    case _ where scalar.properties.isAlphabetic || ("0"..."9").contains(scalar):
      offset -= 1
      throw error(
        .unsupported,
        "\\\(scalar) is not supported: neither are back references, \\b and Unicode classes")
    default: return ScalarSet(scalar)
    }
  }

  private mutating func hexadecimal(digits count: Int) throws(ConstraintError) -> Unicode.Scalar {
    guard let value = hexadecimalValue(digits: count), let scalar = Unicode.Scalar(value) else {
      throw error(.invalid, "\\x and \\u take two and four digits that name a character")
    }
    return scalar
  }

  private mutating func hexadecimalValue(digits count: Int) -> UInt32? {
    let end = min(offset + count, scalars.count)
    let text = String(String.UnicodeScalarView(scalars[offset..<end]))
    guard text.utf8.count == count, text.utf8.first != UInt8(ascii: "+"),
      let value = UInt32(text, radix: 16)
    else { return nil }
    offset = end
    return value
  }

  /// Four digits, or two times four that are a surrogate pair.
  private mutating func pairedHexadecimal() throws(ConstraintError) -> Unicode.Scalar {
    let start = offset
    if let high = hexadecimalValue(digits: 4), (0xd800..<0xdc00).contains(high), skip("\\"),
      skip("u"), let low = hexadecimalValue(digits: 4), (0xdc00..<0xe000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00))
    {
      return scalar
    }
    offset = start
    return try hexadecimal(digits: 4)
  }

  private mutating func bracket() throws(ConstraintError) -> ScalarSet {
    let isNegated = skip("^")
    var set = ScalarSet.none
    var isFirst = true
    while let scalar = peek, scalar != "]" || isFirst {
      isFirst = false
      if scalar == "[", offset + 1 < scalars.count, [":", ".", "="].contains(scalars[offset + 1]) {
        throw error(.unsupported, "classes such as [:alpha:] are not supported; write a-zA-Z")
      }
      let low = try bracketPart()
      guard peek == "-", offset + 1 < scalars.count, scalars[offset + 1] != "]" else {
        set = set.union(low)
        continue
      }
      offset += 1
      let high = try bracketPart()
      guard let first = low.single, let last = high.single, first <= last else {
        throw error(.invalid, "a range in brackets goes from one character to a later one")
      }
      set = set.union(ScalarSet([first...last]).intersection(.all))
    }
    guard skip("]") else { throw error(.invalid, "this bracket never ends: close it with ]") }
    return isNegated ? set.complement : set
  }

  private mutating func bracketPart() throws(ConstraintError) -> ScalarSet {
    guard let scalar = peek else { throw error(.invalid, "this bracket never ends") }
    offset += 1
    return scalar == "\\" ? try escape(inBracket: true) : ScalarSet(scalar)
  }
}

extension ScalarSet {
  /// The scalar, if it is one alone.
  fileprivate var single: UInt32? {
    guard ranges.count == 1, ranges[0].count == 1 else { return nil }
    return ranges[0].lowerBound
  }
}
