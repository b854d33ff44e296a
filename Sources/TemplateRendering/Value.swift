internal import JSONCoding

/// What a template computes with.
///
/// As in the sandbox that Hugging Face renders in, nothing but a namespace can be changed.
enum Value: Sendable {
  /// Nothing was given; the text says what was asked for.
  case undefined(String)
  case none
  case bool(Bool)
  case integer(Int)
  /// A number with a fraction, or beyond 64 bits, as Python writes it: passed through, never
  /// computed with.
  case decimal(String)
  case text(MarkedText)
  case list(List)
  case map(Map)
  /// A namespace, macro or loop of the rendering, by its number there.
  case namespace(Int)
  case macro(Int)
  case loop(Int)
  case function(Function)
  indirect case method(Value, String)

  static func text(_ string: String) -> Value { .text(MarkedText(string)) }
}

/// A list or tuple.
struct List: Sendable {
  let elements: [Value]
  let isTuple: Bool
  /// How many lists and maps are nested in it, itself included.
  let depth: Int

  /// - Complexity: O(n).
  init(_ elements: [Value], isTuple: Bool = false) {
    self.elements = elements
    self.isTuple = isTuple
    depth = 1 + elements.reduce(0) { max($0, $1.depth) }
  }
}

/// A dictionary in the order of its members.
struct Map: Sendable {
  private(set) var members: [(key: MapKey, value: Value)] = []
  private var places: [MapKey: Int] = [:]
  private(set) var depth = 1

  subscript(key: MapKey) -> Value? { places[key].map { members[$0].value } }
  subscript(name: [UInt8]) -> Value? { self[.text(MarkedText(name))] }

  mutating func set(_ key: MapKey, to value: Value) {
    if let place = places[key] {
      members[place].value = value
    } else {
      places[key] = members.count
      members.append((key, value))
    }
    depth = max(depth, 1 + value.depth)
  }

  mutating func set(_ name: MarkedText, to value: Value) { set(.text(name), to: value) }
}

enum MapKey: Hashable, Sendable {
  case text(MarkedText)
  case integer(Int)

  /// Nil for values that can't be keys here.
  init?(_ value: Value) {
    switch value {
    case .text(let text): self = .text(text)
    case .integer, .bool:
      guard let number = value.wholeNumber else { return nil }
      self = .integer(number)
    default: return nil
    }
  }

  var value: Value {
    switch self {
    case .text(let text): .text(text)
    case .integer(let number): .integer(number)
    }
  }

  var text: MarkedText {
    switch self {
    case .text(let text): text
    case .integer(let number): MarkedText(String(number))
    }
  }
}

/// What a template may call by name.
enum Function: String, CaseIterable, Sendable {
  case range, dict, namespace
  case raiseException = "raise_exception"
  case strftimeNow = "strftime_now"
}

extension Value {
  var depth: Int {
    switch self {
    case .list(let list): list.depth
    case .map(let map): map.depth
    case .method(let value, _): 1 + value.depth
    default: 0
    }
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .decimal(let text):
      text.prefix { $0 != "e" }.contains { ("1"..."9").contains($0) }
    case .text(let text): !text.isEmpty
    case .list(let list): !list.elements.isEmpty
    case .map(let map): !map.members.isEmpty
    case .namespace, .macro, .loop, .function, .method: true
    }
  }

  /// For messages.
  var kindName: String {
    switch self {
    case .undefined(let name): "\(name), which nobody gave"
    case .none: "none"
    case .bool: "a boolean"
    case .integer: "a whole number"
    case .decimal: "a decimal number"
    case .text: "text"
    case .list: "a list"
    case .map: "a dictionary"
    case .namespace: "a namespace"
    case .macro, .function, .method: "something to call"
    case .loop: "the loop"
    }
  }

  var wholeNumber: Int? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .integer(let value): value
    default: nil
    }
  }

  /// A document's value; its texts and names are marked as input.
  init(_ json: JSON) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .number(let number):
      self = number.integer().map { .integer($0) } ?? .decimal(pythonDecimal(number.text))
    case .string(let text): self = .text(MarkedText(text, isInput: true))
    case .array(let values): self = .list(List(values.map { Value($0) }))
    case .object(let object):
      var map = Map()
      for member in object.members {
        map.set(MarkedText(member.name, isInput: true), to: Value(member.value))
      }
      self = .map(map)
    }
  }
}

/// Writes a decimal number as Python's `repr` does, for up to 17 digits that count.
///
/// Numbers of more digits keep them all, where Python rounds.
func pythonDecimal(_ text: String) -> String {
  let isNegative = text.hasPrefix("-")
  let halves = text.drop { $0 == "-" || $0 == "+" }.lowercased().split(separator: "e")
  let mantissa = (halves.first ?? "0").split(separator: ".", omittingEmptySubsequences: false)
  let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
  let exponent = halves.count > 1 ? Int(halves[1].drop { $0 == "+" }) : 0
  let all = (mantissa.first.map(String.init) ?? "") + fraction
  if mantissa.count == 1, halves.count == 1 { return text }
  guard let exponent, abs(exponent) < 100_000 else { return text }
  let leading = all.prefix { $0 == "0" }.count
  var digits = String(all.dropFirst(leading))
  // The value is 0.digits × 10^point.
  let point = all.count - fraction.count - leading + exponent
  while digits.last == "0" { digits.removeLast() }
  let sign = isNegative ? "-" : ""
  if digits.isEmpty { return sign + "0.0" }
  if point > 16 || point < -3 {
    let rest = digits.dropFirst()
    let power = point - 1
    let written = abs(power) < 10 ? "0\(abs(power))" : "\(abs(power))"
    let mantissa = digits.prefix(1) + (rest.isEmpty ? "" : "." + rest)
    return sign + mantissa + (power < 0 ? "e-" : "e+") + written
  }
  if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
  if digits.count <= point {
    return sign + digits + String(repeating: "0", count: point - digits.count) + ".0"
  }
  return sign + digits.prefix(point) + "." + digits.dropFirst(point)
}
