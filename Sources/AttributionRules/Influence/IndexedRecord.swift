public import Primitives

/// Which row of an index is meant: a record's first chunk, its second, and so on.
public struct RowName: Hashable, Comparable, Codable, Sendable {
  /// The record's salted digest.
  public let record: Digest
  /// Long records have a row for each chunk; the first is 0.
  public let chunk: UInt32

  public init(record: Digest, chunk: UInt32) {
    self.record = record
    self.chunk = chunk
  }

  public static func < (lhs: RowName, rhs: RowName) -> Bool {
    lhs.record != rhs.record ? lhs.record < rhs.record : lhs.chunk < rhs.chunk
  }

  /// The names of all rows that a record may have.
  static func all(of record: Digest) -> ClosedRange<RowName> {
    RowName(record: record, chunk: 0)...RowName(record: record, chunk: .max)
  }
}

/// Who is credited with a row, and how much of a record the row stands for.
public struct RowCredit: Hashable, Sendable {
  public let origin: RecordOrigin
  /// Tokens of the answer that the row's gradient is the mean over.
  public let tokens: UInt32

  public init(origin: RecordOrigin, tokens: UInt32) {
    self.origin = origin
    self.tokens = tokens
  }

  /// What the row's score counts in pay and predictions: √tokens in units of 2⁻¹⁶, rounded down.
  ///
  /// Rows have length one, and the gradient of a text's whole loss, if its tokens are unrelated, the
  /// length √tokens.
  public var weight: UInt64 {
    UInt64((UInt128(tokens) << 32).squareRootRoundingDown())
  }
}

/// One chunk of a record, and its place in a run's committed index.
public struct IndexedRecord: Hashable, Codable, Sendable {
  public let record: Digest
  public let chunk: UInt32
  /// Tokens of the record's answer that stand in this chunk.
  public let tokens: UInt32
  /// The same for every chunk of a record.
  public let origin: RecordOrigin
  public let row: SignRow

  public init(
    record: Digest, chunk: UInt32 = 0, tokens: UInt32, origin: RecordOrigin, row: SignRow
  ) {
    self.record = record
    self.chunk = chunk
    self.tokens = tokens
    self.origin = origin
    self.row = row
  }

  public var name: RowName { RowName(record: record, chunk: chunk) }
  public var credit: RowCredit { RowCredit(origin: origin, tokens: tokens) }

  /// Whether another may stand behind this row in a list: rows are strictly sorted by their names,
  /// and a record has one origin.
  public func mayPrecede(_ next: IndexedRecord) -> Bool {
    name < next.name && (record != next.record || origin == next.origin)
  }
}

extension [IndexedRecord] {
  /// The place of the first row that is not before a name; the count if there is none.
  /// - Complexity: O(log n).
  public func firstPlace(notBefore name: RowName) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low
  }

  func isOrdered() -> Bool { zip(self, dropFirst()).allSatisfy { $0.mayPrecede($1) } }

  /// A record's first row.
  /// - Complexity: O(log n).
  func first(of record: Digest) -> IndexedRecord? {
    let place = firstPlace(notBefore: RowName(record: record, chunk: 0))
    return place < count && self[place].record == record ? self[place] : nil
  }
}
