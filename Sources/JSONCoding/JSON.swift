/// A JSON document (RFC 8259) whose numbers keep their text and whose objects keep their order.
///
/// There is no floating point here: an amount or a height survives a round trip digit for digit,
/// and whoever wants a measurement converts the text outside of the pure targets.
public enum JSON: Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  /// A whole number.
  public static func integer(_ value: some BinaryInteger) -> JSON { .number(JSONNumber(value)) }
}

extension JSON: Equatable {
  /// Whether both say the same in the same order; text is compared as UTF-8 bytes, numbers as text.
  public static func == (lhs: JSON, rhs: JSON) -> Bool {
    switch (lhs, rhs) {
    case (.null, .null): true
    case (.bool(let lhs), .bool(let rhs)): lhs == rhs
    case (.number(let lhs), .number(let rhs)): lhs == rhs
    case (.string(let lhs), .string(let rhs)): lhs.utf8.elementsEqual(rhs.utf8)
    case (.array(let lhs), .array(let rhs)): lhs == rhs
    case (.object(let lhs), .object(let rhs)): lhs == rhs
    default: false
    }
  }
}

// Reading: each is nil if the value is of another kind.
extension JSON {
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  public var isNull: Bool { if case .null = self { true } else { false } }

  /// The whole number, if the text is one and it fits the asked type: `1`, but not `1.0` or `1e0`.
  public func integer<Value: FixedWidthInteger>(as type: Value.Type = Int.self) -> Value? {
    number?.integer(as: type)
  }

  /// The member of that name, if this is an object that has one.
  public subscript(name: String) -> JSON? { object?[name] }

  /// The element at that place, if this is an array that long.
  public subscript(index: Int) -> JSON? {
    guard let array, array.indices.contains(index) else { return nil }
    return array[index]
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// - Precondition: no name occurs twice.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements.map { JSONObject.Member(name: $0.0, value: $0.1) }))
  }
}

/// A JSON number as its text.
public struct JSONNumber: Hashable, Sendable {
  public let text: String

  public init(_ value: some BinaryInteger) { text = String(value) }

  /// Takes text that follows JSON's grammar for a number; nil for any other.
  public init?(text: String) {
    var parser = JSONParser(Array(text.utf8), limits: .init())
    guard let number = try? parser.number(), parser.isAtEnd else { return nil }
    self = number
  }

  init(parsed text: String) { self.text = text }

  /// The whole number, if the text is one and it fits the asked type.
  public func integer<Value: FixedWidthInteger>(as type: Value.Type = Int.self) -> Value? {
    Value(text)  // grammar has ruled out the "+1" and "01" that this would take
  }
}

/// The members of a JSON object in the order they were written, no two with the same name.
public struct JSONObject: Sendable, Equatable {
  public struct Member: Sendable, Equatable {
    public let name: String
    public var value: JSON

    public init(name: String, value: JSON) {
      self.name = name
      self.value = value
    }

    public static func == (lhs: Member, rhs: Member) -> Bool {
      lhs.name.utf8.elementsEqual(rhs.name.utf8) && lhs.value == rhs.value
    }
  }

  public private(set) var members: [Member]

  /// - Precondition: no name occurs twice.
  public init(_ members: [Member] = []) {
    precondition(JSONObject.repeatedName(in: members) == nil, "an object's names are unique")
    self.members = members
  }

  init(checked members: [Member]) { self.members = members }

  /// The member of that name.
  ///
  /// Setting one that is new appends it; setting nil removes it.
  /// - Complexity: O(n) in the number of members.
  public subscript(name: String) -> JSON? {
    get { index(of: name).map { members[$0].value } }
    set {
      switch (index(of: name), newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  private func index(of name: String) -> Int? {
    members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
  }

  /// Returns a name that two members share, byte for byte.
  /// - Complexity: O(n log n).
  static func repeatedName(in members: [Member]) -> String? {
    let sorted = members.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return zip(sorted, sorted.dropFirst()).first { $0.utf8.elementsEqual($1.utf8) }?.0
  }
}
