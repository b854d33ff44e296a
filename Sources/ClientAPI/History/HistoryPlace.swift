public import CanonicalCoding
public import Primitives

/// Where in a chain's history something stands; later things are greater.
public struct HistoryPlace: Hashable, Comparable, CanonicalCodable {
  public let height: Height
  /// The transaction's place in its block.
  ///
  /// For what the ledger did by itself: nil before the block's first transaction, and the count of its
  /// transactions at its end.
  public let index: UInt32?
  /// Which of the transaction's movements or events it is.
  public let entry: UInt32

  public init(height: Height, index: UInt32?, entry: UInt32) {
    self.height = height
    self.index = index
    self.entry = entry
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(height)
    encoder.encode(optional: index)
    encoder.encode(entry)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    height = try decoder.decode()
    index = try decoder.optional()
    entry = try decoder.decode()
  }

  public static func < (lhs: Self, rhs: Self) -> Bool {
    (lhs.height, lhs.order, lhs.entry) < (rhs.height, rhs.order, rhs.entry)
  }

  /// The block's beginning comes before its first transaction.
  private var order: Int64 {
    index.map(Int64.init) ?? -1
  }
}

extension HistoryPlace: CustomStringConvertible {
  /// As in `12.0.3`, and `12.begin.3` for a block's beginning; ``init(text:)`` reads it.
  public var description: String {
    "\(height.number).\(index.map { "\($0)" } ?? Self.beginning).\(entry)"
  }

  private static let beginning = "begin"

  public init?(text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let height = UInt64(parts[0]), let entry = UInt32(parts[2]) else {
      return nil
    }
    let index = UInt32(parts[1])
    guard index != nil || parts[1] == Self.beginning else { return nil }
    self.init(height: Height(height), index: index, entry: entry)
    guard description == text else { return nil }
  }
}

/// A part of history, the newest first, and how far the history reaches.
public struct HistoryPage<Element: Hashable & CanonicalCodable>: Hashable, CanonicalCodable {
  public var indexedHeight: Height
  public var elements: [Element]
  /// The place before which the older ones stand; nil: there are none.
  public var next: HistoryPlace?

  public init(indexedHeight: Height, elements: [Element], next: HistoryPlace? = nil) {
    self.indexedHeight = indexedHeight
    self.elements = elements
    self.next = next
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(indexedHeight)
    encoder.encode(list: elements)
    encoder.encode(optional: next)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    indexedHeight = try decoder.decode()
    elements = try decoder.list(atMost: HistoryBounds.pageMaximum)
    next = try decoder.optional()
  }
}

/// How much of history one call returns.
public enum HistoryBounds {
  public static let pageMaximum = 1000
}
