public import Cryptography

/// What one entry becomes; a nil value removes it.
public typealias StateWrite = SparseMerkleTree.Write

/// Writes over a state that stays as it is: what a block would change.
///
/// Writes of an attempt can be undone while it is open, so that a rejected message costs nothing
/// but its own writes.
public struct StateOverlay: StateReader {
  private let base: any StateReader
  // The inner optional is the new value; nil removes the entry.
  private var changes = StateMap<[UInt8]?>(unordered: [.purses, .accounts, .totals])
  // What each write of the open attempts replaced, the last at the end.
  private var journal: [(key: [UInt8], before: [UInt8]??)] = []
  private var openAttempts = 0

  public init(over base: any StateReader) { self.base = base }

  public var isIntact: Bool { base.isIntact }

  /// The write set, sorted by key.
  public var writes: [StateWrite] {
    changes.sorted().map { StateWrite(key: $0.key, value: $0.value) }
  }

  public func value(at key: [UInt8]) -> [UInt8]? {
    if let change = changes[key] { return change }
    return base.value(at: key)
  }

  public mutating func set(_ value: [UInt8]?, at key: [UInt8]) {
    let before = changes.update(key, to: .some(value))
    if openAttempts > 0 { journal.append((key, before)) }
  }

  public func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) -> [StateEntry] {
    var merged: [StateEntry] = []
    var changed = changes.cursor(withPrefix: prefix, after: key)
    var below = PagedEntries(of: base, prefix: prefix, after: key, pageSize: limit)
    while merged.count < limit {
      guard let change = changed.current else {
        guard let entry = below.next() else { break }
        merged.append(entry)
        continue
      }
      if let entry = below.current, entry.key.precedes(change) {
        merged.append(entry)
        _ = below.next()
        continue
      }
      if below.current?.key == change { _ = below.next() }
      if let value = changes[change] ?? nil { merged.append(StateEntry(key: change, value: value)) }
      changed.advance()
    }
    return merged
  }

  /// Opens an attempt: what is written from now on can be undone.
  /// - Returns: a mark for ``undoAttempt(since:)``.
  mutating func beginAttempt() -> Int {
    openAttempts += 1
    return journal.count
  }

  /// Ends the last attempt opened and keeps what it wrote.
  mutating func keepAttempt() {
    openAttempts -= 1
    if openAttempts == 0 { journal.removeAll(keepingCapacity: true) }
  }

  /// Ends the last attempt opened and takes back all it wrote.
  mutating func undoAttempt(since mark: Int) {
    while journal.count > mark, let last = journal.popLast() {
      changes.update(last.key, to: last.before)
    }
    openAttempts -= 1
  }
}

/// A reader's entries one by one, fetched a page at a time.
private struct PagedEntries {
  private let reader: any StateReader
  private let prefix: [UInt8]
  private let pageSize: Int
  private var page: [StateEntry]
  private var position = 0

  init(of reader: any StateReader, prefix: [UInt8], after key: [UInt8]?, pageSize: Int) {
    self.reader = reader
    self.prefix = prefix
    self.pageSize = pageSize
    page = reader.entries(withPrefix: prefix, after: key, limit: pageSize)
  }

  /// The entry here; nil behind the last.
  var current: StateEntry? { position < page.count ? page[position] : nil }

  /// Returns the entry here and goes on.
  mutating func next() -> StateEntry? {
    guard let entry = current else { return nil }
    position += 1
    // Only a full page can have another behind it.
    if position == page.count, page.count == pageSize {
      page = reader.entries(withPrefix: prefix, after: entry.key, limit: pageSize)
      position = 0
    }
    return entry
  }
}
