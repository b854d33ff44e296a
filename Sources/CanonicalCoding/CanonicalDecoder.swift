/// Reads the fields of a canonical encoding; never reserves more memory than it was given bytes.
public struct CanonicalDecoder: Sendable {
  @usableFromInline let bytes: ArraySlice<UInt8>
  @usableFromInline var position: Int

  @inlinable
  public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// Reads a part of an array in place.
  @inlinable
  public init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  @inlinable
  public var isAtEnd: Bool { position == bytes.endIndex }

  @inlinable
  public mutating func decode<Value: CanonicalCodable>(
    _ type: Value.Type = Value.self
  ) throws(CanonicalDecodingError) -> Value {
    try Value(from: &self)
  }

  /// Reads a big-endian integer in its full width.
  @inlinable
  public mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type = Value.self
  ) throws(CanonicalDecodingError) -> Value {
    let width = MemoryLayout<Value>.size
    guard width <= bytes.endIndex - position else { throw .truncated }
    let offset = position - bytes.startIndex
    position += width
    return unsafe bytes.withUnsafeBytes {
      Value(bigEndian: unsafe $0.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
  }

  /// Reads bytes whose count the format fixes.
  @inlinable
  public mutating func fixed(_ count: Int) throws(CanonicalDecodingError) -> [UInt8] {
    Array(try take(count))
  }

  @inlinable
  public mutating func bytes(atMost maximum: Int) throws(CanonicalDecodingError) -> [UInt8] {
    Array(try take(try count(atMost: maximum)))
  }

  /// Reads UTF-8 of at most `maximum` bytes.
  public mutating func text(atMost maximum: Int) throws(CanonicalDecodingError) -> String {
    let content = try take(try count(atMost: maximum))
    guard let text = String(validating: content, as: UTF8.self) else { throw .invalidText }
    return text
  }

  @inlinable
  public mutating func list<Element: CanonicalCodable>(
    of type: Element.Type = Element.self, atMost maximum: Int
  ) throws(CanonicalDecodingError) -> [Element] {
    var list: [Element] = []
    for _ in 0..<(try count(atMost: maximum)) { list.append(try decode()) }
    return list
  }

  @inlinable
  public mutating func optional<Value: CanonicalCodable>(
    _ type: Value.Type = Value.self
  ) throws(CanonicalDecodingError) -> Value? {
    try decode(Bool.self) ? try decode() : nil
  }

  @inlinable
  public mutating func tag() throws(CanonicalDecodingError) -> UInt16 { try integer() }

  @inlinable
  mutating func count(atMost maximum: Int) throws(CanonicalDecodingError) -> Int {
    let count = Int(try integer(UInt32.self))
    guard count <= maximum else {
      throw .aboveMaximum(count: count, maximum: maximum)
    }
    return count
  }

  @inlinable
  mutating func take(_ count: Int) throws(CanonicalDecodingError) -> ArraySlice<UInt8> {
    guard count <= bytes.endIndex - position else { throw .truncated }
    defer { position += count }
    return bytes[position..<(position + count)]
  }
}
