/// A map kept in the order of its keys' bytes: the only kind of map the rules ever iterate.
///
/// Cost: look-up O(log n); setting a new key moves the ones behind it.
struct SortedMap<Value: Sendable>: Sendable {
  private(set) var keys: [[UInt8]] = []
  private(set) var values: [Value] = []

  var count: Int { keys.count }

  subscript(key: [UInt8]) -> Value? {
    get {
      let position = firstPosition(notBefore: key)
      return holds(key, at: position) ? values[position] : nil
    }
    set {
      let position = firstPosition(notBefore: key)
      switch (holds(key, at: position), newValue) {
      case (true, let value?): values[position] = value
      case (true, nil):
        keys.remove(at: position)
        values.remove(at: position)
      case (false, let value?):
        keys.insert(key, at: position)
        values.insert(value, at: position)
      case (false, nil): break
      }
    }
  }

  /// The positions of the keys that begin with `prefix` and come after `key`.
  func positions(withPrefix prefix: [UInt8], after key: [UInt8]?) -> Range<Int> {
    var start = firstPosition(notBefore: prefix)
    if let key {
      let position = firstPosition(notBefore: key)
      start = max(start, holds(key, at: position) ? position + 1 : position)
    }
    var end = start
    while end < keys.count, keys[end].starts(with: prefix) { end += 1 }
    return start..<end
  }

  private func holds(_ key: [UInt8], at position: Int) -> Bool {
    position < keys.count && keys[position] == key
  }

  private func firstPosition(notBefore key: [UInt8]) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle].lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
