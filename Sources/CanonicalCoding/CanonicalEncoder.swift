/// Writes the fields of a canonical encoding one after the other.
public struct CanonicalEncoder: Sendable {
  @usableFromInline var buffer: [UInt8] = []

  @inlinable
  public var bytes: [UInt8] { buffer }

  /// - Parameter capacity: how many bytes are expected; more are taken too.
  @inlinable
  public init(reserving capacity: Int = 64) { buffer.reserveCapacity(capacity) }

  @inlinable
  public mutating func encode(_ value: some CanonicalCodable) { value.encode(to: &self) }

  /// Writes an integer big-endian in its full width; a signed one in two's complement.
  @inlinable
  public mutating func encode(integer value: some FixedWidthInteger & BitwiseCopyable) {
    unsafe withUnsafeBytes(of: value.bigEndian) { unsafe buffer.append(contentsOf: $0) }
  }

  /// Writes bytes whose count the format fixes, without a length.
  @inlinable
  public mutating func encode(fixed content: some Collection<UInt8>) {
    buffer.append(contentsOf: content)
  }

  /// Writes a length and the bytes.
  @inlinable
  public mutating func encode(bytes content: some Collection<UInt8>) {
    encode(count: content.count)
    buffer.append(contentsOf: content)
  }

  /// Writes the length of the text's UTF-8 and the UTF-8.
  @inlinable
  public mutating func encode(text: String) { encode(bytes: text.utf8) }

  /// Writes a count and the elements.
  @inlinable
  public mutating func encode(list: some Collection<some CanonicalCodable>) {
    encode(count: list.count)
    for element in list { encode(element) }
  }

  /// Writes a presence flag and, if there is one, the value.
  @inlinable
  public mutating func encode(optional value: (some CanonicalCodable)?) {
    encode(value != nil)
    if let value { encode(value) }
  }

  /// Writes the UInt16 that says which case of a union follows.
  @inlinable
  public mutating func encode(tag: UInt16) { encode(integer: tag) }

  @inlinable
  mutating func encode(count: Int) {
    precondition(count <= UInt32.max, "a canonical field holds fewer than 2³² elements")
    encode(integer: UInt32(count))
  }
}
