/// Writes a message of protocol buffers: fields by rising number, scalars that are zero left out.
///
/// Only what our messages use of the format: unsigned varints, bytes and embedded messages.
public struct ProtobufWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// Writes a number, or nothing if it is zero.
  public mutating func write(_ number: UInt64, field: Int) {
    guard number != 0 else { return }
    append(varint: UInt64(field) << 3)
    append(varint: number)
  }

  /// Writes bytes, or nothing if there are none.
  public mutating func write(_ content: [UInt8], field: Int) {
    guard !content.isEmpty else { return }
    write(embedded: content, field: field)
  }

  /// Writes an embedded message, though it be empty.
  public mutating func write(embedded content: [UInt8], field: Int) {
    append(varint: UInt64(field) << 3 | 2)
    append(varint: UInt64(content.count))
    bytes += content
  }

  /// Writes seven bits a byte, the lowest first.
  public mutating func append(varint number: UInt64) {
    var rest = number
    while rest > 127 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
