public import CanonicalCoding
public import Primitives

/// Where in a chain's history something stands; later things are greater.
public struct HistoryPlace: Hashable, Comparable, CanonicalCodable {
  public let height: Height
  /// The transaction's place in its block; the count of its transactions for what the ledger did by
  /// itself at the block's end.
  public let index: UInt32
  /// Which of the transaction's movements or events it is.
  public let entry: UInt32

  public init(height: Height, index: UInt32, entry: UInt32) {
    self.height = height
    self.index = index
    self.entry = entry
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(height)
    encoder.encode(index)
    encoder.encode(entry)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    height = try decoder.decode()
    index = try decoder.decode()
    entry = try decoder.decode()
  }

  public static func < (lhs: Self, rhs: Self) -> Bool {
    (lhs.height, lhs.index, lhs.entry) < (rhs.height, rhs.index, rhs.entry)
  }
}

extension HistoryPlace: CustomStringConvertible {
  /// As in `12.0.3`; ``init(text:)`` reads it.
  public var description: String { "\(height.number).\(index).\(entry)" }

  public init?(text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let height = UInt64(parts[0]), let index = UInt32(parts[1]),
      let entry = UInt32(parts[2])
    else { return nil }
    self.init(height: Height(height), index: index, entry: entry)
    guard description == text else { return nil }
  }
}

/// A part of history, the newest first, and how far the history reaches.
public struct HistoryPage<Element: Hashable & CanonicalCodable>: Hashable, CanonicalCodable {
  public var indexedHeight: Height
  public var elements: [Element]

  public init(indexedHeight: Height, elements: [Element]) {
    self.indexedHeight = indexedHeight
    self.elements = elements
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(indexedHeight)
    encoder.encode(list: elements)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    indexedHeight = try decoder.decode()
    elements = try decoder.list(atMost: HistoryBounds.pageMaximum)
  }
}

/// How much of history one call returns.
public enum HistoryBounds {
  public static let pageMaximum = 1000
}
