/// How much of a stranger's document is looked at before it is refused.
public struct JSONLimits: Sendable {
  public var sizeInBytes: Int
  /// How many arrays and objects may be open at once.
  public var depth: Int

  public init(sizeInBytes: Int = 16 << 20, depth: Int = 64) {
    self.sizeInBytes = sizeInBytes
    self.depth = depth
  }
}

/// Why bytes are not one acceptable JSON document.
public struct JSONError: Error, Equatable, Sendable {
  public enum Reason: String, Sendable, CaseIterable {
    case tooLarge = "too_large"
    case tooDeep = "too_deep"
    case unexpectedEnd = "unexpected_end"
    case unexpectedByte = "unexpected_byte"
    /// Bytes after the document.
    case trailingBytes = "trailing_bytes"
    case badNumber = "bad_number"
    /// A control character, a bad escape, half a surrogate pair, or bytes that are not UTF-8.
    case badString = "bad_string"
    /// Two members of one object have the same name.
    case repeatedName = "repeated_name"
  }

  public let reason: Reason
  /// The first byte that is wrong, counted from 0.
  public let offset: Int
  /// The name that two members have, if that is what is wrong.
  public var name: String?
}

extension JSONError: CustomStringConvertible {
  public var description: String {
    "\(reason.rawValue)\(name.map { " \"\($0)\"" } ?? "") at byte \(offset)"
  }
}

extension JSON {
  /// Reads exactly one document, with nothing but white space around it.
  ///
  /// Stricter than many: names must be unique, escapes must form whole characters, and there is no
  /// byte-order mark.
  /// - Complexity: O(n log n) in the worst case, for an object of many names.
  public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
    guard bytes.count <= limits.sizeInBytes else {
      throw JSONError(reason: .tooLarge, offset: limits.sizeInBytes)
    }
    var parser = JSONParser(bytes, limits: limits)
    self = try parser.document()
  }

  public init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }
}

/// A cursor over the bytes of a document.
struct JSONParser {
  private let bytes: [UInt8]
  private let limits: JSONLimits
  private var offset = 0
  private var depth = 0

  init(_ bytes: [UInt8], limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func document() throws(JSONError) -> JSON {
    let value = try value()
    skipSpace()
    guard isAtEnd else { throw error(.trailingBytes) }
    return value
  }

  private mutating func value() throws(JSONError) -> JSON {
    skipSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: throw error(.unexpectedByte)
    }
  }

  private mutating func object() throws(JSONError) -> JSONObject {
    let start = offset
    var members: [JSONObject.Member] = []
    try elements(closedBy: UInt8(ascii: "}")) { parser throws(JSONError) in
      parser.skipSpace()
      guard try parser.peek() == UInt8(ascii: "\"") else { throw parser.error(.unexpectedByte) }
      let name = try parser.string()
      parser.skipSpace()
      try parser.expect(UInt8(ascii: ":"))
      members.append(JSONObject.Member(name: name, value: try parser.value()))
    }
    if let name = JSONObject.repeatedName(in: members) {
      throw JSONError(reason: .repeatedName, offset: start, name: name)
    }
    return JSONObject(checked: members)
  }

  private mutating func array() throws(JSONError) -> [JSON] {
    var values: [JSON] = []
    try elements(closedBy: UInt8(ascii: "]")) { parser throws(JSONError) in
      values.append(try parser.value())
    }
    return values
  }

  /// Reads an opening byte, elements with commas between them, and the closing byte.
  private mutating func elements(
    closedBy close: UInt8, _ element: (inout JSONParser) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard depth < limits.depth else { throw error(.tooDeep) }
    depth += 1
    offset += 1
    skipSpace()
    if try peek() == close {
      offset += 1
    } else {
      while true {
        try element(&self)
        skipSpace()
        if try peek() == close { break }
        try expect(UInt8(ascii: ","))
      }
      offset += 1
    }
    depth -= 1
  }

  /// Reads `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
  mutating func number() throws(JSONError) -> JSONNumber {
    let start = offset
    skip(UInt8(ascii: "-"))
    if !skip(UInt8(ascii: "0")) { try digits() }
    if skip(UInt8(ascii: ".")) { try digits() }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
      try digits()
    }
    return JSONNumber(parsed: String(decoding: bytes[start..<offset], as: UTF8.self))
  }

  private mutating func digits() throws(JSONError) {
    let start = offset
    while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) {
      offset += 1
    }
    guard offset > start else { throw error(.badNumber) }
  }

  private mutating func string() throws(JSONError) -> String {
    let start = offset
    offset += 1
    var text: [UInt8] = []
    while true {
      let byte = try peek()
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw JSONError(reason: .badString, offset: start)
        }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw JSONError(reason: .badString, offset: offset - 1)
      default: text.append(byte)
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let byte = try peek()
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text += Array(String(try escapedScalar()).utf8)
    default: throw JSONError(reason: .badString, offset: offset - 1)
    }
  }

  /// Reads the four digits after `\u`, and a second escape if the first is half of a pair.
  private mutating func escapedScalar() throws(JSONError) -> Character {
    let start = offset - 2
    let first = try fourDigits()
    if let scalar = Unicode.Scalar(first) { return Character(scalar) }
    guard (0xd800..<0xdc00).contains(first), skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u"))
    else {
      throw JSONError(reason: .badString, offset: start)
    }
    let second = try fourDigits()
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw JSONError(reason: .badString, offset: start) }
    return Character(scalar)
  }

  private mutating func fourDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try peek()
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw error(.badString)
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    for byte in "\(word)".utf8 { try expect(byte) }
    return value
  }

  private mutating func skipSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0a, 0x0d: offset += 1
      default: return
      }
    }
  }

  private func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw error(.unexpectedEnd) }
    return bytes[offset]
  }

  private mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard try peek() == byte else { throw error(.unexpectedByte) }
    offset += 1
  }

  @discardableResult private mutating func skip(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  private func error(_ reason: JSONError.Reason) -> JSONError {
    JSONError(reason: reason, offset: offset)
  }
}
