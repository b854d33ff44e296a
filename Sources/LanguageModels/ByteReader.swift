/// Reads little-endian values from bytes, never past their end.
struct ByteReader {
  /// The bytes end before the value does.
  struct PastEnd: Error {}

  private let bytes: [UInt8]
  private(set) var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var remaining: Int { bytes.count - offset }

  mutating func read(count: Int) throws(PastEnd) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw PastEnd() }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  mutating func read<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self
  ) throws(PastEnd) -> Value {
    let size = Value.bitWidth / 8
    guard size <= remaining else { throw PastEnd() }
    var value: Value = 0
    for index in (0..<size).reversed() {
      value = value << 8 | Value(truncatingIfNeeded: bytes[offset + index])
    }
    offset += size
    return value
  }

  /// Reads a count that the format stores as 64 bits; more than `limit` can't be honest.
  mutating func readCount(limit: Int) throws(PastEnd) -> Int {
    guard let count = Int(exactly: try read(UInt64.self)), count <= limit else { throw PastEnd() }
    return count
  }
}
