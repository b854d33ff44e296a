/// A value with exactly one encoding: what the ledger hashes, signs, stores and sends.
///
/// Every field is written once, in a fixed order, so equal values have equal bytes and different
/// values have different ones. `docs/spec/encoding.md` lists the forms.
public protocol CanonicalCodable: Sendable, Codable {
  func encode(to encoder: inout CanonicalEncoder)
  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError)
}

extension CanonicalCodable {
  @inlinable
  public var canonicalBytes: [UInt8] { canonicalBytes(reserving: 64) }

  /// The encoding, with room for `count` bytes from the start; it may have more or fewer.
  @inlinable
  public func canonicalBytes(reserving count: Int) -> [UInt8] {
    var encoder = CanonicalEncoder(reserving: count)
    encode(to: &encoder)
    return encoder.bytes
  }

  /// Reads the one encoding of a value; `bytes` must hold nothing else.
  ///
  /// What was read is encoded again and compared, so that no second form of a value can pass
  /// even if an `init(from:)` is too lenient.
  @inlinable
  public init(canonicalBytes bytes: [UInt8]) throws(CanonicalDecodingError) {
    try self.init(trustedBytes: bytes[...])
    guard canonicalBytes(reserving: bytes.count) == bytes else { throw .notCanonical }
  }

  /// Reads what this program encoded itself, such as a value of its own state.
  ///
  /// Twice as fast as `init(canonicalBytes:)`, because nothing is encoded again to compare.
  @inlinable
  public init(trustedBytes bytes: ArraySlice<UInt8>) throws(CanonicalDecodingError) {
    var decoder = CanonicalDecoder(bytes)
    try self.init(from: &decoder)
    guard decoder.isAtEnd else { throw .trailingBytes }
  }
}

/// Why bytes are not the canonical encoding of a value.
public enum CanonicalDecodingError: Error, Equatable, Sendable {
  /// The bytes end inside a field.
  case truncated
  /// Bytes follow the last field.
  case trailingBytes
  /// A length or count exceeds its field's maximum.
  case aboveMaximum(count: Int, maximum: Int)
  /// A Boolean or presence flag is neither 0 nor 1.
  case invalidFlag
  /// Text is not valid UTF-8.
  case invalidText
  /// A tagged union has no case with this tag.
  case unknownTag(UInt16)
  /// The fields break a rule of their type, such as the order of a sorted list.
  case invalidValue
  /// The value has another encoding than these bytes.
  case notCanonical
}

extension CanonicalDecodingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated: "the bytes end inside a field"
    case .trailingBytes: "bytes follow the last field"
    case .aboveMaximum(let count, let maximum):
      "a text or list is \(count) long, and may be \(maximum)"
    case .invalidFlag: "a flag is neither 0 nor 1"
    case .invalidText: "a text is not UTF-8"
    case .unknownTag(let tag): "a tag is unknown: \(tag)"
    case .invalidValue: "the fields break a rule of their type"
    case .notCanonical: "the value has another encoding"
    }
  }
}
