internal import Cryptography
internal import Ledger

/// A second copy of a state: one sorted list of entries for each table, so that a scan of a table
/// costs nothing but its records' decoding.
///
/// Invariants are checked on it, after it has followed the same writes as the chain's own state.
struct SortedState: StateReader {
  private var tables: [[StateEntry]]

  init(_ state: some StateReader) {
    tables = (0...UInt8.max).map { table in
      state.entries(withPrefix: [table], after: nil, limit: .max)
    }
  }

  mutating func apply(_ writes: [StateWrite]) {
    for write in writes {
      guard let table = write.key.first.map(Int.init) else { continue }
      let place = place(of: write.key)
      let isThere = place < tables[table].count && tables[table][place].key == write.key
      switch (write.value, isThere) {
      case (let value?, true): tables[table][place] = StateEntry(key: write.key, value: value)
      case (let value?, false):
        tables[table].insert(StateEntry(key: write.key, value: value), at: place)
      case (nil, true): tables[table].remove(at: place)
      case (nil, false): break
      }
    }
  }

  func value(at key: [UInt8]) -> [UInt8]? {
    guard let table = key.first.map(Int.init) else { return nil }
    let place = place(of: key)
    guard place < tables[table].count, tables[table][place].key == key else { return nil }
    return tables[table][place].value
  }

  func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) -> [StateEntry] {
    guard let table = prefix.first.map(Int.init) else { return [] }
    if prefix.count == 1, key == nil, limit >= tables[table].count { return tables[table] }
    if let key, let last = key.first, last > prefix[0] { return [] }
    var place = place(of: prefix)
    if let key, prefix.lexicographicallyPrecedes(key) || key == prefix {
      place = self.place(of: key)
      if place < tables[table].count, tables[table][place].key == key { place += 1 }
    }
    var found: [StateEntry] = []
    while found.count < limit, place < tables[table].count,
      tables[table][place].key.starts(with: prefix)
    {
      found.append(tables[table][place])
      place += 1
    }
    return found
  }

  /// Whether another state has the same entries and no more.
  func isSame(as other: some StateReader) -> Bool {
    other.entries(withPrefix: [], after: nil, limit: .max) == tables.flatMap { $0 }
  }

  /// How many keys of the key's table come before it.
  private func place(of key: [UInt8]) -> Int {
    let entries = tables[Int(key[0])]
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key.lexicographicallyPrecedes(key) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
