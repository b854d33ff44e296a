/// Why bytes are no message of protocol buffers.
public enum ProtobufError: Error, Equatable, Sendable {
  /// The bytes end inside of a field.
  case truncated
  /// A number of more than 64 bits, or a field numbered zero.
  case numberOutOfRange
  /// A group, which nothing uses any more, or a kind that does not exist.
  case unknownKind
  /// The field is of another kind than its message says.
  case wrongKind
}

/// One field of a message; an embedded message comes as its bytes.
public struct ProtobufField: Equatable, Sendable {
  public enum Content: Equatable, Sendable {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes(ArraySlice<UInt8>)
    case fixed32(UInt32)
  }

  public let number: Int
  public let content: Content

  public func integer() throws(ProtobufError) -> UInt64 {
    guard case .varint(let number) = content else { throw .wrongKind }
    return number
  }

  public func bytes() throws(ProtobufError) -> ArraySlice<UInt8> {
    guard case .bytes(let bytes) = content else { throw .wrongKind }
    return bytes
  }
}

/// Reads a message's fields one by one; whoever asks skips those it does not know.
public struct ProtobufReader: Sendable {
  private var rest: ArraySlice<UInt8>

  public init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
  public init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// How many bytes are left.
  public var byteCount: Int { rest.count }

  /// The next field; nil at the end.
  public mutating func next() throws(ProtobufError) -> ProtobufField? {
    guard !rest.isEmpty else { return nil }
    let tag = try varint()
    guard let number = Int(exactly: tag >> 3), (1..<1 << 29).contains(number) else {
      throw .numberOutOfRange
    }
    let content: ProtobufField.Content
    switch tag & 7 {
    case 0: content = .varint(try varint())
    case 1: content = .fixed64(try fixed(8))
    case 2:
      let count = try varint()
      guard count <= UInt64(rest.count) else { throw .truncated }
      content = .bytes(rest.prefix(Int(count)))
      rest = rest.dropFirst(Int(count))
    case 5: content = .fixed32(UInt32(truncatingIfNeeded: try fixed(4)))
    default: throw .unknownKind
    }
    return ProtobufField(number: number, content: content)
  }

  /// Reads a number of seven bits a byte, the lowest first.
  public mutating func varint() throws(ProtobufError) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard let byte = rest.popFirst() else { throw .truncated }
      let part = UInt64(byte & 127)
      guard (part << shift) >> shift == part else { throw .numberOutOfRange }
      number |= part << shift
      if byte < 128 { return number }
    }
    throw .numberOutOfRange
  }

  private mutating func fixed(_ count: Int) throws(ProtobufError) -> UInt64 {
    guard rest.count >= count else { throw .truncated }
    let number = rest.prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    rest = rest.dropFirst(count)
    return number
  }
}
