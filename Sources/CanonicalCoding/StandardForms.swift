public import Primitives

// The forms of the values every message is made of.

extension CanonicalCodable where Self: FixedWidthInteger & BitwiseCopyable {
  @inlinable
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(integer: self) }

  @inlinable
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self = try decoder.integer()
  }
}

extension UInt8: CanonicalCodable {}
extension UInt16: CanonicalCodable {}
extension UInt32: CanonicalCodable {}
extension UInt64: CanonicalCodable {}
extension UInt128: CanonicalCodable {}
extension Int64: CanonicalCodable {}

extension Bool: CanonicalCodable {
  @inlinable
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(integer: UInt8(self ? 1 : 0))
  }

  @inlinable
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.integer(UInt8.self) {
    case 0: self = false
    case 1: self = true
    default: throw .invalidFlag
    }
  }
}

extension Amount: CanonicalCodable {
  /// Of its encoding.
  public static let byteCount = 16

  @inlinable
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(baseUnits) }

  @inlinable
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(baseUnits: try decoder.decode())
  }
}

extension Share: CanonicalCodable {
  @inlinable
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(partsPerBillion) }

  @inlinable
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(partsPerBillion: try decoder.decode())
  }
}

extension Height: CanonicalCodable {
  @inlinable
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(number) }

  @inlinable
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(try decoder.decode())
  }
}

extension BlockTime: CanonicalCodable {
  @inlinable
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(milliseconds) }

  @inlinable
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(milliseconds: try decoder.decode())
  }
}

extension Digest: CanonicalCodable {
  @inlinable
  public func encode(to encoder: inout CanonicalEncoder) {
    // At once: most of what is encoded are digests.
    var words = words
    for index in 0..<4 { words[index] = words[index].bigEndian }
    unsafe withUnsafeBytes(of: words) { unsafe encoder.encode(fixed: $0) }
  }

  @inlinable
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    var words: InlineArray<4, UInt64> = [0, 0, 0, 0]
    for index in 0..<4 { words[index] = try decoder.integer() }
    self.init(words: words)
  }
}

extension Identifier: CanonicalCodable {
  @inlinable
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(digest) }

  @inlinable
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(try decoder.decode())
  }
}
