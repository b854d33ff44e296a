/// Reads the fields of a canonical encoding; never reserves more memory than it was given bytes.
public struct CanonicalDecoder: Sendable {
  private let bytes: [UInt8]
  private var position = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var isAtEnd: Bool { position == bytes.count }

  public mutating func decode<Value: CanonicalCodable>(
    _ type: Value.Type = Value.self
  ) throws(CanonicalDecodingError) -> Value {
    try Value(from: &self)
  }

  /// Reads a big-endian integer in its full width.
  public mutating func integer<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self
  ) throws(CanonicalDecodingError) -> Value {
    var value: Value = 0
    for byte in try take(Value.bitWidth / 8) {
      value = value << 8 | Value(truncatingIfNeeded: byte)
    }
    return value
  }

  /// Reads bytes whose count the format fixes.
  public mutating func fixed(_ count: Int) throws(CanonicalDecodingError) -> [UInt8] {
    Array(try take(count))
  }

  public mutating func bytes(atMost maximum: Int) throws(CanonicalDecodingError) -> [UInt8] {
    Array(try take(try count(atMost: maximum)))
  }

  /// Reads UTF-8 of at most `maximum` bytes.
  public mutating func text(atMost maximum: Int) throws(CanonicalDecodingError) -> String {
    let content = try take(try count(atMost: maximum))
    guard let text = String(validating: content, as: UTF8.self) else { throw .invalidText }
    return text
  }

  public mutating func list<Element: CanonicalCodable>(
    of type: Element.Type = Element.self, atMost maximum: Int
  ) throws(CanonicalDecodingError) -> [Element] {
    var list: [Element] = []
    for _ in 0..<(try count(atMost: maximum)) { list.append(try decode()) }
    return list
  }

  public mutating func optional<Value: CanonicalCodable>(
    _ type: Value.Type = Value.self
  ) throws(CanonicalDecodingError) -> Value? {
    try decode(Bool.self) ? try decode() : nil
  }

  public mutating func tag() throws(CanonicalDecodingError) -> UInt16 { try integer() }

  private mutating func count(atMost maximum: Int) throws(CanonicalDecodingError) -> Int {
    let count = Int(try integer(UInt32.self))
    guard count <= maximum else { throw .aboveMaximum }
    return count
  }

  private mutating func take(_ count: Int) throws(CanonicalDecodingError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else { throw .truncated }
    defer { position += count }
    return bytes[position..<(position + count)]
  }
}
