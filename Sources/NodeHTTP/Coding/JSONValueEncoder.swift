public import JSONCoding
internal import Primitives

extension JSON {
  /// Writes any encodable value as JSON, names in lower case with underscores.
  ///
  /// A case of an enumeration is its name, or an object of one member: the name and what the case
  /// carries. Integers stay integers, bytes are hexadecimal; floating point is refused.
  /// - Parameter spoken: another form for some values, such as for people; nil for all others.
  public init(
    encoding value: some Encodable, spoken: ((any Encodable) -> JSON?)? = nil
  ) throws {
    let slot = Slot(spoken: spoken)
    try ValueEncoder(slot: slot, codingPath: []).encode(value)
    self = slot.json
  }
}

/// Where a part of the document under construction goes.
private final class Slot {
  enum Kind { case empty, value, object, array }

  let spoken: ((any Encodable) -> JSON?)?
  private var kind = Kind.empty
  private var value = JSON.null
  private var members: [(name: String, slot: Slot)] = []
  private var elements: [Slot] = []

  init(spoken: ((any Encodable) -> JSON?)?) { self.spoken = spoken }

  var json: JSON {
    switch kind {
    case .empty: return .object(JSONObject())
    case .value: return value
    case .array: return .array(elements.map(\.json))
    case .object:
      // What an enumeration's case carries comes as `_0`; a case that carries nothing is empty.
      if members.count == 1 {
        if members[0].name == CarriedKey.name { return members[0].slot.json }
        if members[0].slot.isEmptyObject { return .string(members[0].name) }
      }
      precondition(
        !members.contains { $0.name == CarriedKey.name },
        "a case that carries several values has a label for each")
      return .object(JSONObject(members.map { .init(name: $0.name, value: $0.slot.json) }))
    }
  }

  private var isEmptyObject: Bool { kind == .object && members.isEmpty }

  func put(_ json: JSON) {
    kind = .value
    value = json
  }

  func openObject() { kind = .object }
  func openArray() { kind = .array }

  func member(_ key: any CodingKey) -> Slot {
    let slot = Slot(spoken: spoken)
    members.append((snakeCase(key.stringValue), slot))
    return slot
  }

  func element() -> Slot {
    let slot = Slot(spoken: spoken)
    elements.append(slot)
    return slot
  }
}

/// `tokensIn` as `tokens_in`.
func snakeCase(_ name: String) -> String {
  name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
}

private struct ValueEncoder: Encoder, SingleValueEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
    slot.openObject()
    return KeyedEncodingContainer(ObjectEncoder<Key>(slot: slot, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.openArray()
    return ArrayEncoder(slot: slot, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func encodeNil() { slot.put(.null) }
  func encode(_ value: Bool) { slot.put(.bool(value)) }
  func encode(_ value: String) { slot.put(.string(value)) }
  func encode(_ value: Double) throws { throw refused(value) }
  func encode(_ value: Float) throws { throw refused(value) }
  func encode(_ value: Int) { put(value) }
  func encode(_ value: Int8) { put(value) }
  func encode(_ value: Int16) { put(value) }
  func encode(_ value: Int32) { put(value) }
  func encode(_ value: Int64) { put(value) }
  func encode(_ value: UInt) { put(value) }
  func encode(_ value: UInt8) { put(value) }
  func encode(_ value: UInt16) { put(value) }
  func encode(_ value: UInt32) { put(value) }
  func encode(_ value: UInt64) { put(value) }
  func encode(_ value: Int128) { slot.put(.string(value.description)) }
  func encode(_ value: UInt128) { slot.put(.string(value.description)) }

  func encode(_ value: some Encodable) throws {
    if let words = slot.spoken?(value) { return slot.put(words) }
    // Asked by type, for an empty list of anything could be cast.
    if type(of: value) == [UInt8].self, let bytes = value as? [UInt8] {
      slot.put(.string(bytes.hex))
    } else {
      try value.encode(to: self)
    }
  }

  private func put(_ value: some BinaryInteger) { slot.put(.integer(value)) }

  private func refused(_ value: some Encodable) -> EncodingError {
    .invalidValue(
      value, .init(codingPath: codingPath, debugDescription: "floating point is not written"))
  }
}

private struct ObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: Slot
  let codingPath: [any CodingKey]

  private func encoder(_ key: any CodingKey) -> ValueEncoder {
    ValueEncoder(slot: slot.member(key), codingPath: codingPath + [key])
  }

  mutating func encodeNil(forKey key: Key) { encoder(key).encodeNil() }
  // The widest integers came late to the protocol, with forms of their own that refuse.
  mutating func encode(_ value: Int128, forKey key: Key) { encoder(key).encode(value) }
  mutating func encode(_ value: UInt128, forKey key: Key) { encoder(key).encode(value) }

  mutating func encode(_ value: some Encodable, forKey key: Key) throws {
    try encoder(key).encode(value)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    encoder(key).container(keyedBy: Nested.self)
  }

  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder(key).unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder { ValueEncoder(slot: slot, codingPath: codingPath) }
  mutating func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

private struct ArrayEncoder: UnkeyedEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]
  private(set) var count = 0

  init(slot: Slot, codingPath: [any CodingKey]) {
    self.slot = slot
    self.codingPath = codingPath
  }

  private mutating func encoder() -> ValueEncoder {
    count += 1
    return ValueEncoder(slot: slot.element(), codingPath: codingPath)
  }

  mutating func encodeNil() { encoder().encodeNil() }
  mutating func encode(_ value: Int128) { encoder().encode(value) }
  mutating func encode(_ value: UInt128) { encoder().encode(value) }
  mutating func encode(_ value: some Encodable) throws { try encoder().encode(value) }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy: Nested.Type
  ) -> KeyedEncodingContainer<Nested> {
    encoder().container(keyedBy: Nested.self)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    encoder().unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder { encoder() }
}
