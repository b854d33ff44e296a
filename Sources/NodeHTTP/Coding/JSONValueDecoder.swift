public import JSONCoding

extension JSON {
  /// Reads a value of a type whose form ``init(encoding:)`` writes.
  ///
  /// Every member must be one that the type has: nothing is passed over.
  /// - Throws: ``JSONValueError`` that says where, and what is wanted there.
  public func decoded<Value: Codable>(as: Value.Type = Value.self) throws -> Value {
    let value: Value
    do {
      value = try Value(from: ValueDecoder(json: self, codingPath: []))
    } catch let error as DecodingError {
      throw JSONValueError(error)
    }
    if let path = firstMember(notIn: try JSON(encoding: value)) {
      throw JSONValueError(path: path, reason: "there is no such member")
    }
    return value
  }

  private func firstMember(notIn other: JSON) -> String? {
    if let object, let known = other.object {
      for member in object.members {
        guard let match = known[member.name] else { return member.name }
        if let path = member.value.firstMember(notIn: match) { return "\(member.name).\(path)" }
      }
    } else if let array, let known = other.array {
      for (index, pair) in zip(array, known).enumerated() {
        if let path = pair.0.firstMember(notIn: pair.1) { return "\(index).\(path)" }
      }
    }
    return nil
  }
}

/// Why a document is no value of the type that is wanted.
public struct JSONValueError: Error, Equatable, CustomStringConvertible {
  /// The members on the way, joined by dots; empty for the document itself.
  public let path: String
  public let reason: String

  init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  init(_ error: DecodingError) {
    let (context, missing): (DecodingError.Context, (any CodingKey)?) =
      switch error {
      case .keyNotFound(let key, let context): (context, key)
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .dataCorrupted(let context):
        (context, nil)
      @unknown default: (.init(codingPath: [], debugDescription: "\(error)"), nil)
      }
    let keys = (context.codingPath + (missing.map { [$0] } ?? [])).map(\.stringValue)
    path = keys.filter { $0 != "_0" }.map(snakeCase).joined(separator: ".")
    reason = context.debugDescription
  }

  public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}

