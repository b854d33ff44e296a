/// Writes the fields of a canonical encoding one after the other.
public struct CanonicalEncoder: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func encode(_ value: some CanonicalCodable) { value.encode(to: &self) }

  /// Writes an integer big-endian in its full width; a signed one in two's complement.
  public mutating func encode(integer value: some FixedWidthInteger) {
    for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// Writes bytes whose count the format fixes, without a length.
  public mutating func encode(fixed content: some Collection<UInt8>) {
    bytes.append(contentsOf: content)
  }

  /// Writes a length and the bytes.
  public mutating func encode(bytes content: some Collection<UInt8>) {
    encode(count: content.count)
    bytes.append(contentsOf: content)
  }

  /// Writes the length of the text's UTF-8 and the UTF-8.
  public mutating func encode(text: String) { encode(bytes: text.utf8) }

  /// Writes a count and the elements.
  public mutating func encode(list: some Collection<some CanonicalCodable>) {
    encode(count: list.count)
    for element in list { encode(element) }
  }

  /// Writes a presence flag and, if there is one, the value.
  public mutating func encode(optional value: (some CanonicalCodable)?) {
    encode(value != nil)
    if let value { encode(value) }
  }

  /// Writes the UInt16 that says which case of a union follows.
  public mutating func encode(tag: UInt16) { encode(integer: tag) }

  private mutating func encode(count: Int) {
    precondition(count <= UInt32.max, "a canonical field holds fewer than 2³² elements")
    encode(integer: UInt32(count))
  }
}
