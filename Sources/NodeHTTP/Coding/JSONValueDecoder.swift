internal import CanonicalCoding
public import JSONCoding
internal import Primitives

extension JSON {
  /// Reads a value of a type whose form ``init(encoding:)`` writes.
  ///
  /// Every field must be one that the type has: nothing is passed over. One that may be absent may
  /// be null as well.
  /// - Parameter typed: What people may write beside JSON: then texts also stand for JSON of their
  ///   own, wherever no text is wanted.
  /// - Throws: ``JSONValueError`` that says where, and what is wanted there.
  public func decoded<Value: Codable>(
    as: Value.Type = Value.self, typed: (any TypedForms)? = nil
  ) throws(JSONValueError) -> Value {
    let reading = JSONReading(typed: typed)
    let value: Value
    do {
      value = try ValueDecoder(json: self, codingPath: [], reading: reading).value()
    } catch let error as JSONValueError {
      throw error
    } catch {
      throw .wanted("another value", at: [], not: self)
    }
    try reading.checkAllWasRead()
    return value
  }
}

struct ValueDecoder: Decoder, SingleValueDecodingContainer {
  let json: JSON
  let codingPath: [any CodingKey]
  let reading: JSONReading
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// Reads a value of any type: every one passes here, but those that have no parts.
  func value<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
    let decoder = ValueDecoder(
      json: try meant(as: type), codingPath: codingPath, reading: reading)
    if let form = Value.self as? any TextCodable.Type {
      return try decoder.text(form.codedForm) { form.init(codedText: $0) as? Value }
    }
    if Value.self == [UInt8].self {
      return try decoder.text("bytes: pairs of lower-case hexadecimal digits") {
        [UInt8](hex: $0) as? Value
      }
    }
    let before = reading.visitCount
    do {
      let value = try Value(from: decoder)
      // A type without fields looks at nothing, and would take any.
      if reading.visitCount == before, let object = try decoder.parsed().object {
        _ = reading.open(object, at: codingPath)
      }
      return value
    } catch let error as JSONValueError {
      // A number, say, that people may write in another way than other numbers.
      guard error.code == .valueInvalid, error.path == codingPath.joined,
        reading.typed?.form(of: Value.self) != nil
      else { throw error }
      throw decoder.wanted("", Value.self)
    } catch is DecodingError {
      // What we refuse ourselves says why; this is Swift's own coding of an enumeration.
      if let given = try decoder.parsed().object?.members.map(\.name), given.count > 1 {
        throw JSONValueError(
          .valueInvalid, path: codingPath.joined,
          reason: "\(given.joined(separator: " and ")) are given; wanted is one of them")
      }
      let names = (Value.self as? any UnionCodable.Type)?.caseNames.map(snakeCase) ?? []
      throw decoder.wanted(
        names.isEmpty ? "one of its cases" : "one of \(names.joined(separator: ", "))", Value.self)
    }
  }

  /// What people wrote, as JSON.
  private func meant(as type: any Any.Type) throws -> JSON {
    guard let typed = reading.typed, let text = json.string else { return json }
    do {
      return try typed.json(of: text, as: type) ?? json
    } catch {
      throw JSONValueError(.valueInvalid, path: codingPath.joined, reason: "\(error)")
    }
  }

  /// A text that happens to be digits, such as an amount, may come as a number.
  private func text<Value>(_ form: String, _ read: (String) -> Value?) throws -> Value {
    guard let text = json.string ?? json.number?.text, let value = read(text) else {
      throw wanted(form, Value.self)
    }
    return value
  }

  private func wanted(_ form: String, _ type: any Any.Type) -> JSONValueError {
    .wanted(reading.typed?.form(of: type) ?? form, at: codingPath, not: json)
  }

  /// The document, or the one that stands in a text where people type.
  ///
  /// A text that is no document is a text; one that says something twice is a mistake.
  private func parsed() throws -> JSON {
    guard reading.typed != nil, let text = json.string else { return json }
    do throws(JSONError) {
      return try JSON(parsing: Array(text.utf8))
    } catch {
      guard let name = error.name else { return json }
      throw JSONValueError(
        .valueInvalid, path: codingPath.joined, reason: "its JSON has the member \"\(name)\" twice")
    }
  }

  func container<Key: CodingKey>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(
      try ObjectDecoder<Key>(
        json: json, parsed: try parsed(), codingPath: codingPath, reading: reading))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = try parsed().array else {
      throw wanted("a list, as in [1, 2]", [JSON].self)
    }
    return ArrayDecoder(elements: elements, codingPath: codingPath, reading: reading)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { (try? parsed())?.isNull ?? false }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard let value = try parsed().bool else { throw wanted("true or false", type) }
    return value
  }

  func decode(_ type: String.Type) throws -> String { try text("text") { $0 } }
  func decode(_ type: Double.Type) throws -> Double { throw wanted("no fraction", type) }
  func decode(_ type: Float.Type) throws -> Float { throw wanted("no fraction", type) }
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
  func decode<Value: Decodable>(_: Value.Type) throws -> Value { try value() }

  /// Wide integers come as decimal text, and narrow ones may.
  private func integer<Value: FixedWidthInteger>() throws -> Value {
    if let value = json.integer(as: Value.self) { return value }
    if let text = json.string, let value = Value(text), value.description == text { return value }
    throw wanted(Value.codedForm, Value.self)
  }
}

extension FixedWidthInteger {
  static var codedForm: String { "a whole number from \(min) to \(max)" }
}
