/// Keys in the order of their bytes, for scans.
///
/// A list of short sorted lists. Cost: finding, inserting and removing one key moves a few hundred
/// references at most, whatever the count.
struct KeyIndex: Sendable {
  private static let chunkMaximum = 512
  // None is empty; the keys of each come before those of the next.
  private var chunks: [[[UInt8]]] = []

  init() {}

  init(sorted keys: [[UInt8]]) {
    for start in stride(from: 0, to: keys.count, by: Self.chunkMaximum) {
      chunks.append(Array(keys[start...].prefix(Self.chunkMaximum)))
    }
  }

  /// Adds a key that is not there.
  mutating func insert(_ key: [UInt8]) {
    guard !chunks.isEmpty else {
      chunks = [[key]]
      return
    }
    let place = place(of: key)
    chunks[place.chunk].insert(key, at: place.offset)
    guard chunks[place.chunk].count > Self.chunkMaximum else { return }
    let half = Self.chunkMaximum / 2
    let upper = Array(chunks[place.chunk][half...])
    chunks[place.chunk].removeSubrange(half...)
    chunks.insert(upper, at: place.chunk + 1)
  }

  /// Removes a key that is there.
  mutating func remove(_ key: [UInt8]) {
    let place = place(of: key)
    chunks[place.chunk].remove(at: place.offset)
    if chunks[place.chunk].isEmpty { chunks.remove(at: place.chunk) }
  }

  /// Walks the keys that begin with `prefix` and come after `key`, if given.
  func cursor(withPrefix prefix: [UInt8], after key: [UInt8]?) -> Cursor {
    let isBehindStart = key.map { !$0.precedes(prefix) } ?? false
    let start = isBehindStart ? key ?? prefix : prefix
    var place = place(of: start)
    // Behind a chunk's last key comes the next chunk's first.
    if place.chunk < chunks.count, place.offset == chunks[place.chunk].count {
      place = (place.chunk + 1, 0)
    }
    var cursor = Cursor(index: self, prefix: prefix, place: place)
    if isBehindStart, cursor.current == start { cursor.advance() }
    return cursor
  }

  /// A place among the keys; it sees the index as it was when the walk began.
  struct Cursor {
    fileprivate let index: KeyIndex
    fileprivate let prefix: [UInt8]
    fileprivate var place: (chunk: Int, offset: Int)

    /// The key here; nil behind the last.
    var current: [UInt8]? {
      guard place.chunk < index.chunks.count else { return nil }
      let key = index.chunks[place.chunk][place.offset]
      guard key.starts(with: prefix) else { return nil }
      return key
    }

    mutating func advance() {
      place.offset += 1
      if place.offset == index.chunks[place.chunk].count { place = (place.chunk + 1, 0) }
    }
  }

  /// Where the first key that does not come before `key` stands, or would be inserted.
  private func place(of key: [UInt8]) -> (chunk: Int, offset: Int) {
    // The last chunk that begins at or before the key, or the first.
    let chunk = max(0, Self.firstPosition(in: chunks) { key.precedes($0[0]) } - 1)
    guard chunk < chunks.count else { return (0, 0) }
    return (chunk, Self.firstPosition(in: chunks[chunk]) { !$0.precedes(key) })
  }

  /// The first position that satisfies `condition`, which all behind it satisfy too.
  private static func firstPosition<Element>(
    in list: [Element], where condition: (Element) -> Bool
  ) -> Int {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if condition(list[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
