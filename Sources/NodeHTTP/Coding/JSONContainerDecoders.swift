internal import JSONCoding

/// The members of an object, by the keys of whoever reads them.
struct ObjectDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let json: JSON
  private let members: [String: JSON]
  private let reading: JSONReading
  private let visit: Int
  let codingPath: [any CodingKey]
  let allKeys: [Key]

  /// - Parameter parsed: What stands in `json` if that is a text for people.
  init(json: JSON, parsed: JSON, codingPath: [any CodingKey], reading: JSONReading) throws {
    self.json = json
    self.codingPath = codingPath
    self.reading = reading
    // What an enumeration's case carries is the whole of it, unless that has names of its own;
    // a case that carries nothing is a text.
    if let carried = Key(stringValue: CarriedKey.name) {
      (members, allKeys) = ([:], [carried])
      visit = reading.open(JSONObject(), at: codingPath)
    } else if let object = parsed.object {
      members = Dictionary(
        object.members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
      allKeys = object.members.compactMap { Key(snakeCased: $0.name) }
      visit = reading.open(object, at: codingPath)
    } else if let name = json.string {
      members = [name: .object(JSONObject())]
      allKeys = Key(snakeCased: name).map { [$0] } ?? []
      visit = reading.open(JSONObject(), at: codingPath)
    } else {
      throw JSONValueError.wanted("an object, as in {\"name\": 1}", at: codingPath, not: json)
    }
  }

  private func value(_ key: Key) throws -> JSON {
    if key.stringValue == CarriedKey.name { return json }
    guard let value = member(key) else {
      throw JSONValueError(
        .fieldMissing, path: (codingPath + [key]).joined, reason: "it is missing")
    }
    return value
  }

  private func member(_ key: Key) -> JSON? {
    let name = snakeCase(key.stringValue)
    reading.look(for: name, in: visit)
    return members[name]
  }

  private func decoder(_ key: Key) throws -> ValueDecoder {
    ValueDecoder(json: try value(key), codingPath: codingPath + [key], reading: reading)
  }

  func contains(_ key: Key) -> Bool {
    key.stringValue == CarriedKey.name || member(key) != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).decodeNil() }

  // The widest integers came late to the protocol, with forms of their own that refuse.
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
    try decoder(key).decode(type)
  }

  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
    try decoder(key).decode(type)
  }

  func decode<Value: Decodable>(_: Value.Type, forKey key: Key) throws -> Value {
    try decoder(key).value()
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder(key).container(keyedBy: Nested.self)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    ValueDecoder(json: json, codingPath: codingPath, reading: reading)
  }
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

/// The elements of a list, one after the other.
struct ArrayDecoder: UnkeyedDecodingContainer {
  let elements: [JSON]
  let codingPath: [any CodingKey]
  let reading: JSONReading
  private(set) var currentIndex = 0

  init(elements: [JSON], codingPath: [any CodingKey], reading: JSONReading) {
    self.elements = elements
    self.codingPath = codingPath
    self.reading = reading
  }

  /// An element's place from 0 on.
  private struct PlaceKey: CodingKey {
    let intValue: Int?
    let stringValue: String

    init(_ place: Int) {
      intValue = place
      stringValue = "\(place)"
    }

    init?(intValue: Int) { self.init(intValue) }
    init?(stringValue: String) { return nil }
  }

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex == elements.count }

  private mutating func next() throws -> ValueDecoder {
    guard currentIndex < elements.count else {
      throw JSONValueError(
        .valueInvalid, path: codingPath.joined,
        reason: "the list has \(elements.count) elements; wanted are more")
    }
    defer { currentIndex += 1 }
    return ValueDecoder(
      json: elements[currentIndex], codingPath: codingPath + [PlaceKey(currentIndex)],
      reading: reading)
  }

  mutating func decodeNil() throws -> Bool {
    guard currentIndex < elements.count, elements[currentIndex].isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Int128.Type) throws -> Int128 { try next().decode(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try next().decode(type) }

  mutating func decode<Value: Decodable>(_: Value.Type) throws -> Value { try next().value() }

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
