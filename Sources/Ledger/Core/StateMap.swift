/// A map from state keys to values: a hash table for look-ups, beside the keys in order for scans.
///
/// Cost: look-up and writing O(1) for keys in tables without order, else a short search more.
struct StateMap<Value: Sendable>: Sendable {
  private var values: [KeyBytes: Value] = [:]
  private var index = KeyIndex()
  // Tables that scans have to sort anew.
  private let unordered: [StateTable]

  /// - Parameter unordered: tables whose keys are kept in no order, which makes writing them cheap
  ///   and scanning them dear.
  init(unordered: [StateTable] = []) { self.unordered = unordered }

  var count: Int { values.count }

  subscript(key: [UInt8]) -> Value? { values[KeyBytes(key)] }

  /// Sets or, with nil, removes a value, and returns the one before.
  @discardableResult
  mutating func update(_ key: [UInt8], to value: Value?) -> Value? {
    let before: Value?
    if let value {
      before = values.updateValue(value, forKey: KeyBytes(key))
      if before == nil, isOrdered(key) { index.insert(key) }
    } else {
      before = values.removeValue(forKey: KeyBytes(key))
      if before != nil, isOrdered(key) { index.remove(key) }
    }
    return before
  }

  /// Walks the keys that begin with `prefix` and come after `key`, if given, in order.
  func cursor(withPrefix prefix: [UInt8], after key: [UInt8]?) -> KeyIndex.Cursor {
    let isIndexed = unordered.isEmpty || (!prefix.isEmpty && isOrdered(prefix))
    let index = isIndexed ? index : KeyIndex(sorted: sortedKeys(withPrefix: prefix))
    return index.cursor(withPrefix: prefix, after: key)
  }

  /// Every key and value, in the order of the keys.
  func sorted() -> [(key: [UInt8], value: Value)] {
    // Comparing the first eight bytes decides nearly always, without a look at the rest.
    values.map { (rank: Self.rank(of: $0.key.bytes), key: $0.key.bytes, value: $0.value) }
      .sorted { $0.rank != $1.rank ? $0.rank < $1.rank : $0.key.precedes($1.key) }
      .map { (key: $0.key, value: $0.value) }
  }

  private func sortedKeys(withPrefix prefix: [UInt8]) -> [[UInt8]] {
    values.keys.map(\.bytes).filter { $0.starts(with: prefix) }.sorted { $0.precedes($1) }
  }

  private func isOrdered(_ key: [UInt8]) -> Bool {
    guard let first = key.first else { return true }
    return !unordered.contains { $0.rawValue == first }
  }

  private static func rank(of key: [UInt8]) -> UInt64 {
    var rank: UInt64 = 0
    for position in 0..<8 {
      rank = rank << 8 | (position < key.count ? UInt64(key[position]) : 0)
    }
    return rank
  }
}
