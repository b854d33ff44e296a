public import Primitives

// The forms of the values every message is made of.

extension CanonicalCodable where Self: FixedWidthInteger {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(integer: self) }

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
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(integer: UInt8(self ? 1 : 0))
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.integer(UInt8.self) {
    case 0: self = false
    case 1: self = true
    default: throw .invalidFlag
    }
  }
}

extension Amount: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(baseUnits) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(baseUnits: try decoder.decode())
  }
}

extension Share: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(partsPerBillion) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(partsPerBillion: try decoder.decode())
  }
}

extension Height: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(number) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(try decoder.decode())
  }
}

extension BlockTime: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(milliseconds) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(milliseconds: try decoder.decode())
  }
}

extension Digest: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(fixed: bytes) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    guard let digest = Digest(bytes: try decoder.fixed(Digest.byteCount)) else {
      throw .truncated
    }
    self = digest
  }
}

extension Identifier: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(digest) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    self.init(try decoder.decode())
  }
}
