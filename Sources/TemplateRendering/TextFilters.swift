extension Renderer {
  /// The filters that make text.
  mutating func text(
    _ filter: Filter, _ value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> MarkedText {
    if filter == .tojson { return try json(value, arguments) }
    if filter == .join { return try joined(value, arguments) }
    if filter == .format { return try formatted(try text(of: value), arguments) }
    let text = try text(of: value)
    try charge(bytes: text.count)
    switch filter {
    case .trim:
      let characters = try bind(arguments, ["chars"], of: filter)[0]
      return try trimmed(text, characters, start: true, end: true)
    case .replace:
      let bound = try bind(arguments, ["old", "new", "count"], of: filter)
      return try replaced(text, bound[0], by: bound[1], bound[2])
    case .indent:
      return try indented(
        text, try bind(arguments, ["width", "first", "blank"], of: filter))
    default: break
    }
    _ = try bind(arguments, [], of: filter)
    switch filter {
    case .lower: return text.replaced(by: text.string.lowercased())
    case .upper: return text.replaced(by: text.string.uppercased())
    case .capitalize: return capitalized(text)
    case .title: return titled(text) { " \t\n\r\u{b}\u{c}-({[<".unicodeScalars.contains($0) }
    case .escape, .safe:
      var safe = filter == .safe || text.isSafe ? text : try escaped(text)
      safe.isSafe = true
      return safe
    default: return text
    }
  }

  func capitalized(_ text: MarkedText) -> MarkedText {
    let string = text.string
    let first = string.unicodeScalars.first.map { String($0) } ?? ""
    let rest = String(String.UnicodeScalarView(string.unicodeScalars.dropFirst()))
    return text.replaced(by: first.uppercased() + rest.lowercased())
  }

  /// Each word's first letter large, the others small.
  func titled(
    _ text: MarkedText, wordsBeginAfter separates: (Unicode.Scalar) -> Bool
  ) -> MarkedText {
    var result = ""
    var isFirst = true
    for scalar in text.string.unicodeScalars {
      let letter = String(scalar)
      result += isFirst ? letter.uppercased() : letter.lowercased()
      isFirst = separates(scalar)
    }
    return text.replaced(by: result)
  }

  private mutating func escaped(_ text: MarkedText) throws(TemplateError) -> MarkedText {
    var result = text
    for (old, new) in [
      ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&#34;"), ("'", "&#39;"),
    ] {
      result = try replaced(
        result, .text(old), by: .text(MarkedText(new, isInput: text.hasInput)), nil)
    }
    return result
  }

  private mutating func joined(
    _ value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> MarkedText {
    let bound = try bind(arguments, ["d", "attribute"], of: .join)
    let separator = try text(of: bound[0] ?? .text(""))
    let elements = try parts(bound[1], of: try elements(of: value))
    var texts: [MarkedText] = []
    for (index, element) in elements.enumerated() {
      if index > 0, !separator.isEmpty { texts.append(separator) }
      texts.append(try text(of: element))
    }
    return try joined(texts)
  }

  /// Returns the texts one after another, as `~` and `join` do.
  mutating func joined(_ texts: [MarkedText]) throws(TemplateError) -> MarkedText {
    var result = MarkedText()
    for text in texts {
      try charge(bytes: text.count)
      result.append(text)
    }
    return result
  }

  /// The sum of two texts; beside one that is safe, the other is escaped.
  mutating func added(
    _ left: MarkedText, _ right: MarkedText
  ) throws(TemplateError) -> MarkedText {
    let isSafe = left.isSafe || right.isSafe
    var sum = try joined([
      isSafe && !left.isSafe ? try escaped(left) : left,
      isSafe && !right.isSafe ? try escaped(right) : right,
    ])
    sum.isSafe = isSafe
    return sum
  }

  func trimmed(
    _ text: MarkedText, _ characters: Value?, start: Bool, end: Bool
  ) throws(TemplateError) -> MarkedText {
    switch characters {
    case nil, .some(.none): return text.trimmed(start: start, end: end) { $0.isPythonSpace }
    case .some(let value):
      let set = try self.text(argument: value, "what is trimmed").string.unicodeScalars
      let wanted = Set(set)
      return text.trimmed(start: start, end: end) { wanted.contains($0) }
    }
  }

  mutating func replaced(
    _ text: MarkedText, _ old: Value?, by new: Value?, _ limit: Value?
  ) throws(TemplateError) -> MarkedText {
    let old = try self.text(argument: old, "what is replaced")
    let new = try self.text(argument: new, "what replaces it")
    var left = try wholeNumber(limit ?? .integer(-1), "how often to replace")
    try chargeSearch(for: old, in: text)
    var result = MarkedText()
    var start = 0
    var next = 0
    while left != 0, let found = text.offset(of: old, from: next) {
      try charge(bytes: new.count + (found - start))
      result.append(text[start..<found])
      result.append(new)
      start = found + old.count
      next = start
      left -= 1
      if old.isEmpty {
        // Between every two characters, and at both ends.
        guard next < text.count else { break }
        next += 1
        while next < text.count, text.bytes[next] & 0xc0 == 0x80 { next += 1 }
      }
    }
    result.append(text[start..<text.count])
    return result
  }

  private mutating func indented(
    _ text: MarkedText, _ bound: [Value?]
  ) throws(TemplateError) -> MarkedText {
    let indent: MarkedText
    switch bound[0] {
    case .some(.text(let text)): indent = text
    case let width:
      indent = try repeated(
        MarkedText(" "), try wholeNumber(width ?? .integer(4), "the width"))
    }
    let indentsBlank = bound[2]?.isTrue == true
    var result = bound[1]?.isTrue == true ? indent : MarkedText()
    for (index, line) in lines(of: text + MarkedText("\n")).enumerated() {
      try charge(bytes: line.count + indent.count)
      if index > 0 {
        result.append("\n")
        if indentsBlank || !line.isEmpty { result.append(indent) }
      }
      result.append(line)
    }
    return result
  }

  /// The lines without their breaks, as `str.splitlines` finds them.
  func lines(of text: MarkedText, keepsBreaks: Bool = false) -> [MarkedText] {
    var lines: [MarkedText] = []
    var start = 0
    var offset = 0
    var wasReturn = false
    for scalar in text.string.unicodeScalars {
      let end = offset + scalar.utf8.count
      switch scalar.value {
      case 0x0a where wasReturn:
        start = end
      case 0x0a...0x0d, 0x1c...0x1e, 0x85, 0x2028, 0x2029:
        lines.append(text[start..<(keepsBreaks ? end : offset)])
        start = end
      default: break
      }
      wasReturn = scalar.value == 0x0d
      offset = end
    }
    if start < text.count { lines.append(text[start..<text.count]) }
    return lines
  }

  /// Python's `%` for the conversions s, d and %.
  mutating func formatted(
    _ form: MarkedText, _ value: Value
  ) throws(TemplateError) -> MarkedText {
    if case .list(let list) = value, list.isTuple {
      return try formatted(form, Arguments(positional: list.elements))
    }
    return try formatted(form, Arguments(positional: [value]))
  }

  private mutating func formatted(
    _ form: MarkedText, _ arguments: Arguments
  ) throws(TemplateError) -> MarkedText {
    guard arguments.named.isEmpty else {
      throw error(.unsupported, "formats take no named values here")
    }
    var values = arguments.positional[...]
    var result = MarkedText()
    var start = 0
    while let found = form.offset(of: MarkedText("%"), from: start) {
      result.append(form[start..<found])
      let conversion = found + 1 < form.count ? form.bytes[found + 1] : 0
      start = min(found + 2, form.count)
      if conversion == UInt8(ascii: "%") {
        result.append("%")
        continue
      }
      guard conversion == UInt8(ascii: "s") || conversion == UInt8(ascii: "d") else {
        throw error(.unsupported, "a format has %s, %d and %% alone here")
      }
      guard let value = values.popFirst() else {
        throw error(.badArgument, "a format has more places than values")
      }
      if conversion == UInt8(ascii: "d") { _ = try wholeNumber(value, "a value for %d") }
      let text = try text(of: value)
      try charge(bytes: text.count)
      result.append(text)
    }
    guard values.isEmpty else { throw error(.badArgument, "a format has fewer places than values") }
    result.append(form[start..<form.count])
    return result
  }
}
