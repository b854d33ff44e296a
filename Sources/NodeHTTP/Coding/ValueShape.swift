internal import CanonicalCoding
internal import JSONCoding
internal import Primitives
public import Ledger

/// What JSON of a type is made of, read off its own decoder.
public indirect enum ValueShape: Sendable {
  /// A text, a number or a flag, and what it is in a few words.
  case leaf(any Any.Type, form: String)
  case list(ValueShape)
  case object([Field])
  /// One of these; nil carries nothing.
  case union([(name: String, carried: ValueShape?)])

  public struct Field: Sendable {
    /// In lower case with underscores.
    public let name: String
    public let shape: ValueShape
    /// Whether it may be left out, or be null.
    public let isOptional: Bool
  }
}

extension MessageKind {
  /// The fields of the message in JSON, in their order.
  public var fields: [ValueShape.Field] {
    guard case .object(let fields) = (try? ValueSketch.message("\(self)")) ?? .object([]) else {
      return []
    }
    return fields
  }
}

/// What was seen of one type while a decoder without a document gave it examples of all it wanted.
private final class ValueSketch {
  /// Which case a union takes; nil for other types.
  let caseName: String?
  var fields: [ValueShape.Field] = []
  var leaf: String?
  /// What the chosen case carries.
  var carried: ValueSketch?
  /// The field that may be absent, as whoever asked for its presence says.
  var optionalField: String?

  init(caseName: String? = nil) { self.caseName = caseName }

  /// A type's shape, and an example of it for whoever decodes what holds one.
  static func draw<Value: Decodable>(_ type: Value.Type) throws -> (ValueShape, Value) {
    if let form = Value.self as? any TextCodable.Type,
      let example = form.init(codedText: form.codedExample) as? Value
    {
      return (.leaf(type, form: form.codedForm), example)
    }
    if let bytes = [UInt8]() as? Value, Value.self == [UInt8].self {
      return (.leaf(type, form: "bytes: pairs of lower-case hexadecimal digits"), bytes)
    }
    if let list = Value.self as? any DrawnList.Type, let empty = list.empty as? Value {
      return (.list(try list.drawElement()), empty)
    }
    if let union = Value.self as? any UnionCodable.Type {
      var cases: [(name: String, carried: ValueShape?)] = []
      var example: Value?
      for name in union.caseNames {
        let sketch = ValueSketch(caseName: name)
        let value = try Value(from: SketchDecoder(sketch: sketch))
        if example == nil { example = value }
        cases.append((snakeCase(name), sketch.carried?.shapeOfCarried))
      }
      if let example { return (.union(cases), example) }
    }
    let sketch = ValueSketch()
    let example = try Value(from: SketchDecoder(sketch: sketch))
    if let leaf = sketch.leaf { return (.leaf(type, form: leaf), example) }
    return (.object(sketch.fields), example)
  }

  static func message(_ caseName: String) throws -> ValueShape? {
    let sketch = ValueSketch(caseName: caseName)
    _ = try Message(from: SketchDecoder(sketch: sketch))
    return sketch.carried?.shapeOfCarried
  }

  /// One value without a name stands for itself.
  private var shapeOfCarried: ValueShape? {
    if fields.count == 1, fields[0].name == CarriedKey.name { return fields[0].shape }
    return fields.isEmpty ? nil : .object(fields)
  }

  func add(_ shape: ValueShape, as key: any CodingKey) {
    fields.append(
      .init(
        name: snakeCase(key.stringValue), shape: shape,
        isOptional: optionalField == key.stringValue))
  }
}

/// A list, whose elements can be drawn without one.
private protocol DrawnList {
  static var empty: Self { get }
  static func drawElement() throws -> ValueShape
}

extension Array: DrawnList where Element: Decodable {
  fileprivate static var empty: [Element] { [] }
  fileprivate static func drawElement() throws -> ValueShape {
    try ValueSketch.draw(Element.self).0
  }
}

private struct SketchDecoder: Decoder, SingleValueDecodingContainer {
  let sketch: ValueSketch
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(SketchObject<Key>(sketch: sketch))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw DecodingError.valueNotFound(
      Never.self, .init(codingPath: [], debugDescription: "lists are drawn by their type"))
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }
  func decodeNil() -> Bool { false }

  func decode(_: Bool.Type) -> Bool {
    sketch.leaf = "true or false"
    return false
  }

  func decode(_: String.Type) -> String {
    sketch.leaf = "text"
    return ""
  }

  func decode(_: Double.Type) -> Double { 0 }
  func decode(_: Float.Type) -> Float { 0 }
  func decode(_: Int.Type) -> Int { integer() }
  func decode(_: Int8.Type) -> Int8 { integer() }
  func decode(_: Int16.Type) -> Int16 { integer() }
  func decode(_: Int32.Type) -> Int32 { integer() }
  func decode(_: Int64.Type) -> Int64 { integer() }
  func decode(_: UInt.Type) -> UInt { integer() }
  func decode(_: UInt8.Type) -> UInt8 { integer() }
  func decode(_: UInt16.Type) -> UInt16 { integer() }
  func decode(_: UInt32.Type) -> UInt32 { integer() }
  func decode(_: UInt64.Type) -> UInt64 { integer() }
  func decode(_: Int128.Type) -> Int128 { integer() }
  func decode(_: UInt128.Type) -> UInt128 { integer() }
  func decode<Value: Decodable>(_: Value.Type) throws -> Value { try Value(from: self) }

  private func integer<Value: FixedWidthInteger>() -> Value {
    sketch.leaf = Value.codedForm
    return 0
  }
}

private struct SketchObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let sketch: ValueSketch
  var codingPath: [any CodingKey] { [] }

  /// Only an enumeration asks which keys there are.
  var allKeys: [Key] { sketch.caseName.flatMap(Key.init(stringValue:)).map { [$0] } ?? [] }

  /// Only who can do without asks whether something is there.
  func contains(_ key: Key) -> Bool {
    sketch.optionalField = key.stringValue
    return true
  }

  func decodeNil(forKey: Key) -> Bool { false }

  func decode(_: Int128.Type, forKey key: Key) throws -> Int128 { try drawn(key) }
  func decode(_: UInt128.Type, forKey key: Key) throws -> UInt128 { try drawn(key) }
  func decode<Value: Decodable>(_: Value.Type, forKey key: Key) throws -> Value { try drawn(key) }

  private func drawn<Value: Decodable>(_ key: Key) throws -> Value {
    let (shape, example) = try ValueSketch.draw(Value.self)
    sketch.add(shape, as: key)
    return example
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy: Nested.Type, forKey: Key
  ) -> KeyedDecodingContainer<Nested> {
    let carried = ValueSketch()
    sketch.carried = carried
    return KeyedDecodingContainer(SketchObject<Nested>(sketch: carried))
  }

  func nestedUnkeyedContainer(forKey: Key) throws -> any UnkeyedDecodingContainer {
    try SketchDecoder(sketch: sketch).unkeyedContainer()
  }

  func superDecoder() -> any Decoder { SketchDecoder(sketch: sketch) }
  func superDecoder(forKey: Key) -> any Decoder { SketchDecoder(sketch: sketch) }
}