private struct ValueDecoder: Decoder, SingleValueDecodingContainer {
  let json: JSON
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(try ObjectDecoder<Key>(json: json, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = json.array else { throw mismatch([JSON].self, "a list is wanted here") }
    return ArrayDecoder(elements: elements, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { json.isNull }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard let value = json.bool else { throw mismatch(type, "true or false is wanted here") }
    return value
  }

  func decode(_ type: String.Type) throws -> String {
    // A text that happens to be digits, such as an amount, may come as a number.
    guard let value = json.string ?? json.number?.text else {
      throw mismatch(type, "a text is wanted here")
    }
    return value
  }

  func decode(_ type: Double.Type) throws -> Double { throw mismatch(type, "no fractions here") }
  func decode(_ type: Float.Type) throws -> Float { throw mismatch(type, "no fractions here") }
  func decode(_: Int.Type) throws -> Int { try integer() }
  func decode(_: Int8.Type) throws -> Int8 { try integer() }
  func decode(_: Int16.Type) throws -> Int16 { try integer() }
  func decode(_: Int32.Type) throws -> Int32 { try integer() }
  func decode(_: Int64.Type) throws -> Int64 { try integer() }
  func decode(_: UInt.Type) throws -> UInt { try integer() }
  func decode(_: UInt8.Type) throws -> UInt8 { try integer() }
  func decode(_: UInt16.Type) throws -> UInt16 { try integer() }
  func decode(_: UInt32.Type) throws -> UInt32 { try integer() }
  func decode(_: UInt64.Type) throws -> UInt64 { try integer() }
  func decode(_: Int128.Type) throws -> Int128 { try integer() }
  func decode(_: UInt128.Type) throws -> UInt128 { try integer() }
  func decode<Value: Decodable>(_: Value.Type) throws -> Value { try Value(from: self) }

  /// Wide integers come as decimal text, and narrow ones may.
  private func integer<Value: FixedWidthInteger>() throws -> Value {
    if let value = json.integer(as: Value.self) { return value }
    if let text = json.string, let value = Value(text), value.description == text { return value }
    throw mismatch(
      Value.self, "a whole number from \(Value.min) to \(Value.max) is wanted here")
  }

  private func mismatch(_ type: any Any.Type, _ message: String) -> DecodingError {
    .typeMismatch(type, .init(codingPath: codingPath, debugDescription: message))
  }
}

private struct ObjectDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let json: JSON
  private let members: [String: JSON]
  let codingPath: [any CodingKey]
  let allKeys: [Key]

  init(json: JSON, codingPath: [any CodingKey]) throws {
    self.json = json
    self.codingPath = codingPath
    // What an enumeration's case carries is the whole of it, unless it carries more than one value;
    // a case that carries nothing is a text.
    if let carried = Key(stringValue: "_0"), json["_0"] == nil {
      (members, allKeys) = ([:], [carried])
    } else if let name = json.string {
      members = [name: .object(JSONObject())]
      allKeys = Key(snakeCased: name).map { [$0] } ?? []
    } else if let object = json.object {
      members = Dictionary(
        object.members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
      allKeys = object.members.compactMap { Key(snakeCased: $0.name) }
    } else {
      throw DecodingError.typeMismatch(
        JSONObject.self,
        .init(codingPath: codingPath, debugDescription: "an object is wanted here"))
    }
  }

  private func value(_ key: Key) throws -> JSON {
    if key.stringValue == "_0", json["_0"] == nil { return json }
    guard let value = members[snakeCase(key.stringValue)] else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: codingPath, debugDescription: "it is missing"))
    }
    return value
  }

  private func decoder(_ key: Key) throws -> ValueDecoder {
    ValueDecoder(json: try value(key), codingPath: codingPath + [key])
  }

  func contains(_ key: Key) -> Bool {
    key.stringValue == "_0" && json["_0"] == nil || members[snakeCase(key.stringValue)] != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool { try value(key).isNull }

  // The widest integers came late to the protocol, with forms of their own that refuse.
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
    try decoder(key).decode(type)
  }

  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
    try decoder(key).decode(type)
  }

  func decode<Value: Decodable>(_: Value.Type, forKey key: Key) throws -> Value {
    try Value(from: try decoder(key))
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder(key).container(keyedBy: Nested.self)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { ValueDecoder(json: json, codingPath: codingPath) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

extension CodingKey {
  /// The key whose name reads as this one with underscores; nil if the type has none.
  fileprivate init?(snakeCased name: String) {
    var camel = ""
    var rises = false
    for character in name {
      guard character != "_" else {
        rises = true
        continue
      }
      camel += rises ? character.uppercased() : String(character)
      rises = false
    }
    self.init(stringValue: camel)
  }
}

private struct ArrayDecoder: UnkeyedDecodingContainer {
  let elements: [JSON]
  let codingPath: [any CodingKey]
  private(set) var currentIndex = 0

  init(elements: [JSON], codingPath: [any CodingKey]) {
    self.elements = elements
    self.codingPath = codingPath
  }

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex == elements.count }

  private mutating func next() throws -> ValueDecoder {
    guard currentIndex < elements.count else {
      throw DecodingError.valueNotFound(
        JSON.self, .init(codingPath: codingPath, debugDescription: "the list ends here"))
    }
    defer { currentIndex += 1 }
    return ValueDecoder(json: elements[currentIndex], codingPath: codingPath)
  }

  mutating func decodeNil() throws -> Bool {
    guard currentIndex < elements.count, elements[currentIndex].isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Int128.Type) throws -> Int128 { try next().decode(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try next().decode(type) }

  mutating func decode<Value: Decodable>(_: Value.Type) throws -> Value {
    try Value(from: try next())
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try next().container(keyedBy: Nested.self)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try next() }
}
