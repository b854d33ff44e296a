public import CanonicalCoding

/// Some bytes of an answer in a row.
public struct AnswerRange: Hashable, Sendable {
  public let start: UInt32
  /// One past the last byte.
  public let end: UInt32

  public init(start: UInt32, end: UInt32) {
    self.start = start
    self.end = end
  }

  /// - Precondition: the bounds lie below 2³².
  public init(_ range: Range<Int>) {
    self.init(start: UInt32(range.lowerBound), end: UInt32(range.upperBound))
  }

  /// The positions, unless there are none or they go beyond `length`.
  func positions(within length: Int) -> Range<Int>? {
    start < end && end <= length ? Int(start)..<Int(end) : nil
  }

  /// How many bytes; zero for a range that ends before it starts.
  public var count: Int { end > start ? Int(end - start) : 0 }
}

extension AnswerRange: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(start)
    encoder.encode(end)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let start = try decoder.decode(UInt32.self)
    let end = try decoder.decode(UInt32.self)
    guard start < end else { throw .invalidValue }
    self.init(start: start, end: end)
  }
}
