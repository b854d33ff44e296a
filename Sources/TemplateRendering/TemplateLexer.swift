/// A piece of a template.
struct TemplateToken {
  enum Kind: Equatable {
    /// Text outside of all tags.
    case text([UInt8])
    /// `{{`, `}}`, `{%`, `%}`.
    case expressionStart, expressionEnd, statementStart, statementEnd
    case name(String)
    case string([UInt8])
    case integer(Int)
    /// As written, with a fraction or an exponent.
    case decimal(String)
    case symbol(String)
    case end
  }

  let kind: Kind
  let line: Int
}

/// Cuts a template into tokens, with white space treated as Hugging Face's renderer sets it: a line
/// break after a statement or comment goes (`trim_blocks`), and so do the blanks before one that
/// stands first in its line (`lstrip_blocks`).
struct TemplateLexer {
  private let source: [UInt8]
  private var offset = 0
  private var line = 1
  private var tokens: [TemplateToken] = []
  /// Brackets that are open inside of a tag.
  private var open: [UInt8] = []

  private init(_ source: [UInt8]) { self.source = source }

  static func tokens(of source: [UInt8]) throws(TemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(normalized(source))
    try lexer.run()
    lexer.add(.end)
    return lexer.tokens
  }

  /// Every line break as one line feed; without the last one.
  private static func normalized(_ source: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.count)
    for (index, byte) in source.enumerated() {
      switch byte {
      case 0x0d: bytes.append(0x0a)
      case 0x0a where index > 0 && source[index - 1] == 0x0d: break
      default: bytes.append(byte)
      }
    }
    if bytes.last == 0x0a { bytes.removeLast() }
    return bytes
  }

  private mutating func add(_ kind: TemplateToken.Kind) {
    tokens.append(TemplateToken(kind: kind, line: line))
  }

  private func error(_ message: String) -> TemplateError {
    TemplateError(.badSyntax, line: line, message)
  }

  // MARK: - Outside of tags

  private enum Tag { case expression, statement, comment }

  private mutating func run() throws(TemplateError) {
    while offset < source.count {
      let start = offset
      guard let tag = nextTag() else {
        addText(start..<source.count)
        offset = source.count
        return
      }
      let sign = at(offset + 2)
      addText(start..<textEnd(from: start, to: offset, before: tag, sign: sign))
      line += lineBreaks(in: textEnd(from: start, to: offset, before: tag, sign: sign)..<offset)
      offset += sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? 3 : 2
      switch tag {
      case .comment: try skipComment()
      case .expression: try insideTag(.expressionStart, .expressionEnd, closing: "}")
      case .statement:
        if !(try skipRaw()) { try insideTag(.statementStart, .statementEnd, closing: "%") }
      }
    }
  }

  /// Moves to where the next tag begins.
  private mutating func nextTag() -> Tag? {
    while offset + 1 < source.count {
      if source[offset] == UInt8(ascii: "{") {
        switch source[offset + 1] {
        case UInt8(ascii: "{"): return .expression
        case UInt8(ascii: "%"): return .statement
        case UInt8(ascii: "#"): return .comment
        default: break
        }
      }
      offset += 1
    }
    return nil
  }

  /// Where the text before a tag ends, once its white space has gone as the tag asks.
  private func textEnd(from start: Int, to end: Int, before tag: Tag, sign: UInt8?) -> Int {
    switch sign {
    case UInt8(ascii: "-"):
      let kept = MarkedText(source[start..<end]).trimmed(start: false) { $0.isPythonSpace }
      return start + kept.count
    case UInt8(ascii: "+"): return end
    default:
      guard tag != .expression else { return end }
      var blank = end
      while blank > start, source[blank - 1] != 0x0a {
        guard Unicode.Scalar(source[blank - 1]).isPythonSpace, source[blank - 1] < 0x80 else {
          return end
        }
        blank -= 1
      }
      let startsLine = blank > start || blank == 0 || source[blank - 1] == 0x0a
      return startsLine ? blank : end
    }
  }

  private mutating func addText(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    add(.text(Array(source[range])))
    line += lineBreaks(in: range)
  }

  private func lineBreaks(in range: Range<Int>) -> Int {
    source[range].reduce(0) { $1 == 0x0a ? $0 + 1 : $0 }
  }

  private mutating func skipComment() throws(TemplateError) {
    let start = offset
    while offset + 1 < source.count {
      if source[offset] == UInt8(ascii: "#"), source[offset + 1] == UInt8(ascii: "}") {
        let sign = offset > start ? source[offset - 1] : 0
        line += lineBreaks(in: start..<offset)
        offset += 2
        skipAfterTag(sign: sign)
        return
      }
      offset += 1
    }
    throw error("this comment never ends: close it with #}")
  }

  /// Takes the white space after a tag: all for `-`, none for `+`, else one line break.
  private mutating func skipAfterTag(sign: UInt8?, keepsLineBreak: Bool = false) {
    let start = offset
    if sign == UInt8(ascii: "-") {
      while offset < source.count {
        let next = source[offset..<min(offset + 4, source.count)]
        guard let scalar = String(decoding: next, as: UTF8.self).unicodeScalars.first,
          scalar.isPythonSpace
        else { break }
        offset += scalar.utf8.count
      }
    } else if sign != UInt8(ascii: "+"), !keepsLineBreak, at(offset) == 0x0a {
      offset += 1
    }
    line += lineBreaks(in: start..<offset)
  }

  /// Reads `raw %} … {% endraw %}` as text, if that is what stands here.
  private mutating func skipRaw() throws(TemplateError) -> Bool {
    guard let (begin, sign) = wordTag("raw", at: offset) else { return false }
    line += lineBreaks(in: offset..<begin)
    offset = begin
    // Only `-` takes white space after the opening tag; its line break stays.
    skipAfterTag(sign: sign, keepsLineBreak: true)
    let start = offset
    while offset + 1 < source.count {
      if source[offset] == UInt8(ascii: "{"), source[offset + 1] == UInt8(ascii: "%") {
        let before = at(offset + 2)
        let skip = before == UInt8(ascii: "-") || before == UInt8(ascii: "+") ? 3 : 2
        if let (after, sign) = wordTag("endraw", at: offset + skip) {
          addText(start..<textEnd(from: start, to: offset, before: .statement, sign: before))
          line += lineBreaks(in: offset..<after)
          offset = after
          skipAfterTag(sign: sign)
          return true
        }
      }
      offset += 1
    }
    throw error("this raw block never ends: close it with {% endraw %}")
  }

  /// Where a tag of one word ends, and the sign at its end, if that is what stands here.
  private func wordTag(_ word: String, at start: Int) -> (after: Int, sign: UInt8)? {
    var place = start
    while let byte = at(place), Unicode.Scalar(byte).isPythonSpace { place += 1 }
    guard source[min(place, source.count)...].starts(with: word.utf8) else { return nil }
    place += word.utf8.count
    while let byte = at(place), Unicode.Scalar(byte).isPythonSpace { place += 1 }
    var sign: UInt8 = 0
    if let byte = at(place), byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
      sign = byte
      place += 1
    }
    guard at(place) == UInt8(ascii: "%"), at(place + 1) == UInt8(ascii: "}") else { return nil }
    return (place + 2, sign)
  }

  private func at(_ place: Int) -> UInt8? { place < source.count ? source[place] : nil }

  // MARK: - Inside of tags

  private mutating func insideTag(
    _ first: TemplateToken.Kind, _ last: TemplateToken.Kind, closing: Character
  ) throws(TemplateError) {
    add(first)
    open = []
    let close = closing.asciiValue
    while let byte = at(offset) {
      if open.isEmpty {
        let signed = byte == UInt8(ascii: "-") || (byte == UInt8(ascii: "+") && close == 0x25)
        let start = signed ? offset + 1 : offset
        if at(start) == close, at(start + 1) == UInt8(ascii: "}") {
          add(last)
          offset = start + 2
          skipAfterTag(
            sign: signed ? byte : nil, keepsLineBreak: closing == "}")
          return
        }
      }
      try tokenInTag(byte)
    }
    throw error("this tag never ends: close it with \(closing)}")
  }

  private mutating func tokenInTag(_ byte: UInt8) throws(TemplateError) {
    switch byte {
    case 0x0a:
      line += 1
      offset += 1
    case 0x20, 0x09, 0x0b, 0x0c: offset += 1
    case UInt8(ascii: "'"), UInt8(ascii: "\""): try string(byte)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    case _ where isNameByte(byte):
      let start = offset
      while let byte = at(offset), isNameByte(byte) { offset += 1 }
      add(.name(String(decoding: source[start..<offset], as: UTF8.self)))
    default: try symbol(byte)
    }
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private mutating func symbol(_ byte: UInt8) throws(TemplateError) {
    let two = String(decoding: source[offset..<min(offset + 2, source.count)], as: UTF8.self)
    if ["==", "!=", "<=", ">=", "//", "**"].contains(two) {
      add(.symbol(two))
      offset += 2
      return
    }
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
      open.append(byte)
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
      guard let last = open.popLast(), byte == (last == UInt8(ascii: "(") ? last + 1 : last + 2)
      else { throw error("this bracket closes none") }
    case _ where "+-*/%~|.,:=<>".utf8.contains(byte): break
    default:
      throw error(
        "the character \(Character(Unicode.Scalar(byte)).debugDescription) has no place in a tag")
    }
    add(.symbol(String(Unicode.Scalar(byte))))
    offset += 1
  }

  private mutating func number() throws(TemplateError) {
    let start = offset
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
    while isDigit(at(offset)) || at(offset) == UInt8(ascii: "_") { offset += 1 }
    var isWhole = true
    if at(offset) == UInt8(ascii: "."), isDigit(at(offset + 1)) {
      isWhole = false
      offset += 1
      while isDigit(at(offset)) { offset += 1 }
    }
    if let byte = at(offset), byte | 0x20 == UInt8(ascii: "e") {
      let sign = at(offset + 1)
      let skip = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 2 : 1
      if isDigit(at(offset + skip)) {
        isWhole = false
        offset += skip
        while isDigit(at(offset)) { offset += 1 }
      }
    }
    let text = String(
      decoding: source[start..<offset].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    if !isWhole {
      add(.decimal(text))
    } else if let value = Int(text), value == 0 || text.first != "0" {
      add(.integer(value))
    } else {
      throw error("the number \(text.prefix(40)) is too large or begins with 0")
    }
  }

  private mutating func string(_ quote: UInt8) throws(TemplateError) {
    let first = line
    var text: [UInt8] = []
    offset += 1
    while let byte = at(offset) {
      offset += 1
      switch byte {
      case quote:
        tokens.append(TemplateToken(kind: .string(text), line: first))
        return
      case UInt8(ascii: "\\"): try escape(into: &text)
      default:
        if byte == 0x0a { line += 1 }
        text.append(byte)
      }
    }
    throw TemplateError(.badSyntax, line: first, "this string never ends")
  }

  private mutating func escape(into text: inout [UInt8]) throws(TemplateError) {
    guard let byte = at(offset) else { throw error("this string never ends") }
    offset += 1
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "a"): text.append(0x07)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "v"): text.append(0x0b)
    case UInt8(ascii: "0"): text.append(0)
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(byte)
    case 0x0a: line += 1
    case UInt8(ascii: "x"): try scalar(digits: 2, into: &text)
    case UInt8(ascii: "u"): try scalar(digits: 4, into: &text)
    case UInt8(ascii: "U"): try scalar(digits: 8, into: &text)
    default: text += [UInt8(ascii: "\\"), byte]
    }
  }

  private mutating func scalar(digits: Int, into text: inout [UInt8]) throws(TemplateError) {
    let end = min(offset + digits, source.count)
    let digits = String(decoding: source[offset..<end], as: UTF8.self)
    guard let value = UInt32(digits, radix: 16), digits.utf8.first != UInt8(ascii: "+"),
      let scalar = Unicode.Scalar(value)
    else { throw error("\\x, \\u and \\U take 2, 4 and 8 digits that name a character") }
    offset = end
    text += Array(String(Character(scalar)).utf8)
  }
}
